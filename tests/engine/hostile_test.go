package engine

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// manage gives the stack a value.
func (w *world) manage(name, value string) {
	w.t.Helper()
	if err := w.Manage(context.Background(), map[string]secrets.Value{name: secrets.NewValue(value)}); err != nil {
		w.t.Fatal(err)
	}
}

// A secret that is renamed, here or in GitHub, is written under the new name;
// nothing is deleted under the old one.
func TestRenaming(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	value, _, _ := w.Sandbox.Secret("OPENAI_API_KEY")

	w.edit("- name: OPENAI_API_KEY\n", "- name: OPENAI_TOKEN\n    github_name: OPENAI_API_KEY\n    key: openai_api_key\n")
	if err := w.Unmanage(context.Background(), "OPENAI_API_KEY"); err != nil {
		t.Fatal(err)
	}
	w.manage("OPENAI_TOKEN", value)
	w.settle(0)
	if now, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); !ok || now != value {
		t.Error("the secret did not survive another name in the catalog")
	}

	w.edit("github_name: OPENAI_API_KEY\n", "github_name: OPENAI_TOKEN\n")
	w.later()
	w.contains(w.up(), "OPENAI_TOKEN")
	for _, name := range []string{"OPENAI_API_KEY", "OPENAI_TOKEN"} {
		if now, _, ok := w.Sandbox.Secret(name); !ok || now != value {
			t.Errorf("organization secret %s is gone or changed", name)
		}
	}
	w.clean()
	w.contains(w.preview(), "1 secret of the organization is not in the catalog: OPENAI_API_KEY")
}

// The value and the catalog entry are removed at once: GitHub keeps the secret.
func TestManagedSecretLeavesTheCatalog(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	value, _, _ := w.Sandbox.Secret("OPENAI_API_KEY")
	w.edit("  - name: OPENAI_API_KEY\n", "")
	w.upFails("has OPENAI_API_KEY, which the catalog does not name")
	if err := w.Unmanage(context.Background(), "OPENAI_API_KEY"); err != nil {
		t.Fatal(err)
	}
	w.up()
	w.clean()
	if now, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); !ok || now != value {
		t.Error("the secret is gone or changed")
	}
}

// A store that people deleted and created anew is filled again.
func TestStoreMadeAnewByHand(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	before := w.open()
	for text, code := range map[string]int{
		"values:\n  app: {}\n":                           0,
		"values:\n  app:\n    openai_api_key: by-hand\n": 1, // the sync that replaces it says so
	} {
		w.Sandbox.DeleteEnvironment(storeName)
		if err := w.Sandbox.CreateEnvironment(storeName, "ana"); err != nil {
			t.Fatal(err)
		}
		if err := w.Sandbox.SetDefinition(storeName, text, "ana"); err != nil {
			t.Fatal(err)
		}
		w.drifts("nothing was synced into the store yet", "RepositoryFile mark")
		w.settle(code)
		w.same(before, w.open())
	}
}

// Two secrets change in one second, and an up runs between them.
func TestChangeInTheSameSecond(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.later()
	second := time.Now().Add(time.Hour)
	for _, name := range []string{"GH_API_TOKEN", "OPENAI_API_KEY"} {
		w.Sandbox.SetClock(second)
		if err := w.Sandbox.SetSecret(name, marker+"-changed", "private"); err != nil {
			t.Fatal(err)
		}
		w.drifts("RepositoryFile mark")
		w.up()
		w.clean()
		w.sync(0)
		w.clean()
		w.quiet()
		mark, _ := w.Sandbox.File(fixture.MarkPath)
		w.contains(mark, "organization/"+name+": \""+second.UTC().Format(time.RFC3339))
	}
}

// People keep their own name of a managed secret, and change it.
func TestAliasOfAManagedSecret(t *testing.T) {
	w := newWorld(t, "ASANA_ACCESS_TOKEN")
	w.settle(0)
	value, _, _ := w.Sandbox.Secret("ASANA_ACCESS_TOKEN")
	w.set("ASANA_API_TOKEN", value)
	w.drifts("ASANA_API_TOKEN was changed in GitHub just now and is not synced yet: pulumi up", "RepositoryFile mark")
	w.settle(0)
}

