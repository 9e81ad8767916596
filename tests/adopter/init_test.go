package adopter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const names = "ANTHROPIC_API_KEY,DOCKER_TOKEN,FIGMA_PAT,GITHUB_TOKEN,LINEAR_API_KEY,OPENAI_API_KEY,POSTGRES_PASSWORD"

// The build step of the sync's job works in an adopter's repository: from the
// module that go.mod pins, and vendored without any module proxy.
func TestJobBuildsSecretctl(t *testing.T) {
	r := initialise(t, names)
	text, err := os.ReadFile(filepath.Join(r.dir, fixture.WorkflowPath))
	if err != nil {
		t.Fatal(err)
	}
	step := regexp.MustCompile(`run: (go build .*)`).FindSubmatch(text)
	if step == nil {
		t.Fatalf("no step builds:\n%s", text)
	}
	r.env = append(r.env, "RUNNER_TEMP="+t.TempDir())
	for _, how := range []string{"from the cache", "vendored"} {
		if how == "vendored" {
			r.must("go", "mod", "vendor")
			// What is not in vendor cannot be had. With -trimpath the build cache knows
			// packages by their module, whatever the folder, from the second run on.
			r.env = append(r.env, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-trimpath")
		}
		r.must("bash", "-e", "-c", string(step[1]))
		if out := r.must("bash", "-c", `"$RUNNER_TEMP/secretctl" list`); !strings.Contains(out, "github_token") {
			t.Errorf("%s: secretctl lists\n%s", how, out)
		}
	}
}

// adopted is an adopter's repository whose stack is pointed at a sandbox that has
// a value for each secret.
type adopted struct {
	repository
	box     *sandbox.Server
	catalog *secrets.Catalog
}

func newAdopted(t *testing.T) adopted {
	t.Helper()
	toolchain := needToolchain(t)
	a := adopted{repository: initialise(t, names)}
	var err error
	if a.box, err = sandbox.Start(sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.box.Close() })
	a.env = append(a.env, pulumiEnvironment(t, toolchain)...)
	a.env = append(a.env, "GITHUB_TOKEN="+a.box.Tokens().GitHub, "PULUMI_ACCESS_TOKEN="+a.box.Tokens().Pulumi)
	var problems []secrets.Problem
	if a.catalog, problems, err = secrets.Load(filepath.Join(a.dir, "catalog.yaml")); err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	for _, s := range a.catalog.Secrets {
		if err := a.box.SetSecret(s.GitHubName, engine.NewValue("v-", s), "private"); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.box.SetRepositorySecret("PULUMI_ACCESS_TOKEN", a.box.Tokens().Pulumi); err != nil {
		t.Fatal(err)
	}
	return a
}

// pulumiEnvironment are the variables of a shell with Pulumi and a state on disk.
// The built toolchain has no language host: a stand-in lies beside its command.
func pulumiEnvironment(t *testing.T, toolchain engine.Toolchain) []string {
	t.Helper()
	state := t.TempDir()
	env := []string{"PULUMI_BACKEND_URL=file://" + state, "PULUMI_CONFIG_PASSPHRASE=" + filepath.Base(state),
		"PULUMI_SKIP_UPDATE_CHECK=true", "GITHUB_OWNER=", "GITHUB_ORGANIZATION=", "GITHUB_BASE_URL=", "NO_PROXY=127.0.0.1"}
	if toolchain.Official {
		return env
	}
	bin, home := t.TempDir(), t.TempDir()
	host := filepath.Join(strings.Split(os.Getenv("PATH"), string(os.PathListSeparator))[0], "pulumi-language-go")
	if err := errors.Join(
		os.Symlink(host, filepath.Join(bin, "pulumi-language-go")),
		os.Symlink(filepath.Join(filepath.Dir(toolchain.Dir), "plugins"), filepath.Join(home, "plugins"))); err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(toolchain.Dir, "pulumi")
	if err := os.Link(command, filepath.Join(bin, "pulumi")); err != nil { // another file system
		text, err := os.ReadFile(command)
		if err := errors.Join(err, os.WriteFile(filepath.Join(bin, "pulumi"), text, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	return append(env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "PULUMI_HOME="+home,
		"PULUMI_IGNORE_AMBIENT_PLUGINS=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
}

// push brings the files that are not generated later to the sandbox's repository.
func (a adopted) push() {
	a.t.Helper()
	for _, name := range []string{"catalog.yaml", fixture.WorkflowPath} {
		text, err := os.ReadFile(filepath.Join(a.dir, name))
		if err != nil {
			a.t.Fatal(err)
		}
		a.box.WriteFile(name, string(text), "ana")
	}
}

// renew renders the workflow for the addresses of the sandbox.
func (a adopted) renew() {
	a.t.Helper()
	writeFile(a.t, filepath.Join(a.dir, fixture.WorkflowPath), a.must("go", "tool", "secretctl", "render"))
}

// pluginsAreThoseOfTheSDKs compares the versions in the state with go.mod.
func (a adopted) pluginsAreThoseOfTheSDKs() {
	a.t.Helper()
	var state struct {
		Deployment struct {
			Resources []struct {
				Type   string
				Inputs map[string]any
			}
		}
	}
	if err := json.Unmarshal([]byte(a.must("pulumi", "stack", "export")), &state); err != nil {
		a.t.Fatal(err)
	}
	for provider, module := range map[string]string{
		"pulumi:providers:github":        "github.com/pulumi/pulumi-github/sdk/v6",
		"pulumi:providers:pulumiservice": "github.com/pulumi/pulumi-pulumiservice/sdk",
	} {
		want := strings.TrimPrefix(strings.TrimSpace(a.must("go", "list", "-m", "-f", "{{ .Version }}", module)), "v")
		found := false
		for _, r := range state.Deployment.Resources {
			if r.Type == provider {
				found = true
				if r.Inputs["version"] != any(want) {
					a.t.Errorf("%s has version %v, want that of the SDK, %s", provider, r.Inputs["version"], want)
				}
			}
		}
		if !found {
			a.t.Errorf("the state has no %s", provider)
		}
	}
}

// Previews need no right to write, and none to open an environment.
func TestPreviewWithReadOnlyCredentials(t *testing.T) {
	t.Parallel()
	value := engine.NewValue("v-", secrets.Secret{})
	w, err := engine.New(context.Background(), engine.Options{Root: root, Managed: map[string]secrets.Value{"OPENAI_API_KEY": secrets.NewValue(value)}})
	if errors.Is(err, engine.ErrNoToolchain) {
		needToolchain(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if out, err := w.Up(t.Context(), io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := errors.Join(w.Setenv("GITHUB_TOKEN", w.Sandbox.Tokens().GitHubReader), w.Setenv("PULUMI_ACCESS_TOKEN", w.Sandbox.Tokens().PulumiReader)); err != nil {
		t.Fatal(err)
	}
	if out, err := w.Preview(t.Context(), io.Discard, true); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
