package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/pipeline"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Options configure a project.
type Options struct {
	Root    string                   // the folder of the product: its Pulumi.yaml, its toolchain
	Catalog string                   // the text of the catalog; "" is the fixture's
	Adopted map[string]string        // values that people set in GitHub, by GitHub name
	Managed map[string]secrets.Value // values for the stack's config, by secret name
	Manners sandbox.Manners          // of the services
}

// Project is a Pulumi project with a stack that runs the pipeline, and the sandbox that
// it runs against. One run at a time. Everything but the sandbox lives in Dir, which
// Close removes.
type Project struct {
	Sandbox   *sandbox.Server
	Dir       string // the working copy: catalog and config
	Stack     auto.Stack
	stack     string // its name
	toolchain Toolchain
	command   *command
	env       map[string]string
}

// New builds a project. The stack is the fixture's, pointed at the sandbox.
func New(ctx context.Context, o Options) (_ *Project, err error) {
	w := &Project{stack: fixture.StackName}
	if w.toolchain, err = FindToolchain(o.Root); err != nil {
		return nil, err
	}
	if w.command, err = w.toolchain.command(); err != nil {
		return nil, err
	}
	if w.Dir, err = os.MkdirTemp("", "sophia-secrets-"); err != nil {
		return nil, fmt.Errorf("making the folder of the project: %w", err)
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if w.Sandbox, err = sandbox.Start(sandbox.Options{Manners: o.Manners}); err != nil {
		return nil, err
	}
	if err := w.Sandbox.SetSecret("PULUMI_ACCESS_TOKEN", w.Sandbox.Tokens().Pulumi, "private"); err != nil { // of the sync
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Adopted)) {
		if err := w.Sandbox.SetSecret(name, o.Adopted[name], "private"); err != nil {
			return nil, err
		}
	}
	if err := w.workingCopy(o); err != nil {
		return nil, err
	}
	if w.env, err = w.environment(); err != nil {
		return nil, err
	}
	if err := w.newStack(ctx); err != nil {
		return nil, err
	}
	return w, w.Manage(ctx, o.Managed)
}

// Close stops the sandbox and removes the folder.
func (w *Project) Close() {
	if w.Sandbox != nil {
		_ = w.Sandbox.Close()
	}
	_ = os.RemoveAll(w.Dir)
}

// workingCopy writes the files of the fixture and pushes the catalog. Its
// Pulumi.yaml is the product's with the fixture's name, so the types and defaults
// of the config apply.
func (w *Project) workingCopy(o Options) error {
	project, err := os.ReadFile(filepath.Join(o.Root, "Pulumi.yaml"))
	if err != nil {
		return fmt.Errorf("reading the project: %w", err)
	}
	if err := fixture.Write(w.Dir); err != nil {
		return err
	}
	files := map[string][]byte{
		"Pulumi.yaml": projectName.ReplaceAll(project, []byte("name: "+fixture.Project)),
	}
	if o.Catalog != "" {
		files["catalog.yaml"] = []byte(o.Catalog)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(w.Dir, name), text, 0o600); err != nil {
			return fmt.Errorf("writing the working copy: %w", err)
		}
	}
	if err := os.Mkdir(filepath.Join(w.Dir, "state"), 0o700); err != nil {
		return fmt.Errorf("writing the working copy: %w", err)
	}
	return w.Push()
}

var projectName = regexp.MustCompile(`(?m)^name:.*$`)

// Credentials are the variables of a person with full rights.
func (w *Project) Credentials() map[string]string {
	return map[string]string{
		"GITHUB_TOKEN":        w.Sandbox.Tokens().GitHub,
		"PULUMI_ACCESS_TOKEN": w.Sandbox.Tokens().Pulumi,
	}
}

// environment are the variables of a run. The empty ones hide the machine's own.
func (w *Project) environment() (map[string]string, error) {
	env := map[string]string{
		"PULUMI_BACKEND_URL":       "file://" + filepath.Join(w.Dir, "state"),
		"PULUMI_CONFIG_PASSPHRASE": randomText(),
		"PULUMI_SKIP_UPDATE_CHECK": "true",
		"GITHUB_OWNER":             "",
		"GITHUB_ORGANIZATION":      "",
		"GITHUB_BASE_URL":          "",
		"NO_PROXY":                 "127.0.0.1",
	}
	maps.Copy(env, w.Credentials())
	toolchain, err := w.toolchain.environment(filepath.Join(w.Dir, "home"))
	maps.Copy(env, toolchain)
	return env, err
}

func (w *Project) newStack(ctx context.Context) error {
	var err error
	if w.Stack, err = w.openStack(ctx, w.Dir, w.stack, pipeline.New(pipeline.Options{Dir: w.Dir, Lookup: w.Lookup})); err != nil {
		return err
	}
	return w.SetConfigs(ctx, map[string]string{"githubBaseUrl": w.Sandbox.GitHubURL(), "pulumiApiUrl": w.Sandbox.PulumiURL()})
}

// Another makes a second stack of the pipeline in the same project, with this config
// and a folder of its own. Closing the first project ends both.
func (w *Project) Another(ctx context.Context, stack string, config map[string]string) (*Project, error) {
	other := *w
	other.stack, other.Dir = stack, filepath.Join(w.Dir, stack)
	if err := os.Mkdir(other.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of stack %s: %w", stack, err)
	}
	for _, name := range []string{"Pulumi.yaml", "catalog.yaml"} {
		text, err := os.ReadFile(filepath.Join(w.Dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(other.Dir, name), text, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("making the folder of stack %s: %w", stack, err)
		}
	}
	if err := other.newStack(ctx); err != nil {
		return nil, err
	}
	return &other, other.SetConfigs(ctx, config)
}

// NewStack makes a stack, in a project of its own, that runs another program against
// the same sandbox, for comparison.
func (w *Project) NewStack(ctx context.Context, name string, program pulumi.RunFunc) (auto.Stack, error) {
	dir := filepath.Join(w.Dir, name)
	project := "name: " + name + "\nruntime: go\noptions:\n  refresh: always\n"
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600)); err != nil {
		return auto.Stack{}, fmt.Errorf("making project %s: %w", name, err)
	}
	return w.openStack(ctx, dir, name, program)
}

func (w *Project) openStack(ctx context.Context, dir, name string, program pulumi.RunFunc) (auto.Stack, error) {
	workspace, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(dir), auto.EnvVars(w.env), auto.Program(program), auto.Pulumi(w.command))
	if err != nil {
		return auto.Stack{}, fmt.Errorf("opening the workspace: %w", err)
	}
	stack, err := auto.NewStack(ctx, name, workspace)
	if err != nil {
		return auto.Stack{}, fmt.Errorf("making stack %s: %w", name, err)
	}
	return stack, nil
}

// Lookup reads the variables of the project as its processes see them.
func (w *Project) Lookup(name string) (string, bool) {
	text, ok := w.env[name]
	return text, ok
}

// Setenv changes a variable for the runs that follow.
func (w *Project) Setenv(name, text string) error {
	w.env[name] = text
	return w.Stack.Workspace().SetEnvVars(map[string]string{name: text})
}

func randomText() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Recreate makes the stack anew after a loss of its state; the config stays.
func (w *Project) Recreate(ctx context.Context) error { return w.newStack(ctx) }
