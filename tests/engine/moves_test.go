package engine

import (
	"context"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// These are the rows of docs/changes.md that no other test types.

// The GitHub name of an adopted secret, and the name of one: the value stays where
// applications read it.
func TestNamesOfAnAdoptedSecret(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	before := w.open()
	value, _, _ := w.Sandbox.Secret("FIGMA_PAT")
	w.set("FIGMA_TOKEN", value)
	w.edit("  - name: FIGMA_PAT\n", "  - name: FIGMA_PAT\n    github_name: FIGMA_TOKEN\n")
	w.settle(0)
	w.same(before, w.open())
	w.secretctl(0, "status")
	if _, _, ok := w.Sandbox.Secret("FIGMA_PAT"); !ok {
		t.Error("the old organization secret is gone")
	}
	w.edit("  - name: FIGMA_PAT\n", "  - name: FIGMA\n    key: figma_pat\n")
	w.settle(0)
	w.same(before, w.open())
	w.secretctl(0, "status")
}

// The hint of a repository that was renamed in GitHub leaves its files and values
// where they are, although the old name still leads to them.
func TestRepositoryRenamed(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.Sandbox.SetManners(sandbox.Manners{Renamed: "former"})
	w.must(w.SetConfig(context.Background(), "repository", "former"))
	w.later()
	w.up()
	w.sync(0)
	w.clean()
	before := w.open()
	w.red("repository former is now called platform: pulumi config set repository platform")
	w.must(w.SetConfig(context.Background(), "repository", fixture.Repository))
	w.settle(0)
	for _, path := range []string{fixture.WorkflowPath, fixture.MaintenancePath, fixture.MarkPath} {
		if _, ok := w.Sandbox.File(path); !ok {
			t.Errorf("%s is gone", path)
		}
	}
	w.same(before, w.open())
	w.secretctl(0, "status")
}
