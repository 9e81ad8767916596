package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Preview runs pulumi preview and returns what it printed. With expectNoChanges,
// changes are an error.
func (w *Project) Preview(ctx context.Context, out io.Writer, expectNoChanges bool) (string, error) {
	var text bytes.Buffer
	both := io.MultiWriter(&text, out)
	opts := []optpreview.Option{optpreview.ProgressStreams(both), optpreview.ErrorProgressStreams(both), optpreview.SuppressOutputs()}
	if expectNoChanges {
		opts = append(opts, optpreview.ExpectNoChanges())
	}
	_, err := w.Stack.Preview(ctx, opts...)
	return text.String(), err
}

// Up runs pulumi up and returns what it printed.
func (w *Project) Up(ctx context.Context, out io.Writer) (string, error) {
	var text bytes.Buffer
	both := io.MultiWriter(&text, out)
	w.command.up = true
	defer func() { w.command.up = false }()
	_, err := w.Stack.Up(ctx, optup.ProgressStreams(both), optup.ErrorProgressStreams(both), optup.SuppressOutputs())
	return text.String(), err
}

// Destroy runs pulumi destroy.
func (w *Project) Destroy(ctx context.Context) error {
	return w.pulumi(ctx, "", "destroy", "--yes", "--skip-preview")
}

// SetConfig sets a plain key of the stack's config, in the project's namespace.
func (w *Project) SetConfig(ctx context.Context, key, value string) error {
	return w.SetConfigs(ctx, map[string]string{key: value})
}

// SetConfigs sets several plain keys.
func (w *Project) SetConfigs(ctx context.Context, values map[string]string) error {
	config := auto.ConfigMap{}
	for key, value := range values {
		config[key] = auto.ConfigValue{Value: value}
	}
	return w.Stack.SetAllConfig(ctx, config)
}

// SetConfigPath sets a key inside an object of the config.
func (w *Project) SetConfigPath(ctx context.Context, path, value string) error {
	return w.pulumi(ctx, value, "config", "set", "--plaintext", "--path", path)
}

// Manage sets values in the stack's config, by secret name. They go through the
// CLI's standard input, as a person's would, and never through an argument.
func (w *Project) Manage(ctx context.Context, values map[string]secrets.Value) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := w.pulumi(ctx, values[name].Reveal(), "config", "set", "--secret", "--path", "values."+name); err != nil {
			return fmt.Errorf("setting the value of %s: %w", name, err)
		}
	}
	return nil
}

// Unmanage removes the value of a secret from the config.
func (w *Project) Unmanage(ctx context.Context, name string) error {
	return w.pulumi(ctx, "", "config", "rm", "--path", "values."+name)
}

func (w *Project) pulumi(ctx context.Context, stdin string, args ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(w.toolchain.Dir, "pulumi"), append(args, "--stack", w.stack)...)
	command.Dir = w.Dir
	command.Env = os.Environ()
	for name, text := range w.env {
		command.Env = append(command.Env, name+"="+text)
	}
	command.Stdin = bytes.NewBufferString(stdin)
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("pulumi %s: %w: %s", args[0], err, out)
	}
	return nil
}

// jobEnvironment is the GitHub environment that a workflow's job names.
var jobEnvironment = regexp.MustCompile(`(?m)^    environment: "(.+)"$`)

// Sync runs the sync step as the job would and returns its exit code: in a
// checkout of the repository, with the secrets that its workflow passes and that
// GitHub holds now. A secret that GitHub does not have arrives as an empty
// string.
func (w *Project) Sync(ctx context.Context, stdout, stderr io.Writer, args ...string) (int, error) {
	stack, err := secrets.LoadStack(filepath.Join(w.Dir, "Pulumi."+w.stack+".yaml"))
	if err != nil {
		return 0, err
	}
	dir, err := w.checkout(stack)
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	text, _ := w.Sandbox.File(stack.WorkflowPath())
	var environment []string
	if named := jobEnvironment.FindStringSubmatch(text); named != nil {
		environment = named[1:]
	}
	env, values := w.Credentials(), w.Sandbox.JobEnvironment(environment...)
	env["PULUMI_API"] = stack.PulumiAPIURL // of the workflow
	for variable, name := range workflow.Passes(text) {
		if strings.HasPrefix(variable, "SECRET_") {
			env[variable] = values[name]
		}
	}
	return secretctl(ctx, env, stdout, stderr, append(step(text, dir), args...)...), nil
}

var syncStep = regexp.MustCompile(`secretctl" (sync [^']*)'`)

// step are the arguments of a workflow's sync step, in a checkout at dir.
func step(text, dir string) []string {
	args := []string{"sync"}
	if found := syncStep.FindStringSubmatch(text); found != nil {
		args = strings.Fields(found[1])
	}
	if !slices.Contains(args, "--catalog") {
		args = append(args, "--catalog", "catalog.yaml")
	}
	for i := range args[1:] {
		if args[i] == "--catalog" || args[i] == "--mark" {
			args[i+1] = filepath.Join(dir, args[i+1])
		}
	}
	return args
}

// checkout makes the folder that a job finds: the catalog and the mark of the
// repository, and the stack's file.
func (w *Project) checkout(stack secrets.Stack) (string, error) {
	dir, err := os.MkdirTemp(w.Dir, "checkout-")
	if err != nil {
		return "", fmt.Errorf("checking out: %w", err)
	}
	files := map[string]string{}
	for _, name := range []string{stack.Catalog, stack.MarkPath()} {
		if text, ok := w.Sandbox.File(name); ok {
			files[name] = text
		}
	}
	for _, name := range []string{"Pulumi.yaml", "Pulumi." + w.stack + ".yaml"} {
		text, err := os.ReadFile(filepath.Join(w.Dir, name))
		if err != nil {
			return "", fmt.Errorf("checking out: %w", err)
		}
		files[name] = string(text)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return "", fmt.Errorf("checking out: %w", err)
		}
	}
	return dir, nil
}

// Push commits the catalog of the working copy to the repository.
func (w *Project) Push() error {
	text, err := os.ReadFile(filepath.Join(w.Dir, "catalog.yaml"))
	if err != nil {
		return fmt.Errorf("pushing: %w", err)
	}
	w.Sandbox.WriteFile("catalog.yaml", string(text), "ana")
	return nil
}

// Secretctl runs a command of secretctl in the working copy, with these variables.
func (w *Project) Secretctl(ctx context.Context, env map[string]string, stdout, stderr io.Writer, args ...string) int {
	return secretctl(ctx, env, stdout, stderr, append(args, "--catalog", filepath.Join(w.Dir, "catalog.yaml"))...)
}

func secretctl(ctx context.Context, env map[string]string, stdout, stderr io.Writer, args ...string) int {
	c := &cli.CLI{Stdin: &bytes.Buffer{}, Stdout: stdout, Stderr: stderr, Lookup: func(name string) (string, bool) {
		text, ok := env[name]
		return text, ok
	}}
	return c.Main(ctx, args)
}
