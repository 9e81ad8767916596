package tests

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// runner is a checkout with the generated workflow, act, and a sandbox.
type runner struct {
	act, dir, home, setupGo string
	goEnv                   []string
	world                   *sandbox.Server
	stack                   secrets.Stack
	catalogText             string
	catalog                 *secrets.Catalog
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	act, err := filepath.Abs("../.toolchain/bin/act")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(act); err != nil {
		if os.Getenv("TOOLCHAIN") == "required" {
			t.Fatal(err)
		}
		t.Skip("act is not built: the toolchain builds it")
	}
	world, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	r := &runner{
		act: act, dir: t.TempDir(), home: t.TempDir(), world: world,
		stack: fixture.Stack(), catalogText: fixture.Grow(2 * len(hostile)),
	}
	r.stack.PulumiAPIURL = world.PulumiURL()
	var problems []secrets.Problem
	if r.catalog, problems = secrets.Parse("catalog.yaml", []byte(r.catalogText)); len(problems) > 0 {
		t.Fatal(problems)
	}
	r.declareEnvironments(t)
	r.checkOut(t)
	return r
}

// declareEnvironments does what pulumi up does before the first sync.
func (r *runner) declareEnvironments(t *testing.T) {
	t.Helper()
	values := r.stack.Environment.Store()
	for _, step := range []error{
		r.world.CreateEnvironment(values.String(), "pulumi"),
		r.world.SetDefinition(values.String(), store.Seed(r.stack.RootKey), "pulumi"),
		r.world.CreateEnvironment(r.stack.Environment.String(), "pulumi"),
		r.world.SetDefinition(r.stack.Environment.String(), store.EnvironmentText(values), "pulumi"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
}

// checkOut makes a git repository with the sources of secretctl and the workflow
// rendered for the sandbox, and one with a replacement for setup-go.
func (r *runner) checkOut(t *testing.T) {
	t.Helper()
	for _, name := range []string{"cmd", "internal", "pkg"} {
		if err := os.CopyFS(filepath.Join(r.dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(r.dir, name), string(data))
	}
	writeFile(t, filepath.Join(r.dir, "catalog.yaml"), r.catalogText)
	text := workflow.Render(r.stack, r.catalog)
	writeFile(t, filepath.Join(r.dir, fixture.WorkflowPath), text)
	writeFile(t, filepath.Join(r.dir, fixture.MarkPath), workflow.RenderMark(workflow.Mark{Serial: markSerial, Store: "store", Catalog: r.catalog.Digest()}))
	commit(t, r.dir)

	action := t.TempDir()
	writeFile(t, filepath.Join(action, "action.yml"), "name: Set up Go\ndescription: the Go that is there\ninputs:\n"+
		"  go-version-file: {description: file}\n  cache: {description: cache}\n"+
		"runs:\n  using: composite\n  steps:\n    - {run: go version, shell: bash}\n")
	commit(t, action)
	r.setupGo = regexp.MustCompile(`actions/setup-go@[0-9a-f]{40}`).FindString(text) + "=" + action
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS"} {
		value := command(t, ".", "go", "env", name)
		r.goEnv = append(r.goEnv, name+"="+strings.TrimSpace(value))
	}
}

// run queues the workflow with the secrets that the organization has now. It
// returns all output and act's exit code.
func (r *runner) run(t *testing.T) (string, int) {
	t.Helper()
	secretFile := filepath.Join(t.TempDir(), "secrets.yml") // YAML takes newlines, act's other format does not
	data, err := yaml.Marshal(r.world.JobEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, secretFile, string(data))
	cmd := exec.CommandContext(t.Context(), r.act, "workflow_dispatch",
		"--platform", "ubuntu-24.04=-self-hosted", "--local-repository", r.setupGo,
		"--secret-file", secretFile, "--action-offline-mode", "--no-cache-server", "--pull=false")
	cmd.Dir = r.dir
	cmd.Env = append(r.goEnv, "PATH="+os.Getenv("PATH"), "HOME="+r.home, "XDG_CACHE_HOME="+r.home, "GOPROXY=off", "GOTOOLCHAIN=local")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), marker) {
		t.Errorf("a value in the output:\n%s", out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// commit makes dir a git repository with everything in it on the branch main.
func commit(t *testing.T, dir string) {
	t.Helper()
	command(t, dir, "git", "init", "--quiet", "--initial-branch=main")
	command(t, dir, "git", "add", "--all")
	command(t, dir, "git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false",
		"commit", "--quiet", "--message=test")
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
