package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const handMade = fixture.Environment

// newHandMadeWorld is what people had before the pipeline: no store, values in
// the environment, some of them computed, and a workflow of their own.
func newHandMadeWorld(t *testing.T, extra string) *syncWorld {
	t.Helper()
	w := newSyncWorld(t, "OPENAI_API_KEY", "FIGMA_PAT", "NOTION_API_KEY")
	w.box.DeleteEnvironment(syncStore)
	w.box.DeleteEnvironment(handMade)
	if err := w.box.CreateEnvironment(handMade, "ana"); err != nil {
		t.Fatal(err)
	}
	text := "# by hand\nvalues:\n" + extra + "  app:\n" +
		"    openai_api_key:\n      fn::secret: " + w.value("M") + "\n" +
		"    figma_pat: " + w.value("plain-M") + "\n" +
		"    notion_api_key:\n      fn::fromBase64:\n        fn::secret: TU0=\n"
	if err := w.box.SetDefinition(handMade, text, "ana"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"OPENAI_API_KEY", "LEFT_OVER"} {
		if err := w.box.SetSecret(name, w.value("M"), "private"); err != nil {
			t.Fatal(err)
		}
	}
	w.box.WriteFile(fixture.WorkflowPath, "jobs: {a: {steps: [{run: x, env: {A: '${{ secrets.OPENAI_API_KEY }}', B: '${{ secrets.OLD_NAME }}'}}]}}\n", "ana")
	w.job["GITHUB_TOKEN"], w.job["GITHUB_API_URL"] = w.box.Tokens().GitHub, w.box.GitHubAPI()
	return w
}

