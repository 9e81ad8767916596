package adopter

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// The way of the README: from an empty folder to a clean preview by the commands that
// init prints, a key read in three languages, and a second stack beside the first.
func TestFromInitToACleanPreview(t *testing.T) {
	t.Parallel()
	began := time.Now()
	step := func(name string) {
		t.Logf("%5.1f s  %s", time.Since(began).Seconds(), name)
		began = time.Now()
	}
	a := newAdopted(t)
	step("init, go mod tidy")
	a.must("pulumi", "stack", "init", "production")
	a.pointed("production")
	a.renew()
	a.push()
	step("the stack")
	a.must("pulumi", "preview", "--non-interactive")
	step("pulumi preview")
	a.must("pulumi", "up", "--yes", "--non-interactive")
	step("pulumi up")
	a.sync()
	step("the first sync")
	a.clean("production")
	step("a clean preview")
	if out := a.must("go", "tool", "secretctl", "status"); strings.Contains(out, "error") {
		t.Error(out)
	}
	a.arrived(fixture.Environment, len(a.catalog.Secrets))
	step("secretctl status")
	a.pluginsAreThoseOfTheSDKs()
	a.reads()
	step("a key read in the shell, Go and Python")
	a.secondStack()
	step("a second stack: up, sync, clean previews of both")
}

// pointed points a stack at the sandbox.
func (a adopted) pointed(stack string) {
	a.t.Helper()
	a.must("pulumi", "config", "set", "--stack", stack, "githubBaseUrl", a.box.GitHubURL())
	a.must("pulumi", "config", "set", "--stack", stack, "pulumiApiUrl", a.box.PulumiURL())
}

// sync runs the sync step of the workflow in a checkout of the sandbox's repository.
func (a adopted) sync() {
	a.t.Helper()
	a.syncStack("production", fixture.WorkflowPath, fixture.MarkPath)
}

func (a adopted) syncStack(stack, workflowPath, markPath string) {
	a.t.Helper()
	mark, ok := a.box.File(markPath)
	if !ok {
		a.t.Fatal("there is no mark")
	}
	writeFile(a.t, filepath.Join(a.dir, markPath), mark)
	text, _ := a.box.File(workflowPath)
	values := a.box.JobEnvironment()
	job := a.repository
	for variable, name := range workflow.Passes(text) {
		job.env = append(job.env, variable+"="+values[name])
	}
	if out, err := job.run("go", "tool", "secretctl", "sync", "--stack", stack); err != nil {
		a.t.Fatalf("sync: %v\n%s", err, out)
	}
}

func (a adopted) clean(stack string) {
	a.t.Helper()
	out := a.must("pulumi", "preview", "--stack", stack, "--non-interactive", "--expect-no-changes", "--diff", "--suppress-outputs")
	if n := strings.Count(out, "\n"); n >= 20 {
		a.t.Errorf("a clean preview prints %d lines:\n%s", n, out)
	}
}

func (a adopted) arrived(environment string, want int) {
	a.t.Helper()
	opened, err := a.box.Open(environment)
	if err != nil {
		a.t.Fatal(err)
	}
	if held := opened[fixture.RootKey].(map[string]any); len(held) != want {
		a.t.Errorf("%d values arrived in %s, want %d", len(held), environment, want)
	}
}

const goReader = `package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/ai-cherry/sophia-secrets/pkg/access"
)

func main() {
	reader, err := access.New(access.Environment("acme-cloud/default/production"), access.RootKey("app"), access.Variables(os.LookupEnv))
	if err != nil {
		log.Fatal(err)
	}
	value, err := reader.Get(context.Background(), "openai_api_key")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(value.Reveal())
}
`

// reads reads one key as the documents say, in the shell, in Go and in Python.
func (a adopted) reads() {
	a.t.Helper()
	want, _, _ := a.box.Secret("OPENAI_API_KEY")
	reader := a
	reader.env = append(reader.env[:len(reader.env):len(reader.env)], "PULUMI_API="+a.box.PulumiURL())
	writeFile(a.t, filepath.Join(a.dir, "cmd", "reader", "main.go"), goReader)
	got := map[string]string{
		"the shell": reader.must("go", "tool", "secretctl", "get", "openai_api_key"),
		"Go":        reader.must("go", "run", "./cmd/reader"),
	}
	if _, err := exec.LookPath("python3"); err == nil {
		writeFile(a.t, filepath.Join(a.dir, "auto_esc_config.py"), a.must("go", "tool", "secretctl", "render", "python"))
		got["Python"] = reader.must("python3", "-c", "from auto_esc_config import get_config_value; print(get_config_value('openai_api_key'))")
	}
	for where, text := range got {
		if strings.TrimSpace(text) != want {
			a.t.Errorf("%s reads another value", where)
		}
	}
}

// secondStack is docs/config.md's: staging, with two of the secrets.
func (a adopted) secondStack() {
	a.t.Helper()
	catalog := "secrets:\n  - name: OPENAI_API_KEY\n  - name: FIGMA_PAT\n"
	writeFile(a.t, filepath.Join(a.dir, "staging", "catalog.yaml"), catalog)
	a.box.WriteFile("staging/catalog.yaml", catalog, "ana")
	a.must("pulumi", "stack", "init", "staging")
	a.pointed("staging")
	for key, value := range map[string]string{
		"organization": "acme", "repository": "platform", "environment": "acme-cloud/default/staging", "rootKey": fixture.RootKey,
		"workflow": "staging", "catalog": "staging/catalog.yaml",
	} {
		a.must("pulumi", "config", "set", "--stack", "staging", key, value)
	}
	a.must("pulumi", "up", "--stack", "staging", "--yes", "--non-interactive")
	a.syncStack("staging", ".github/workflows/staging.yml", ".github/staging.mark")
	a.clean("staging")
	a.clean("production")
	a.arrived("acme-cloud/default/staging", 2)
}