// If the up that takes over an environment loses its write, it fails.
func TestLostWriteAtAdoption(t *testing.T) {
	w := newWorld(t)
	if err := w.Sandbox.CreateEnvironment(environmentName, "ana"); err != nil {
		t.Fatal(err)
	}
	if err := w.Sandbox.SetDefinition(environmentName, "values: {}\n", "ana"); err != nil {
		t.Fatal(err)
	}
	w.Sandbox.DeleteEnvironment(storeName)
	remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPatch, Path: environmentName + "$", Status: 500})
	out, err := w.Up(context.Background(), io.Discard)
	remove()
	if text, _, _ := w.Sandbox.Definition(environmentName); err == nil && strings.Contains(text, "values") {
		t.Errorf("up succeeded without the write:\n%s", out)
	}
	w.up()
	w.settle(0)
}

// An empty place that people left in their environment does not stand in the way
// of taking it over.
func TestAdoptionOfEmptyValues(t *testing.T) {
	w := newWorld(t)
	text := "values:\n  app:\n    openai_api_key:\n      fn::secret: " + marker + "\n" +
		"    figma_pat: \"\"\n    linear_api_key: null\n    github_token:\n      fn::secret: \"\"\n"
	if err := w.Sandbox.CreateEnvironment(environmentName, "ana"); err != nil {
		t.Fatal(err)
	}
	if err := w.Sandbox.SetDefinition(environmentName, text, "ana"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.contains(w.secretctl(0, "adopt"), "nothing would be lost")
	}
	if err := w.SetConfig(context.Background(), "adopt", "true"); err != nil {
		t.Fatal(err)
	}
	w.settle(1) // what people kept there is replaced, and that is said once
	w.settle(0)
}

// An up that could not write a secret keeps what the last one knew.
func TestFailedWriteOfASecret(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY", "FIGMA_PAT")
	w.settle(0)
	mark, _ := w.Sandbox.File(fixture.MarkPath)
	before := w.outputs()
	w.later()
	w.manage("OPENAI_API_KEY", marker+"-next")
	w.manage("FIGMA_PAT", marker+"-next")
	remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPut, Path: "/secrets/OPENAI_API_KEY$", Status: 500})
	w.upFails("OPENAI_API_KEY")
	remove()
	if now, _ := w.Sandbox.File(fixture.MarkPath); now != mark {
		t.Errorf("the mark says what was not done:\n%s", now)
	}
	after := w.outputs()
	for _, name := range []string{"applied", "environment", "files"} {
		if after[name] != before[name] {
			t.Errorf("output %s was %s, is %s", name, before[name], after[name])
		}
	}
	w.settle(0)
	for _, name := range []string{"OPENAI_API_KEY", "FIGMA_PAT"} {
		if now, _, _ := w.Sandbox.Secret(name); now != marker+"-next" {
			t.Errorf("%s was not written", name)
		}
	}
}

// The write succeeds, but its answer is lost.
func TestWrittenSecretWithoutAnAnswer(t *testing.T) {
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, "OPENAI_API_KEY")
			w.settle(0)
			w.later()
			w.manage("OPENAI_API_KEY", marker+"-next")
			skip := 0
			if method == http.MethodGet {
				skip = 2 // the refreshes of preview and up
			}
			remove := w.Sandbox.Inject(sandbox.Fault{Method: method, Path: "/secrets/OPENAI_API_KEY$", Status: 500, After: true, Skip: skip, Times: 1})
			_, _ = w.Up(context.Background(), io.Discard)
			remove()
			w.later()
			w.up()
			w.clean()
			w.settle(0)
			if now, _, _ := w.Sandbox.Secret("OPENAI_API_KEY"); now != marker+"-next" {
				t.Error("the value was not written")
			}
		})
	}
}

// outputs are the stack's, each as JSON.
func (w *world) outputs() map[string]string {
	w.t.Helper()
	all, err := w.Stack.Outputs(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	texts := map[string]string{}
	for name, o := range all {
		text, err := json.Marshal(o.Value)
		if err != nil {
			w.t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// After a second hand edit before the first one was synced, and after a failed
// sync, the hint is what helps.
func TestHintOfAHandEdit(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.editStore()
	w.contains(w.preview(), "not by sync: pulumi up")
	w.up()
	w.clean()
	w.contains(w.preview(), "not by sync: gh workflow run sync_secrets.yml")
	w.sync(1)
	w.clean()
	w.quiet()
}
