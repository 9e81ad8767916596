package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

// ErrNoToolchain means that the toolchain has not been built.
var ErrNoToolchain = errors.New("the toolchain is not built: make engine")

// Toolchain is where the Pulumi CLI and its plugins are found.
type Toolchain struct {
	Dir      string // in front of PATH; "" with an official installation
	Official bool   // the installed Pulumi, with its own plugins
}

// FindToolchain looks for the built toolchain below root, the folder of go.mod,
// or for an installed Pulumi when the variable PULUMI is "official".
func FindToolchain(root string) (Toolchain, error) {
	if os.Getenv("PULUMI") == "official" {
		if _, err := exec.LookPath("pulumi"); err != nil {
			return Toolchain{}, fmt.Errorf("PULUMI=official: %w: install Pulumi, or unset PULUMI", err)
		}
		return Toolchain{Official: true}, nil
	}
	dir, err := filepath.Abs(filepath.Join(root, ".toolchain", "bin"))
	if err != nil {
		return Toolchain{}, fmt.Errorf("finding the toolchain: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "pulumi")); err != nil {
		return Toolchain{}, ErrNoToolchain
	}
	return Toolchain{Dir: dir}, nil
}

// environment are the variables that the CLI needs to use the toolchain. The
// built plugins are linked into the new folder home: for plugins on PATH Pulumi
// would print a warning.
func (t Toolchain) environment(home string) (map[string]string, error) {
	if t.Official {
		return nil, nil
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of Pulumi: %w", err)
	}
	plugins := filepath.Join(filepath.Dir(t.Dir), "plugins")
	if err := os.Symlink(plugins, filepath.Join(home, "plugins")); err != nil {
		return nil, fmt.Errorf("making the folder of Pulumi: %w", err)
	}
	return map[string]string{
		"PATH":                          t.Dir + string(os.PathListSeparator) + os.Getenv("PATH"),
		"PULUMI_HOME":                   home,
		"PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
	}, nil
}

// command is the CLI as the Automation API calls it.
func (t Toolchain) command() (*command, error) {
	o := &auto.PulumiCommandOptions{}
	if !t.Official {
		o.Root = filepath.Dir(t.Dir)
	}
	c, err := auto.NewPulumiCommand(o)
	if err != nil {
		return nil, fmt.Errorf("finding the pulumi command: %w", err)
	}
	return &command{PulumiCommand: c}, nil
}

// command leaves out what the Automation API asks after pulumi up, the outputs twice
// and the history: nobody reads it here, and it takes longer than the up.
type command struct {
	auto.PulumiCommand
	up bool // during Project.Up
}

// Run implements auto.PulumiCommand.
func (c *command) Run(ctx context.Context, dir string, stdin io.Reader, stdout, stderr []io.Writer, env []string, args ...string) (string, string, int, error) {
	if c.up && len(args) > 1 && args[0] == "stack" {
		switch args[1] {
		case "output":
			return "{}", "", 0, nil
		case "history":
			return "[]", "", 0, nil
		}
	}
	return c.PulumiCommand.Run(ctx, dir, stdin, stdout, stderr, env, args...)
}
