package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// A preview lists; it does not ask for each secret.
func TestRequestsOfAPreview(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.sync(0)
	few := w.count()
	if few > 16 {
		t.Errorf("%d requests at 41 adopted secrets, want at most 16", few)
	}
	var more strings.Builder
	for i := range 59 {
		name := fmt.Sprintf("EXTRA_%02d", i)
		fmt.Fprintf(&more, "  - name: %s\n", name)
		if err := w.Sandbox.SetSecret(name, marker, "private"); err != nil {
			t.Fatal(err)
		}
	}
	w.edit("  - name: ANTHROPIC_API_KEY\n", "  - name: ANTHROPIC_API_KEY\n"+more.String()+"")
	w.edit("    aliases: [ASANA_API_TOKEN]\n", "")
	w.edit("    aliases: [NOTION_API_KEY]\n", "")
	w.up()
	if many := w.count(); many > few {
		t.Errorf("%d requests at 100 adopted secrets, %d at 41", many, few)
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