// secretctl runs any command of the world.
func (w *syncWorld) secretctl(args ...string) ended {
	w.Helper()
	var stdout, stderr bytes.Buffer
	c := &cli.CLI{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Lookup: func(name string) (string, bool) { text, ok := w.job[name]; return text, ok }}
	code := c.Main(context.Background(), append(args, "--catalog", filepath.Join(w.folder, "catalog.yaml")))
	for _, marker := range w.markers {
		if strings.Contains(stdout.String()+stderr.String(), marker) {
			w.Errorf("%s shows a value", args[0])
		}
	}
	return ended{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// held is what a key path of the opened environment holds, by key.
func (w *syncWorld) held(name string) map[string]any {
	w.Helper()
	values, err := w.box.Open(name)
	if err != nil {
		w.Fatal(err)
	}
	held, _ := values[fixture.RootKey].(map[string]any)
	return held
}

func TestAdopt(t *testing.T) {
	w := newHandMadeWorld(t, "")
	before, text := w.held(handMade), definition(w, handMade)
	for round, moved := range []string{"copied to the store", "in the store already"} {
		end := w.secretctl("adopt")
		want := `organization acme: 2 secrets
  organization secret FIGMA_PAT is missing: gh secret set FIGMA_PAT --org acme --visibility private
  organization secret NOTION_API_KEY is missing: gh secret set NOTION_API_KEY --org acme --visibility private
  1 secret of the organization is not in the catalog: LEFT_OVER
workflow .github/workflows/sync_secrets.yml: another text; up replaces it
  it passes OLD_NAME, which the catalog does not name
environment acme-cloud/default/production: made by people; up replaces its text
  ` + moved + `: figma_pat, notion_api_key, openai_api_key
nothing would be lost; to take it over: pulumi config set adopt true, then pulumi up
the first sync replaces openai_api_key with what was set in GitHub on ` + time.Now().UTC().Format(time.DateOnly) + `; if the store is right, type before it:
  secretctl get openai_api_key --environment acme-cloud/default/production-store | gh secret set OPENAI_API_KEY --org acme --visibility private
`
		if end.code != 0 || end.stdout != want {
			t.Errorf("round %d: exit %d, stderr %q, stdout\n%s\nwant\n%s", round, end.code, end.stderr, end.stdout, want)
		}
		if !maps.Equal(before, w.held(syncStore)) {
			t.Errorf("round %d: the store holds other values than the environment did", round)
		}
	}
	if got := len(w.box.Revisions(syncStore)); got != 2 {
		t.Errorf("the store has %d revisions, want the empty one and ours", got)
	}
	if definition(w, handMade) != text {
		t.Error("the environment was changed")
	}
}

// What is computed is never flattened: it is listed with its text, and done with
// when a person has written it into the store.
func TestAdoptLeavesDecisions(t *testing.T) {
	w := newHandMadeWorld(t, "  environmentVariables:\n    KEY: ${app.openai_api_key}\n")
	end := w.secretctl("adopt")
	for _, want := range []string{
		"outside app, to be written into the store by you: environmentVariables.KEY",
		"    KEY: [value]", "# [value]",
	} {
		if !strings.Contains(end.stdout, want) {
			t.Errorf("%q is missing in\n%s", want, end.stdout)
		}
	}
	if end.code != 1 || !strings.Contains(end.stderr, "hint: pulumi env edit "+syncStore+"\n") {
		t.Errorf("exit %d, %s", end.code, end.stderr)
	}
	w.edit(definition(w, syncStore) + "  environmentVariables:\n    KEY: ${app.openai_api_key}\n")
	if end := w.secretctl("adopt"); end.code != 0 {
		t.Errorf("after the decision: exit %d\n%s%s", end.code, end.stdout, end.stderr)
	}
}

// A store that holds something else keeps it.
func TestAdoptConflict(t *testing.T) {
	w := newHandMadeWorld(t, "")
	if err := w.box.CreateEnvironment(syncStore, "ana"); err != nil {
		t.Fatal(err)
	}
	kept := w.value("other-M")
	w.edit("values:\n  app:\n    figma_pat:\n      fn::secret: " + kept + "\n    more: x\n")
	end := w.secretctl("adopt")
	if end.code != 1 || !strings.Contains(end.stdout, "in the store with another value, which stays: figma_pat") {
		t.Errorf("exit %d\n%s", end.code, end.stdout)
	}
	held := w.held(syncStore)
	if held["figma_pat"] != kept || held["more"] != "x" || held["openai_api_key"] == nil {
		t.Error("the store lost what it held, or lacks what was moved")
	}
}

// The first sync replaces what people wrote into the store, too, wherever it came
// from. The command to keep it reads the store: the environment has another value.
func TestAdoptNamesWhatTheSyncReplaces(t *testing.T) {
	w := newHandMadeWorld(t, "")
	if err := errors.Join(w.box.CreateEnvironment(syncStore, "ana"), w.box.SetRepositorySecret("FIGMA_PAT", w.value("of-the-repository"))); err != nil {
		t.Fatal(err)
	}
	w.edit("values:\n  app:\n    openai_api_key:\n      fn::secret: " + w.value("kept") + "\n    figma_pat: " + w.value("plain-M") + "\n")
	want := []string{
		"secretctl get openai_api_key --environment " + syncStore + " | gh secret set OPENAI_API_KEY --org acme --visibility private\n",
		"secretctl get figma_pat --environment " + syncStore + " | gh secret set FIGMA_PAT --repo acme/platform\n",
	}
	said := func(code int) {
		t.Helper()
		end := w.secretctl("adopt")
		for _, text := range want {
			if end.code != code || strings.Count(end.stdout, text) != 1 {
				t.Errorf("exit %d, %q in\n%s%s", end.code, text, end.stdout, end.stderr)
			}
		}
	}
	said(1)
	w.box.DeleteEnvironment(handMade) // the store alone is left
	said(0)
	if err := w.box.SetSecret("OPENAI_API_KEY", w.value("M"), "selected", sandbox.RepositoryID); err != nil {
		t.Fatal(err)
	}
	want = []string{"secretctl get openai_api_key --environment " + syncStore + "\n  set it at https://github.com/organizations/acme/settings/secrets/actions/OPENAI_API_KEY\n"}
	said(0)
}

// An empty place is nothing to lose. It replaces no value, and never becomes one.
func TestAdoptEmptyPlaces(t *testing.T) {
	w := newHandMadeWorld(t, "")
	if err := w.box.SetDefinition(handMade, "values:\n  app:\n    figma_pat: \"\"\n    left: null\n    openai_api_key: \"\"\n", "ana"); err != nil {
		t.Fatal(err)
	}
	if err := w.box.CreateEnvironment(syncStore, "ana"); err != nil {
		t.Fatal(err)
	}
	kept := w.value("M")
	w.edit("values:\n  app:\n    openai_api_key:\n      fn::secret: " + kept + "\n")
	for range 2 {
		if end := w.secretctl("adopt"); end.code != 0 || !strings.Contains(end.stdout, "without a value: figma_pat, left, openai_api_key") {
			t.Errorf("exit %d\n%s%s", end.code, end.stdout, end.stderr)
		}
	}
	if held := w.held(syncStore); len(held) != 1 || held["openai_api_key"] != kept {
		t.Errorf("the store holds %d keys, and openai_api_key has another value: %v", len(held), held["openai_api_key"] != kept)
	}
}

// A record goes on with the revision that adopt writes, unless somebody edited the
// store since: that has to stay in sight.
func TestAdoptKeepsTheRecord(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w := newHandMadeWorld(t, "")
		w.secretctl("adopt")
		w.job["SECRET_OPENAI_API_KEY"] = w.value("M")
		w.run()
		name, _ := secrets.ParseEnvironmentName(syncStore)
		client := esc.New(esc.Options{APIURL: w.box.PulumiURL(), Token: secrets.NewValue(w.box.Tokens().Pulumi)})
		text, _, _ := w.box.Definition(syncStore)
		w.box.DeleteEnvironment(handMade)
		if err := errors.Join(w.box.CreateEnvironment(handMade, "ana"), w.box.SetDefinition(handMade, "values:\n  app:\n    more: x\n", "ana")); err != nil {
			t.Fatal(err)
		}
		if edited {
			w.edit(text + "# by hand\n")
		}
		if end := w.secretctl("adopt"); !strings.Contains(end.stdout, "copied to the store: more") {
			t.Fatal(end)
		}
		state, err := store.Observe(t.Context(), client, name)
		if _, found := state.HandEdit(); err != nil || found != edited || state.Record == nil {
			t.Errorf("edited %v: a hand edit is seen: %v, %v", edited, found, err)
		}
	}
}

// What is missing in GitHub and in the stack's config is no finding; the token
// of a job is no secret of the organization.
func TestAdoptKnowsTheConfig(t *testing.T) {
	w := newHandMadeWorld(t, "")
	w.file("Pulumi.production.yaml", `config:
  acme-secrets:organization: acme
  acme-secrets:repository: platform
  acme-secrets:environment: acme-cloud/default/production
  acme-secrets:rootKey: app
  acme-secrets:values:
    FIGMA_PAT:
      secure: v1:abc
`)
	w.box.WriteFile(fixture.WorkflowPath, "env: {A: '${{ secrets.GITHUB_TOKEN }}', B: '${{ secrets.openai_api_key }}'}\n", "ana")
	end := w.secretctl("adopt")
	for _, unwanted := range []string{"FIGMA_PAT is missing", "it passes"} {
		if strings.Contains(end.stdout, unwanted) {
			t.Errorf("%q in\n%s", unwanted, end.stdout)
		}
	}
	if !strings.Contains(end.stdout, "NOTION_API_KEY is missing") {
		t.Errorf("%s", end.stdout)
	}
}

// A failure at any request, before or after its effect, loses nothing; the next
// run is as the first would have been.
func TestAdoptFaults(t *testing.T) {
	for step := range 22 {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("request %d, after the effect %v", step, after), func(t *testing.T) {
				t.Parallel()
				w := newHandMadeWorld(t, "")
				before, text := w.held(handMade), definition(w, handMade)
				remove := w.box.Inject(sandbox.Fault{Status: 403, After: after, Skip: step, Times: 1})
				end := w.secretctl("adopt")
				remove()
				for _, r := range w.box.Requests() {
					// Levels that the token may not read are no failure.
					level := strings.HasSuffix(r.Path, "/platform/actions/organization-secrets") || strings.HasSuffix(r.Path, "/platform/actions/secrets")
					if r.Fault && !level && end.code != 3 {
						t.Errorf("%s %s fails and the exit code is %d\n%s%s", r.Method, r.Path, end.code, end.stdout, end.stderr)
					}
				}
				if end := w.secretctl("adopt"); end.code != 0 {
					t.Errorf("the next run exits %d\n%s%s", end.code, end.stdout, end.stderr)
				}
				if !maps.Equal(before, w.held(syncStore)) || definition(w, handMade) != text {
					t.Error("a value was lost, or the environment was changed")
				}
			})
		}
	}
}

func definition(w *syncWorld, name string) string {
	text, _, _ := w.box.Definition(name)
	return text
}
