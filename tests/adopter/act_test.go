package adopter

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// actions stand in for those that need GitHub or Pulumi Cloud. That for Pulumi's
// token gives the rights that the scope stands for.
const (
	setupGo       = "inputs: {go-version-file: {description: f}, cache: {description: c}}\nruns:\n  using: composite\n  steps:\n    - {run: go version, shell: bash}\n"
	installPulumi = `inputs: {pulumi-version: {description: version, required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: test "${{ inputs.pulumi-version }}" = VERSION
`
	authenticate = `inputs:
  organization: {description: o, required: true}
  requested-token-type: {description: r, required: true}
  scope: {description: s, required: true}
  export-environment-variables: {description: e, default: 'true'}
  cloud-url: {description: c}
outputs:
  pulumi-access-token: {description: t, value: "${{ steps.token.outputs.token }}"}
runs:
  using: composite
  steps:
    - id: token
      shell: bash
      run: |
        case "${{ inputs.organization }} ${{ inputs.requested-token-type }} ${{ inputs.scope }} ${{ inputs.export-environment-variables }}" in
          "acme-cloud urn:pulumi:token-type:access_token:team team:readers false") token=$(cat FOLDER/reader) ;;
          "acme-cloud urn:pulumi:token-type:access_token:personal user:machine false") token=$(cat FOLDER/writer) ;;
          *) exit 1 ;;
        esac
        echo "::add-mask::$token"
        echo "token=$token" >> "$GITHUB_OUTPUT"
`
)

// ciRunner runs a workflow of an adopter's repository as GitHub would, on this
// machine.
type ciRunner struct {
	adopted
	act, workflow, state string
	consumers            string            // the folder of their repositories
	secrets              map[string]string // that the job may use
	args                 []string
}

func newCIRunner(t *testing.T, workflow string) *ciRunner {
	t.Helper()
	act, err := filepath.Abs(filepath.Join(root, ".toolchain", "bin", "act"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(act); err != nil {
		if os.Getenv("TOOLCHAIN") == "required" {
			t.Fatal(err)
		}
		t.Skip("act is not built: the toolchain builds it")
	}
	r := &ciRunner{adopted: newAdopted(t), act: act, workflow: workflow, state: filepath.Join(t.TempDir(), "gh.json"), secrets: map[string]string{"GITHUB_TOKEN": "job-token"}}
	writeFile(r.t, r.state, "{}")
	r.must("pulumi", "stack", "init", "production")
	r.pointed("production")
	r.renew()
	r.push()
	return r
}

// point changes the text of the workflow where act is not GitHub: it gives every job
// the address of GitHub itself, and a stack in a file has no organization.
func (r *ciRunner) point(oldnew ...string) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, r.workflow))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(text), oldnew[i]) {
			r.t.Fatalf("%s has no %q", r.workflow, oldnew[i])
		}
	}
	writeFile(r.t, filepath.Join(r.dir, r.workflow), strings.NewReplacer(oldnew...).Replace(string(text)))
}

// ready commits what is there, and puts these in the place of the actions.
func (r *ciRunner) ready(actions map[string]string) {
	r.t.Helper()
	text, err := yaml.Marshal(r.secrets)
	if err != nil {
		r.t.Fatal(err)
	}
	secretFile := filepath.Join(r.t.TempDir(), "secrets.yml")
	writeFile(r.t, secretFile, string(text))
	workflow, err := os.ReadFile(filepath.Join(r.dir, r.workflow))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, definition := range actions {
		dir := r.t.TempDir()
		writeFile(r.t, filepath.Join(dir, "action.yml"), "name: stand-in\ndescription: "+name+"\n"+definition)
		r.commit(dir)
		pinned := regexp.MustCompile(regexp.QuoteMeta(name) + `@[0-9a-f]{40}`).Find(workflow)
		r.args = append(r.args, "--local-repository", string(pinned)+"="+dir)
	}
	r.args = append(r.args, "--secret-file", secretFile, "--workflows", r.workflow,
		"--platform", "ubuntu-24.04=-self-hosted", "--action-offline-mode", "--no-cache-server", "--pull=false")
	r.commit(r.dir)
	r.must("git", "remote", "add", "origin", "https://github.com/acme/platform.git")
}

