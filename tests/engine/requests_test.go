package engine

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// A preview lists; it does not ask for each secret. A list has a page for every
// hundred: past it, the organization and the repository are asked once more.
func TestRequestsOfAPreview(t *testing.T) {
	w := newWorld(t)
	w.must(w.SetConfig(context.Background(), "statusToken", "")) // the maintenance workflow is one more file, of three requests
	w.up()
	w.sync(0)
	few := w.count()
	if few > 20 {
		t.Errorf("%d requests at %d adopted secrets, want at most 20", few, len(catalog(t).Secrets))
	}
	text := strings.Replace(fixture.Grow(secrets.MaxSources), "    aliases: [ASANA_API_TOKEN]\n", "", 1)
	if err := os.WriteFile(filepath.Join(w.Dir, "catalog.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	grown, problems := secrets.Parse("catalog.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, s := range grown.Secrets[len(catalog(t).Secrets):] {
		if err := w.Sandbox.SetSecret(s.GitHubName, marker, "private"); err != nil {
			t.Fatal(err)
		}
	}
	w.up()
	if many := w.count(); many > few+2 {
		t.Errorf("%d requests at %d adopted secrets, %d at %d", many, len(grown.Secrets), few, len(catalog(t).Secrets))
	}
}

// count runs a preview and counts its requests.
func (w *world) count() int {
	w.t.Helper()
	w.Sandbox.ResetRequests()
	w.preview()
	requests := w.Sandbox.Requests()
	for side, name := range map[sandbox.Side]string{sandbox.GitHub: "GitHub", sandbox.Pulumi: "Pulumi Cloud"} {
		n := 0
		for _, r := range requests {
			if r.Side == side {
				n++
				w.t.Logf("%s %s", r.Method, r.Path)
			}
		}
		w.t.Logf("%s: %d requests", name, n)
	}
	return len(requests)
}

// A clean preview, as make preview runs it, fits a screen.
func TestCleanPreviewIsShort(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	for i := range 120 {
		w.must(w.Sandbox.SetSecret(fmt.Sprintf("Z%03d_OTHER", i), marker, "private"))
	}
	var out strings.Builder
	_, err := w.Stack.Preview(context.Background(), optpreview.Diff(), optpreview.SuppressOutputs(), optpreview.ExpectNoChanges(),
		optpreview.ProgressStreams(&out), optpreview.ErrorProgressStreams(&out))
	if n := strings.Count(out.String(), "\n"); err != nil || n >= 20 {
		t.Errorf("%v, %d lines:\n%s", err, n, out.String())
	}
}

// Outputs are maps, all the way down: the engine shows a list that gained a name as
// changes of all the names after it. Those that the program does not know leave.
func TestOutputsAreMaps(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.must(w.Sandbox.SetSecret("OPENAI_API_KEY", marker, "selected", sandbox.RepositoryID))
	w.settle(0)
	w.Sandbox.DeleteSecret("GH_API_TOKEN")
	w.up()
	outputs, err := w.Stack.Outputs(context.Background())
	w.must(err)
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case []any:
			t.Errorf("%s is a list", path)
		case map[string]any:
			for key, inner := range value {
				walk(path+"."+key, inner)
			}
		}
	}
	for name, output := range outputs {
		walk(name, output.Value)
	}
	want := []string{"applied", "edition", "environment", "files", "findings", "secrets"}
	if got := slices.Sorted(maps.Keys(outputs)); !slices.Equal(got, want) {
		t.Errorf("outputs %v, want %v", got, want)
	}
	applied := outputs["applied"].Value.(map[string]any)["OPENAI_API_KEY"].(map[string]any)
	if list := applied["repositories"].(map[string]any); len(list) != 1 {
		t.Errorf("the allow list is %v", list)
	}
}
