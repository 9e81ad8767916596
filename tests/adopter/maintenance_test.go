package adopter

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// uploadArtifact keeps the file in FOLDER.
const uploadArtifact = `inputs:
  name: {description: n, required: true}
  path: {description: p, required: true}
  if-no-files-found: {description: i, default: warn}
  retention-days: {description: r}
runs:
  using: composite
  steps:
    - {run: 'cp "${{ inputs.path }}" FOLDER/${{ inputs.name }}', shell: bash}
`

// newMaintenanceRunner has what docs/maintenance.md sets up, and two repositories
// that read secrets.
func newMaintenanceRunner(t *testing.T, kept string) *ciRunner {
	t.Helper()
	r := newCIRunner(t, fixture.MaintenancePath)
	r.must("pulumi", "config", "set", "statusToken", "SECRETS_STATUS_TOKEN")
	catalog, err := os.ReadFile(filepath.Join(r.dir, "catalog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(r.dir, "catalog.yaml"), "consumers: [web, elsewhere/batch]\n"+string(catalog))
	online := r.repository
	online.env = append(slices.Clone(r.env), "GOPROXY="+strings.TrimSpace(r.must("env", "-u", "GOPROXY", "go", "env", "GOPROXY")))
	online.must("go", "mod", "edit", "-tool", "github.com/ai-cherry/sophia-secrets/cmd/secretaudit")
	online.must("go", "mod", "tidy")
	r.push()
	r.secrets["SECRETS_STATUS_TOKEN"] = r.box.Tokens().GitHubReader
	r.secrets["PULUMI_ACCESS_TOKEN"] = r.box.Tokens().Pulumi
	if err := r.box.SetRepositorySecret("SECRETS_STATUS_TOKEN", r.box.Tokens().GitHubReader); err != nil {
		t.Fatal(err)
	}
	r.must("pulumi", "up", "--yes", "--non-interactive")
	r.sync()
	text, ok := r.box.File(fixture.MaintenancePath)
	if !ok {
		t.Fatal("up declares no maintenance workflow")
	}
	writeFile(t, filepath.Join(r.dir, fixture.MaintenancePath), text)
	r.point(`"$RUNNER_TEMP/secretctl" status`, `GITHUB_API_URL=`+r.box.GitHubAPI()+` "$RUNNER_TEMP/secretctl" status`,
		`"$RUNNER_TEMP/secretctl" rotation`, `GITHUB_API_URL=`+r.box.GitHubAPI()+` "$RUNNER_TEMP/secretctl" rotation`)
	r.ready(map[string]string{"actions/setup-go": setupGo, "actions/upload-artifact": strings.ReplaceAll(uploadArtifact, "FOLDER", kept)})
	r.serveConsumers(map[string]string{
		"acme/web":        "key = get_config_value(\"openai_api_key\")\nold = get_config_value(\"openai.key\")\n",
		"elsewhere/batch": "key = get_config_value(\"openai_api_key\")\n",
	})
	return r
}

// changeConsumer adds a line to the program of a consumer.
func (r *ciRunner) changeConsumer(name, line string) {
	r.t.Helper()
	file := filepath.Join(r.consumers, name, "main.py")
	text, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	writeFile(r.t, file, string(text)+line)
	r.commit(filepath.Join(r.consumers, name))
}

// serveConsumers are the repositories that git finds at GitHub's address.
func (r *ciRunner) serveConsumers(programs map[string]string) {
	r.t.Helper()
	r.consumers = r.t.TempDir()
	for name, text := range programs {
		writeFile(r.t, filepath.Join(r.consumers, name, "main.py"), text)
		r.commit(filepath.Join(r.consumers, name))
	}
	config := filepath.Join(r.t.TempDir(), "gitconfig")
	writeFile(r.t, config, "[url \"file://"+r.consumers+"/\"]\n\tinsteadOf = https://github.com/\n")
	r.env = append(r.env, "GIT_CONFIG_GLOBAL="+config)
}

const (
	weekly  = `{"schedule": "41 5 * * 1"}`
	quarter = `{"schedule": "11 6 1 1,4,7,10 *"}`
	monthly = `{"schedule": "31 6 1 * *"}`
)

func TestMaintenanceWorkflowRuns(t *testing.T) {
	t.Parallel()
	kept := t.TempDir()
	r := newMaintenanceRunner(t, kept)
	r.keepsOneIssue(kept)
	r.proposesUses()
}

// A healthy week, a secret that somebody deleted, and its return: one issue, opened,
// kept, and closed. The page is kept each time.
func (r *ciRunner) keepsOneIssue(kept string) {
	t := r.t
	t.Helper()
	if out, code := r.event("schedule", weekly); code != 0 || len(r.gh().Issues) != 0 || strings.Contains(out, "Rotation") {
		t.Fatalf("a healthy week: exit %d, issues %+v\n%s", code, r.gh().Issues, out)
	}
	if page, err := os.ReadFile(filepath.Join(kept, "secrets-status")); err != nil || !strings.Contains(string(page), "Everything is as declared") {
		t.Errorf("%v, page\n%.500s", err, page)
	}
	value, _, _ := r.box.Secret("FIGMA_PAT")
	r.box.DeleteSecret("FIGMA_PAT")
	for range 2 {
		out, code := r.event("schedule", quarter)
		if all := r.gh().Issues; code == 0 || len(all) != 1 || !strings.HasPrefix(all[0].Title, "secretctl status: ") || !strings.Contains(all[0].Body, "organization secret FIGMA_PAT is missing") || !strings.Contains(out, "Rotation") {
			t.Fatalf("a deleted secret: exit %d, issues %+v\n%s", code, all, out)
		}
	}
	if err := r.box.SetSecret("FIGMA_PAT", value, "private"); err != nil {
		t.Fatal(err)
	}
	r.must("pulumi", "up", "--yes", "--non-interactive")
	r.sync()
	if out, code := r.event("schedule", weekly); code != 0 || r.gh().Issues[0].State != "closed" {
		t.Errorf("it is back: exit %d, issues %+v\n%s", code, r.gh().Issues, out)
	}
}

// Once a month a pull request says who reads what; once it is merged there is none.
func (r *ciRunner) proposesUses() {
	t := r.t
	t.Helper()
	writeFile(t, r.state, "{}")
	const at = "sync_secrets-uses:uses.yaml"
	for month := range 3 { // the second one changes nothing, the third one updates
		if month == 2 {
			r.changeConsumer("acme/web", "third = get_config_value(\"figma_pat\")\n")
		}
		out, code := r.event("schedule", monthly)
		now := r.gh()
		if month == 2 && !strings.Contains(now.Files[at], "figma_pat:\n        - main.py:3\n") {
			t.Errorf("no new reader in\n%s", now.Files[at])
		}
		for _, want := range []string{"acme/web:\n", "elsewhere/batch:\n", "openai_api_key:\n        - main.py:1\n", "openai.key:\n        - main.py:2\n"} {
			if !strings.Contains(now.Files[at], want) {
				t.Errorf("no %q in\n%s", want, now.Files[at])
			}
		}
		if code != 0 || len(now.Pulls) != 1 || len(now.Files) != 1 || len(now.Issues) != 0 || strings.Contains(out, "Verify") {
			t.Fatalf("exit %d, %+v\n%s", code, now, out)
		}
	}
	writeFile(t, filepath.Join(r.dir, "uses.yaml"), r.gh().Files[at]) // it is merged
	r.must("git", "add", "uses.yaml")
	r.must("git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=test")
	for range 2 { // whoever merged it by hand left the pull request open
		out, code := r.event("schedule", monthly)
		if code != 0 || len(r.gh().Pulls) != 0 {
			t.Errorf("nothing is new: exit %d, %+v\n%s", code, r.gh(), out)
		}
	}
	if err := os.RemoveAll(filepath.Join(r.consumers, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if out, code := r.event("schedule", monthly); code == 0 || !strings.Contains(out, "elsewhere/batch, a consumer of the catalog, cannot be read with the secret SECRETS_STATUS_TOKEN") || len(r.gh().Pulls) != 0 {
		t.Errorf("a consumer is gone: exit %d, %+v\n%s", code, r.gh(), out)
	}
	if out, err := r.run("go", "tool", "secretctl", "check"); err == nil || !strings.Contains(out, `key "openai.key" is read in 1 place (acme/web/main.py:2)`) {
		t.Errorf("check: %v\n%s", err, out)
	}
}
