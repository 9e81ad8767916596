package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// healthy is a stack whose every check passes or cannot be proven.
func healthy(t *testing.T) *choreWorld {
	t.Helper()
	w := newChoreWorld(t, twoSecrets)
	w.box.SetClock(time.Now())
	if err := w.box.SetSecret(fixture.Stack().StatusToken, w.box.Tokens().GitHubReader, "private"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Pulumi.yaml", "Pulumi.production.yaml"} {
		text, _ := w.read(name)
		w.box.WriteFile(name, text, "ana")
	}
	text, _ := w.box.File(fixture.MarkPath)
	w.box.WriteFile(fixture.MarkPath, text, "pipeline")
	w.box.FinishRuns("success")
	return w
}

// Each world lacks one precondition: doctor names that one, and its command, typed
// as it is printed, mends it.
func TestDoctor(t *testing.T) {
	for _, tc := range []struct {
		name     string
		breaks   func(*choreWorld)
		check    string
		evidence string
	}{
		{"no GitHub token", func(w *choreWorld) { delete(w.job, "GITHUB_TOKEN") }, "GITHUB_TOKEN", "is not set"},
		{"a wrong GitHub token", func(w *choreWorld) { w.job["GITHUB_TOKEN"] = "ghp_wrong" }, "GITHUB_TOKEN", "does not accept it"},
		{"no right to the organization's secrets", func(w *choreWorld) { w.job["GITHUB_TOKEN"] = w.box.Tokens().GitHubRepositoryReader }, "organization secrets: read", "lacks this right"},
		{"no right to the repository's secrets", func(w *choreWorld) { w.job["GITHUB_TOKEN"] = w.box.Tokens().GitHubWithoutSecrets }, "repository secrets: read", "lacks this right"},
		{"no right to write workflows", func(w *choreWorld) { w.job["GITHUB_TOKEN"] = w.box.Tokens().GitHubWithoutWorkflow }, "workflows: write", "lacks the scope workflow"},
		{"a renamed repository", func(w *choreWorld) {
			w.box.SetManners(sandbox.Manners{Renamed: "old"})
			w.replace("Pulumi.production.yaml", "repository: platform", "repository: old")
		}, "repository", "old is now called platform"},
		{"a catalog that is not pushed", func(w *choreWorld) { w.file("catalog.yaml", twoSecrets+"    owner: ana\n") }, "code", "another catalog.yaml"},
		{"code that was never pushed", func(w *choreWorld) { w.file("go.mod", "module example.com/secrets\n") }, "code", "has no go.mod"},
		{"Actions are disabled", func(w *choreWorld) { w.box.SetManners(sandbox.Manners{ActionsDisabled: true}) }, "Actions", "disabled"},
		{"no workflow", func(w *choreWorld) { w.box.RemoveFile(fixture.WorkflowPath, "ana") }, "workflow", "does not exist"},
		{"a workflow that slept in", func(w *choreWorld) { w.box.DisableWorkflow("sync_secrets.yml", "disabled_inactivity") }, "workflow", "disabled_inactivity"},
		{"pushes that start nothing", func(w *choreWorld) {
			w.box.SetManners(sandbox.Manners{SilentPushes: true})
			w.box.Advance(-10 * time.Minute) // it was a while ago
			text, _ := w.box.File(fixture.MarkPath)
			w.box.WriteFile(fixture.MarkPath, text, "github-actions[bot]")
			w.box.SetClock(time.Now())
			w.box.SetManners(sandbox.Manners{})
		}, "the mark's push", "started no run"},
		{"a failed run", func(w *choreWorld) {
			w.box.WriteFile("README.md", "# more\n", "ana")
			w.box.FinishRuns("failure")
		}, "last run", "ended with failure"},
		{"no Pulumi token", func(w *choreWorld) { delete(w.job, "PULUMI_ACCESS_TOKEN") }, "PULUMI_ACCESS_TOKEN", "is not set"},
		{"a wrong Pulumi token", func(w *choreWorld) { w.job["PULUMI_ACCESS_TOKEN"] = "pul-wrong" }, "PULUMI_ACCESS_TOKEN", "does not accept it"},
		{"a token that may not open", func(w *choreWorld) { w.job["PULUMI_ACCESS_TOKEN"] = w.box.Tokens().PulumiReader }, "environment: open", "environment:open"},
		{"no environment", func(w *choreWorld) { w.box.DeleteEnvironment(fixture.Environment) }, "environment", "does not exist"},
		{"no store", func(w *choreWorld) { w.box.DeleteEnvironment(fixture.Store) }, "store", "does not exist"},
		{"the sync cannot log in", func(w *choreWorld) { w.box.DeleteSecret("PULUMI_ACCESS_TOKEN") }, "the sync's token", "does not reach the job"},
		{"the maintenance workflow cannot read GitHub", func(w *choreWorld) { w.box.DeleteSecret(fixture.Stack().StatusToken) }, "the status token", "does not reach the job"},
		{"a clock that is wrong", func(w *choreWorld) { w.box.Advance(-20 * time.Minute) }, "clock", " off GitHub's"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy(t)
			tc.breaks(w)
			check := w.failed()
			if check.Name != tc.check || !strings.Contains(check.Evidence, tc.evidence) {
				t.Fatalf("the first failed check is %q: %q, want %q and %q", check.Name, check.Evidence, tc.check, tc.evidence)
			}
			w.typed(check.Command)
			if end := w.secretctl("doctor"); end.code != 0 {
				t.Errorf("%q did not mend it: exit %d\n%s%s", check.Command, end.code, end.stdout, end.stderr)
			}
		})
	}
}

