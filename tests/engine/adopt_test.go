package engine

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// People made the environment and the workflow by hand. The pipeline takes both
// over without losing a value, but only when told to.
func TestAdoption(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	text.WriteString("values:\n  app:\n")
	for _, s := range catalog(t).Secrets {
		value, _, _ := w.Sandbox.Secret(s.GitHubName)
		quoted, _ := json.Marshal(value)
		text.WriteString("    " + s.Key + ":\n      fn::secret: " + string(quoted) + "\n")
	}
	if err := w.Sandbox.CreateEnvironment(environmentName, "ana"); err != nil {
		t.Fatal(err)
	}
	if err := w.Sandbox.SetDefinition(environmentName, text.String(), "ana"); err != nil {
		t.Fatal(err)
	}
	w.Sandbox.WriteFile(fixture.WorkflowPath, "name: by hand\n", "ana")
	before := w.open()

	w.upFails("openai_api_key", "which would be lost", "secretctl adopt")
	if err := w.SetConfig(context.Background(), "adopt", "true"); err != nil {
		t.Fatal(err)
	}
	w.upFails("openai_api_key", "which would be lost", "secretctl adopt")
	w.same(before, w.open())
	for range 2 {
		w.secretctl(0, "adopt")
		w.same(before, w.open())
	}
	w.settle(0)
	w.same(before, w.open())
	if file, _ := w.Sandbox.File(fixture.WorkflowPath); !workflow.Ours(file) {
		t.Error("the workflow was not taken over")
	}
	w.secretctl(0, "status")
}

// On a fresh state neither the import of the store nor a header makes an environment
// ours: what stands beside it is moved first, and a conflict waits for a decision.
func TestContentDecides(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	text, _, _ := w.Sandbox.Definition(environmentName)
	w.must(w.Sandbox.SetDefinition(environmentName, text+"values:\n  app:\n    openai_api_key: "+marker+"-of-ana\n    by_hand: "+marker+"-by-hand\n", "ana"))
	own, _, _ := w.Sandbox.Definition(environmentName)
	w.must(os.RemoveAll(filepath.Join(w.Dir, "state", ".pulumi", "stacks")))
	w.must(w.Recreate(context.Background()))

	w.upFails("app.by_hand", "app.openai_api_key", "which would be lost")
	w.must(w.SetConfig(context.Background(), "adopt", "true"))
	w.upFails("by_hand, openai_api_key (the store has another value)", "secretctl adopt")
	w.contains(w.secretctl(1, "adopt"), "copied to the store: by_hand", "in the store with another value, which stays: openai_api_key")
	w.upFails("would be lost: openai_api_key (the store has another value);")
	if now, _, _ := w.Sandbox.Definition(environmentName); now != own {
		t.Error("the environment was changed")
	}
	w.must(w.Sandbox.SetDefinition(environmentName, strings.Replace(own, "    openai_api_key: "+marker+"-of-ana\n", "", 1), "ana"))
	w.contains(w.secretctl(0, "adopt"), "nothing would be lost")
	value, _, _ := w.Sandbox.Secret("OPENAI_API_KEY")
	w.settle(0)
	values := w.open()[fixture.RootKey].(map[string]any)
	if values["by_hand"] != marker+"-by-hand" || values["openai_api_key"] != value {
		t.Error("a value was lost")
	}
}

// secretctl runs a command and wants this exit code.
func (w *world) secretctl(code int, args ...string) string {
	w.t.Helper()
	var out strings.Builder
	if got := w.Secretctl(context.Background(), w.Credentials(), &out, &out, args...); got != code {
		w.t.Fatalf("secretctl %s exits %d, want %d\n%s", args[0], got, code, out.String())
	}
	return out.String()
}

func TestStatus(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.contains(w.secretctl(1, "status"), "OPENAI_API_KEY  missing", "the stack holds its value: pulumi up",
		"environment "+environmentName+" does not exist: pulumi up", fixture.WorkflowPath+" does not exist: pulumi up")
	w.settle(0)
	clean := w.secretctl(0, "status", "--all")
	w.contains(clean, "passed", "revision 3")

	w.set("GH_API_TOKEN", marker+"-rotated")
	w.Sandbox.DeleteSecret("ANTHROPIC_API_KEY")
	w.editStore()
	w.contains(w.secretctl(1, "status"),
		"GH_API_TOKEN was changed in GitHub just now and is not synced yet: pulumi up",
		"organization secret ANTHROPIC_API_KEY is missing; secretctl restore ANTHROPIC_API_KEY puts the store's copy back", "to set another value: gh secret set ANTHROPIC_API_KEY --org acme",
		"store revision 4 was written by ana just now, not by sync: pulumi up")
	var out struct {
		Version int
		Drift   bool
		Secrets []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(strings.Split(w.secretctl(1, "status", "--format", "json"), "error:")[0]), &out); err != nil {
		t.Fatal(err)
	}
	if out.Version != 1 || !out.Drift || len(out.Secrets) != len(catalog(t).Secrets) {
		t.Errorf("JSON: %+v", out)
	}
	w.contains(w.secretctl(1, "status", "--format", "markdown"), "| SECRET | GITHUB |")

	if _, err := w.Up(context.Background(), io.Discard); err != nil {
		t.Fatal(err)
	}
	after, err := w.Stack.Outputs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := after["findings"].Value.(map[string]any)
	for kind, name := range map[string]string{"missing": "ANTHROPIC_API_KEY", "stale": "GITHUB_TOKEN", "tampered": "pipeline"} {
		if names, _ := found[kind].(map[string]any); len(names) != 1 || names[name] == nil {
			t.Errorf("findings.%s is %v, want %s", kind, found[kind], name)
		}
	}
}
