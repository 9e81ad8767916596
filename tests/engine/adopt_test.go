package engine

import (
	"context"
	"encoding/json"
	"io"
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
	w.contains(w.secretctl(1, "status"), "OPENAI_API_KEY          missing", "the stack holds its value: pulumi up",
		"environment "+environmentName+" does not exist: pulumi up", fixture.WorkflowPath+" does not exist: pulumi up")
	w.settle(0)
	clean := w.secretctl(0, "status")
	w.contains(clean, "passed", "revision 3")

	w.set("GH_API_TOKEN", marker+"-rotated")
	w.Sandbox.DeleteSecret("ANTHROPIC_API_KEY")
	w.editStore()
	w.contains(w.secretctl(1, "status"),
		"GH_API_TOKEN was changed in GitHub just now and is not synced yet: pulumi up",
		"organization secret ANTHROPIC_API_KEY is missing: gh secret set ANTHROPIC_API_KEY --org acme",
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