func TestDoctorPasses(t *testing.T) {
	w := healthy(t)
	w.wants(w.secretctl("doctor"), 0, "pass     GITHUB_TOKEN", "pass     organization secrets: write", "unknown  store: write", "pass     last run", "pass     the mark's push")
	w.box.SetManners(sandbox.Manners{Protected: true})
	w.wants(w.secretctl("doctor"), 0, "unknown  branch", "main is protected")
}

// Lines of code that ask for what the catalog does not serve, and those of one secret.
func TestDoctorNamesReaders(t *testing.T) {
	w := healthy(t)
	w.file("uses.yaml", "repositories: {acme/web: {keys: {beta: ['a.py:3'], betta: ['b.py:1', 'b.py:2']}, variables: {BETA: ['run.sh:9']}}}\n")
	w.wants(w.secretctl("doctor"), 1, `key "betta" is read in 2 places (acme/web/b.py:1, acme/web/b.py:2)`, `did you mean "beta"?`)
	w.wants(w.secretctl("doctor", "beta"), 0, "read in 2 places (acme/web/a.py:3, acme/web/run.sh:9)")
	w.wants(w.secretctl("doctor", "betta"), 2, `the catalog has no "betta", which is read in 2 places (acme/web/b.py:1, acme/web/b.py:2)`, "hint: secretctl doctor BETA")
	w.file("uses.yaml", "repositories: {acme/web: {keys: {beta: ['a.py:3']}}}\n")
	w.wants(w.secretctl("doctor"), 0, "the catalog serves all of the 1 key that code asks for")
}

// What a check could not find out is unknown, never a failure or a pass.
func TestDoctorOutage(t *testing.T) {
	w := healthy(t)
	w.box.Inject(sandbox.Fault{Path: "/actions/", Status: http.StatusForbidden})
	w.box.Inject(sandbox.Fault{Path: "/contents/", Status: http.StatusInternalServerError})
	end := w.secretctl("doctor")
	for _, name := range []string{"Actions", "code", "workflow", "the pipeline"} {
		if !regexp.MustCompile(`(?m)^unknown +` + name + ` `).MatchString(end.stdout) {
			t.Errorf("%s is not unknown:\n%s", name, end.stdout)
		}
	}
}

