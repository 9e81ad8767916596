package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// The environment of docs/programs.md gives what it says, to the evaluator of ESC.
func TestDocumentedVariables(t *testing.T) {
	page, err := os.ReadFile("../../docs/programs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(page), "```yaml\nimports:")
	sample, _, _ = strings.Cut(sample, "```")
	w := newRunWorld(t, "openai_api_key: {'fn::secret': one}, postgres_password: {'fn::secret': two}", entryA)
	if fixture.Environment != "acme-cloud/default/production" || fixture.RootKey != "app" {
		t.Fatal("the page speaks of another environment")
	}
	const name = "acme-cloud/default/server"
	if err := w.box.CreateEnvironment(name, "somebody"); err != nil {
		t.Fatal(err)
	}
	if err := w.box.SetDefinition(name, "imports:"+sample, "somebody"); err != nil {
		t.Fatal(err)
	}
	opened, err := w.box.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"OPENAI_API_KEY": "one", "POSTGRES_PASSWORD": "two"}
	if diff := cmp.Diff(want, opened["environmentVariables"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