// newPulumiRunner has what docs/ci.md sets up: the App, the variables, the actions.
func newPulumiRunner(t *testing.T) *ciRunner {
	t.Helper()
	r := newCIRunner(t, ".github/workflows/pulumi.yml")
	r.point("STACK: acme-cloud/production", "STACK: production",
		`'"$RUNNER_TEMP/secretctl" app-token`, `'GITHUB_API_URL=`+r.box.GitHubAPI()+` "$RUNNER_TEMP/secretctl" app-token`)
	id, key := r.box.App()
	r.secrets["APP_PRIVATE_KEY"] = key
	r.args = append(r.args, "--var", "APP_ID="+id, "--var", "PULUMI_READ_SCOPE=team:readers", "--var", "PULUMI_WRITE_SCOPE=user:machine")
	version := strings.TrimSpace(r.must("go", "list", "-m", "-f", "{{ slice .Version 1 }}", "github.com/pulumi/pulumi/sdk/v3"))
	tokens := t.TempDir()
	writeFile(t, filepath.Join(tokens, "reader"), r.box.Tokens().PulumiReader)
	writeFile(t, filepath.Join(tokens, "writer"), r.box.Tokens().Pulumi)
	r.ready(map[string]string{
		"actions/setup-go":    setupGo,
		"pulumi/actions":      strings.Replace(installPulumi, "VERSION", version, 1),
		"pulumi/auth-actions": strings.ReplaceAll(authenticate, "FOLDER", tokens),
	})
	return r
}

func (r *ciRunner) commit(dir string) {
	r.t.Helper()
	in := repository{r.t, dir, r.env}
	in.must("git", "init", "--quiet", "--initial-branch=main")
	in.must("git", "add", "--all")
	in.must("git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=test")
}

// event runs what an event starts; it returns the log and the exit code.
func (r *ciRunner) event(name, payload string) (string, int) {
	r.t.Helper()
	file := filepath.Join(r.t.TempDir(), "event.json")
	writeFile(r.t, file, payload)
	cmd := exec.CommandContext(r.t.Context(), r.act, append([]string{name, "--eventpath", file}, r.args...)...)
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), "GH_STATE="+r.state)
	for _, variable := range r.env { // the tokens are those that the job asks for
		if !strings.HasPrefix(variable, "GITHUB_TOKEN=") && !strings.HasPrefix(variable, "PULUMI_ACCESS_TOKEN=") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		r.t.Fatal(err)
	}
	log := string(out)
	for _, secret := range []string{"PRIVATE KEY", "ghp_", r.box.Tokens().Pulumi, r.box.Tokens().PulumiReader} {
		if i := strings.Index(log, secret); i >= 0 {
			r.t.Errorf("%s: a secret in the log, after %q", name, log[max(0, i-200):i])
		}
	}
	return log, cmd.ProcessState.ExitCode()
}

func (r *ciRunner) pullRequest(from string) (string, int) {
	r.t.Helper()
	return r.event("pull_request", `{"number": 7, "pull_request": {"number": 7, "head": {"ref": "change", "repo": {"full_name": "`+from+`"}}, "base": {"ref": "main"}}}`)
}

func (r *ciRunner) gh() ghState {
	r.t.Helper()
	text, err := os.ReadFile(r.state)
	var s ghState
	if err := errors.Join(err, json.Unmarshal(text, &s)); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// A stack's life in CI: up on the default branch, the preview of a pull request, a
// fork's without credentials, clean nights, drift, and its end.
func TestPulumiWorkflowRuns(t *testing.T) {
	t.Parallel()
	r := newPulumiRunner(t)
	if out, code := r.event("push", `{"ref": "refs/heads/main"}`); code != 0 {
		t.Fatalf("up: exit %d\n%s", code, out)
	}
	r.sync()
	out, code := r.pullRequest("acme/platform")
	if comments := r.gh().Comments; code != 0 || len(comments) != 1 || !strings.Contains(comments[0].Body, "Preview of production: success") ||
		!strings.Contains(comments[0].Body, "unchanged") {
		t.Fatalf("preview: exit %d, comments %+v\n%s", code, comments, out)
	}
	if out, code := r.pullRequest("mallory/platform"); code != 0 || strings.Contains(out, "Get a GitHub token") || len(r.gh().Comments) != 1 {
		t.Errorf("a fork's preview: exit %d\n%s", code, out)
	}
	if out, code := r.event("schedule", "{}"); code != 0 || len(r.gh().Issues) != 0 {
		t.Errorf("a clean night: exit %d\n%s", code, out)
	}
	value, _, _ := r.box.Secret("FIGMA_PAT")
	r.box.DeleteSecret("FIGMA_PAT")
	for range 2 {
		out, code := r.event("schedule", "{}")
		if issues := r.gh().Issues; code == 0 || len(issues) != 1 || !strings.Contains(issues[0].Body, "organization secret FIGMA_PAT is missing") {
			t.Fatalf("a night with drift: exit %d, issues %+v\n%s", code, issues, out)
		}
	}
	if err := r.box.SetSecret("FIGMA_PAT", value, "private"); err != nil {
		t.Fatal(err)
	}
	if out, code := r.event("push", `{"ref": "refs/heads/main"}`); code != 0 {
		t.Fatalf("up: exit %d\n%s", code, out)
	}
	r.sync()
	if out, code := r.event("schedule", "{}"); code != 0 || r.gh().Issues[0].State != "closed" {
		t.Errorf("a night after it: exit %d\n%s", code, out)
	}
	if _, ok := r.box.File(fixture.MarkPath); !ok {
		t.Error("there is no mark")
	}
}