// The five checks of one secret, broken one after the other.
func TestDoctorFollows(t *testing.T) {
	for _, tc := range []struct {
		name, check string
		breaks      func(*choreWorld)
	}{
		{"deleted", "GitHub has it", func(w *choreWorld) { w.box.DeleteSecret("GH_BETA") }},
		{"an older workflow", "the workflow passes it", func(w *choreWorld) {
			text, _ := w.box.File(fixture.WorkflowPath)
			w.box.WriteFile(fixture.WorkflowPath, strings.ReplaceAll(text, "SECRET_GH_BETA", "SECRET_ELSE"), "ana")
		}},
		{"rotated", "sync maps it", func(w *choreWorld) {
			w.idle = true
			w.box.Advance(time.Minute)
			if err := w.box.SetSecret("GH_BETA", w.value("next-M"), "private"); err != nil {
				w.Fatal(err)
			}
		}},
		{"overridden", "nothing overrides it", func(w *choreWorld) {
			if err := w.box.SetDefinition(fixture.Environment, "imports:\n  - default/production-store\nvalues:\n  app:\n    more: x\n", "eve"); err != nil {
				w.Fatal(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy(t)
			for _, name := range []string{"BETA", "GH_BETA", "beta"} {
				w.wants(w.secretctl("doctor", name), 0, "GitHub has it", "the workflow passes it", "sync maps it", "the reader has it", "nothing overrides it")
			}
			tc.breaks(w)
			if check := w.failed("BETA"); check.Name != tc.check {
				t.Errorf("the first failed check is %q: %q", check.Name, check.Evidence)
			}
		})
	}
	w := healthy(t)
	w.wants(w.secretctl("doctor", "BETTA"), 2, `the catalog has no "BETTA"`, "hint: secretctl doctor BETA")
}

type check struct{ Name, State, Evidence, Command string }

// failed is the first failed check.
func (w *choreWorld) failed(args ...string) check {
	w.Helper()
	end := w.secretctl(append([]string{"doctor", "--format", "json"}, args...)...)
	var document struct{ Checks []check }
	if err := json.Unmarshal([]byte(end.stdout), &document); err != nil || end.code != 1 {
		w.Fatalf("exit %d, %v\n%s%s", end.code, err, end.stdout, end.stderr)
	}
	for _, c := range document.Checks {
		if c.State == "fail" {
			return c
		}
	}
	w.Fatal("no check failed")
	return check{}
}

var (
	callsAPI   = regexp.MustCompile(`^gh api --method PUT (repos/\S+) -F enabled=true$`)
	enables    = regexp.MustCompile(`^gh workflow enable (\S+) --repo acme/platform$`)
	setsSecret = regexp.MustCompile(`^gh secret set (\w+) --repo acme/platform$`)
)

// typed does what a command does.
func (w *choreWorld) typed(command string) {
	w.Helper()
	switch {
	case command == "export GITHUB_TOKEN=...":
		w.job["GITHUB_TOKEN"] = w.box.Tokens().GitHub
	case command == "gh auth refresh --scopes workflow":
		w.job["GITHUB_TOKEN"] = w.box.Tokens().GitHub
	case command == "export PULUMI_ACCESS_TOKEN=...":
		w.job["PULUMI_ACCESS_TOKEN"] = w.box.Tokens().Pulumi
	case command == "sudo timedatectl set-ntp true":
		w.box.SetClock(time.Now())
	case command == "pulumi config set repository platform":
		w.replace("Pulumi.production.yaml", "repository: old", "repository: platform")
	case command == "git push":
		for _, name := range []string{"catalog.yaml", "go.mod"} {
			if text, ok := w.read(name); ok {
				w.box.WriteFile(name, text, "ana")
			}
		}
		w.box.FinishRuns("success")
	case command == "pulumi up":
		w.declare()
	case command == "gh workflow run sync_secrets.yml --repo acme/platform":
		w.send(http.MethodPost, "repos/acme/platform/actions/workflows/sync_secrets.yml/dispatches", `{"ref":"main"}`)
		w.box.FinishRuns("success")
	case callsAPI.MatchString(command):
		w.send(http.MethodPut, callsAPI.FindStringSubmatch(command)[1], `{"enabled":true}`)
	case enables.MatchString(command):
		w.send(http.MethodPut, "repos/acme/platform/actions/workflows/"+enables.FindStringSubmatch(command)[1]+"/enable", "")
	case setsSecret.MatchString(command):
		if err := w.box.SetRepositorySecret(setsSecret.FindStringSubmatch(command)[1], w.box.Tokens().Pulumi); err != nil {
			w.Fatal(err)
		}
	default:
		w.Fatalf("not a command: %q", command)
	}
}

// declare does what up does about the workflow and the environments, and the sync
// what it does then.
func (w *choreWorld) declare() {
	w.Helper()
	for name, text := range map[string]string{fixture.Store: store.Seed(fixture.RootKey), fixture.Environment: ""} {
		if _, _, ok := w.box.Definition(name); ok {
			continue
		}
		if err := w.box.CreateEnvironment(name, "pulumi"); err != nil {
			w.Fatal(err)
		}
		if text != "" {
			w.edit(text)
		}
	}
	name := fixture.Stack().Environment
	if err := w.box.SetDefinition(name.String(), store.EnvironmentText(name.Store()), "pulumi"); err != nil {
		w.Fatal(err)
	}
	if _, ok := w.box.File(fixture.WorkflowPath); !ok {
		w.box.WriteFile(fixture.WorkflowPath, workflow.Render(fixture.Stack(), w.catalog), "pipeline")
		w.box.WriteFile(fixture.MaintenancePath, workflow.RenderMaintenance(fixture.Stack(), w.catalog), "pipeline")
	}
	w.mark(2)
	w.mu.Lock()
	defer w.mu.Unlock()
	if code, said := w.runJob(); code != 0 {
		w.Fatalf("the sync exits %d\n%s", code, said)
	}
	w.box.FinishRuns("success")
}

func (w *choreWorld) send(method, path, body string) {
	w.Helper()
	request, err := http.NewRequestWithContext(w.Context(), method, w.box.GitHubAPI()+"/"+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.box.Tokens().GitHub)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		w.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

func (w *choreWorld) read(name string) (string, bool) {
	text, err := os.ReadFile(filepath.Join(w.folder, name))
	return string(text), err == nil
}

// replace edits a file of the working copy.
func (w *choreWorld) replace(name, from, to string) {
	w.Helper()
	text, _ := w.read(name)
	if !strings.Contains(text, from) {
		w.Fatalf("%s has no %q", name, from)
	}
	w.file(name, strings.ReplaceAll(text, from, to))
}
