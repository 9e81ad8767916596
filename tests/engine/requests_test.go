package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// A preview lists; it does not ask for each secret. A list has a page for every
// hundred: past it, the organization and the repository are asked once more.
func TestRequestsOfAPreview(t *testing.T) {
	w := newWorld(t)
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
