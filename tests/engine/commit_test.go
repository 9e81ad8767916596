package engine

import (
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// What refuses the commits of an up is said before: by a preview, which needs no
// right to write, and by an up before it writes anything.
func TestCommitsThatAreRefused(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.Sandbox.SetManners(sandbox.Manners{Protected: true})
	w.contains(w.preview(), "branch main of acme/platform is protected: the account of GITHUB_TOKEN has to be allowed to bypass that")
	w.Sandbox.SetManners(sandbox.Manners{})
	const lacks = "GITHUB_TOKEN may not write platform/.github/workflows/sync_secrets.yml: it lacks the scope workflow; add it at https://github.com/settings/tokens"
	if err := w.Setenv("GITHUB_TOKEN", w.Sandbox.Tokens().GitHubWithoutWorkflow); err != nil {
		t.Fatal(err)
	}
	w.contains(w.preview(), lacks)
	w.upFails(lacks)
	if _, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); ok {
		t.Error("the secret was written")
	}
	if err := w.Setenv("GITHUB_TOKEN", w.Sandbox.Tokens().GitHub); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
}
