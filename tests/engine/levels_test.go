package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// A repository secret of the same name is what the job receives. Everything says
// so, and when it goes the organization's value is stale until the next sync.
func TestShadowedByTheRepository(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	value, _, _ := w.Sandbox.Secret("GH_API_TOKEN")
	w.later()
	if err := w.Sandbox.SetRepositorySecret("GH_API_TOKEN", marker+"-of-the-repository"); err != nil {
		t.Fatal(err)
	}
	w.red("the job receives GH_API_TOKEN from the repository, not from the organization")
	w.up()
	w.sync(0)
	w.clean()
	w.red("the job receives GH_API_TOKEN from the repository")
	if mark, _ := w.Sandbox.File(fixture.MarkPath); !strings.Contains(mark, "repository/GH_API_TOKEN:") {
		t.Errorf("the mark:\n%s", mark)
	}
	if got := w.open()[fixture.RootKey].(map[string]any)["github_token"]; got != marker+"-of-the-repository" {
		t.Error("the repository's value did not arrive")
	}
	w.Sandbox.DeleteRepositorySecret("GH_API_TOKEN")
	w.red("GH_API_TOKEN was changed in GitHub", "is not synced yet: pulumi up")
	w.settle(0)
	w.secretctl(0, "status")
	if got := w.open()[fixture.RootKey].(map[string]any)["github_token"]; got != value {
		t.Error("the organization's value did not come back")
	}
}

// A secret of the job's GitHub environment wins over all others, as it is meant.
func TestGitHubEnvironment(t *testing.T) {
	w := newWorld(t)
	if err := w.SetConfig(context.Background(), "githubEnvironment", "production"); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"GH_API_TOKEN": marker + "-of-the-environment"} {
		if err := w.Sandbox.SetEnvironmentSecret("production", name, value); err != nil {
			t.Fatal(err)
		}
	}
	w.settle(0)
	w.secretctl(0, "status")
	text, _ := w.Sandbox.File(fixture.WorkflowPath)
	w.contains(text, `environment: "production"`)
	if got := w.open()[fixture.RootKey].(map[string]any)["github_token"]; got != marker+"-of-the-environment" {
		t.Error("the environment's value did not arrive")
	}
}

// A hundred and twenty secrets of other teams: one line of information, and every
// secret that does not arrive is named with what would bring it in.
func TestSecretsOfOtherTeams(t *testing.T) {
	w := newWorld(t)
	for i := range 120 {
		if err := w.Sandbox.SetSecret(fmt.Sprintf("A%03d_OTHER", i), marker, "private"); err != nil {
			t.Fatal(err)
		}
	}
	w.up()
	out := w.secretctl(1, "status")
	w.contains(out, "GH_API_TOKEN is number", "organization secrets that platform may read, and a job receives the first 100: gh secret set GH_API_TOKEN --repo acme/platform",
		"120 secrets of the organization are not in the catalog: A000_OTHER, A001_OTHER, A002_OTHER and 117 more")
	if n := strings.Count(out, "\n"); n > 2*len(catalog(t).Secrets)+7 { // a row and a finding each, no line for one of the 120
		t.Errorf("%d lines:\n%s", n, out)
	}
	w.contains(w.preview(), "GH_API_TOKEN is number")
	w.sync(1)
	w.edit("secrets:\n", "ignore: [\"A*\"]\nsecrets:\n")
	if out := w.secretctl(1, "status"); strings.Contains(out, "not in the catalog") {
		t.Errorf("ignored secrets are told:\n%s", out)
	}
}

// On GitHub's free plan a private repository receives no organization secret.
func TestNothingGranted(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.Sandbox.SetManners(sandbox.Manners{FreePlan: true})
	w.red("repository platform may not read organization secret GH_API_TOKEN", "PULUMI_ACCESS_TOKEN, with which the sync logs in to Pulumi Cloud, does not reach the job: gh secret set PULUMI_ACCESS_TOKEN --repo acme/platform")
	w.clean() // the mark stays
}

// A token that may not read a level is one finding, and gives the same mark.
func TestTokenWithoutARight(t *testing.T) {
	w := newWorld(t)
	if err := w.Sandbox.SetRepositorySecret("GH_API_TOKEN", marker+"-of-the-repository"); err != nil {
		t.Fatal(err)
	}
	w.later()
	w.up()
	w.sync(0)
	mark, _ := w.Sandbox.File(fixture.MarkPath)
	if err := w.Setenv("GITHUB_TOKEN", w.Sandbox.Tokens().GitHubWithoutSecrets); err != nil {
		t.Fatal(err)
	}
	w.set("FIGMA_PAT", marker+"-rotated")
	out := w.preview()
	w.contains(out, "GITHUB_TOKEN may not see which secrets the jobs of platform receive, and the mark stays as it is: let it read the secrets of repository platform")
	_, diagnostics, _ := strings.Cut(out, "Diagnostics:")
	if n := strings.Count(diagnostics, "warning:"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, out)
	}
	w.up()
	if now, _ := w.Sandbox.File(fixture.MarkPath); now != mark {
		t.Errorf("the mark moved from\n%s to\n%s", mark, now)
	}
	if err := w.Setenv("GITHUB_TOKEN", w.Sandbox.Tokens().GitHub); err != nil {
		t.Fatal(err)
	}
	w.up()
	w.sync(0)
	w.contains(w.secretctl(1, "status"), "from the repository, not from the organization")
}

// Another branch than main, asked of GitHub.
func TestDefaultBranch(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	text, _ := w.Sandbox.File(fixture.WorkflowPath)
	if got := workflow.SyncedEnvironment(text); got != fixture.Environment {
		t.Errorf("the workflow syncs %q", got)
	}
	w.contains(text, `branches: ["main"]`)
}

// A strict preview shows everything and then fails; information fails nothing.
func TestStrictPreview(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	if err := w.Sandbox.SetSecret("LEFT_OVER", marker, "private"); err != nil {
		t.Fatal(err)
	}
	if err := w.Setenv("STRICT_PREVIEW", "true"); err != nil {
		t.Fatal(err)
	}
	w.clean()
	w.Sandbox.DeleteSecret("GH_API_TOKEN")
	out, err := w.Preview(context.Background(), io.Discard, false)
	if err == nil {
		t.Errorf("a strict preview goes through:\n%s", out)
	}
	w.contains(out, "organization secret GH_API_TOKEN is missing", "1 secret of the organization is not in the catalog: LEFT_OVER",
		"1 finding, and STRICT_PREVIEW is true", "RepositoryFile mark")
}

// A managed secret that is about to replace what people set says so on its line.
func TestManagedReplacesWhatPeopleSet(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.manage("OPENAI_API_KEY", marker+"-configured")
	w.drifts("Secret (OPENAI_API_KEY)", "up replaces the value of organization secret OPENAI_API_KEY, which people set", "to keep theirs: pulumi config rm --path values.OPENAI_API_KEY")
	w.settle(0)
}
