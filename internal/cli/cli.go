package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// CLI is secretctl with everything it touches. Safe for one Main at a time.
type CLI struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Lookup         func(name string) (string, bool) // the environment variables
	Environ        func() []string                  // all of them, NAME=value; nil is the process's
	HTTP           *http.Client                     // nil means a client of its own
	Terminal       bool                             // whether Stdout is a terminal
	Ask            Ask                              // nil when Stdin is no terminal
	Pause          time.Duration                    // between looks at a service while waiting for it; 0 is a growing one

	catalogFile string
	stackName   string
}

// Main runs secretctl and returns its exit code: 0 fine, 1 findings or drift,
// 2 wrong usage, 3 could not do it; after secretctl run, that of the command.
func (c *CLI) Main(ctx context.Context, args []string) int {
	root := c.command()
	root.SetArgs(args)
	root.SetIn(c.Stdin)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	err := root.ExecuteContext(ctx)
	var failed *failure
	switch {
	case err == nil:
		return exitFine
	case !errors.As(err, &failed):
		failed = usage(err)
	}
	failed.hint = secrets.Stack{Name: c.stackName}.Typed(failed.hint)
	failed.print(c.Stderr)
	return failed.code
}

func (c *CLI) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "secretctl",
		Short:         "The steps of the secret pipeline that run outside Pulumi",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
		Long: "secretctl does what the secret pipeline needs outside Pulumi.\n\n" +
			"Exit codes: 0 fine, 1 findings or drift, 2 wrong usage, 3 it could not be done;\n" +
			"after secretctl run, that of the command. NO_COLOR=1 turns colours off.",
		Example: "  secretctl status\n  secretctl get openai_api_key\n  secretctl doctor OPENAI_API_KEY",
		Args:    known,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.PersistentFlags().StringVar(&c.catalogFile, "catalog", "", "the catalog (default: the stack's, else catalog.yaml)")
	root.PersistentFlags().StringVar(&c.stackName, "stack", workflow.DefaultStack, "the stack whose config in Pulumi.STACK.yaml is read, beside the catalog")
	root.AddCommand(c.initCommand())
	root.AddCommand(c.checkCommand())
	root.AddCommand(c.renderCommand())
	root.AddCommand(c.syncCommand())
	root.AddCommand(c.getCommand())
	root.AddCommand(c.runCommand())
	root.AddCommand(c.listCommand())
	root.AddCommand(c.statusCommand())
	root.AddCommand(c.adoptCommand())
	root.AddCommand(c.doctorCommand())
	root.AddCommand(c.verifyCommand())
	root.AddCommand(c.rotationCommand())
	root.AddCommand(c.rotateCommand())
	root.AddCommand(c.restoreCommand())
	root.AddCommand(c.appTokenCommand())
	root.AddCommand(c.auditCommand())
	return root
}

// known refuses a word that is no command, with the one that is most like it.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "secretctl --help"
	if alike := cmd.SuggestionsFor(args[0]); len(alike) > 0 {
		hint = cmd.CommandPath() + " " + alike[0]
	}
	return &failure{exitUsage, fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), hint}
}

// version is the module's, as Go stamps it into the program.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// catalog loads the catalog and prints its problems.
func (c *CLI) catalog(ctx context.Context) (*secrets.Catalog, error) {
	catalog, problems, err := c.loadCatalog(ctx)
	if err != nil {
		hint := "run secretctl in the folder of catalog.yaml, or name it with --catalog"
		if ctx.Err() != nil {
			hint = ""
		}
		return nil, couldNot(err, hint)
	}
	for _, p := range problems {
		_, _ = io.WriteString(c.Stderr, p.String()+"\n")
	}
	if len(problems) > 0 {
		return nil, findings(len(problems), "problem")
	}
	return catalog, nil
}

// catalogPath is the catalog of the flag, else that of the stack.
func (c *CLI) catalogPath() string {
	if c.catalogFile != "" {
		return c.catalogFile
	}
	stack, err := secrets.LoadStack(c.stackPath())
	if err != nil || stack.Catalog == "" {
		return "catalog.yaml"
	}
	return filepath.FromSlash(stack.Catalog)
}

// stackPath is the config file of the chosen stack: beside the catalog that
// --catalog names, else in the current folder.
func (c *CLI) stackPath() string {
	return filepath.Join(c.folder(), "Pulumi."+c.stackName+".yaml")
}

func (c *CLI) folder() string {
	if c.catalogFile == "" {
		return "."
	}
	return filepath.Dir(c.catalogFile)
}

// stack loads the config of the chosen stack.
func (c *CLI) stack() (secrets.Stack, error) {
	path := c.stackPath()
	stack, err := secrets.LoadStack(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return secrets.Stack{}, couldNot(err, "run secretctl in the folder of "+filepath.Base(path)+", or name a stack with --stack")
	case err != nil:
		return secrets.Stack{}, couldNot(err, "") // it names the key and the fix
	}
	return stack, nil
}

// New is secretctl on the process's own streams and environment.
func New() *CLI {
	info, err := os.Stdout.Stat()
	return &CLI{
		Stdin:    os.Stdin,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Lookup:   os.LookupEnv,
		Ask:      askTerminal(os.Stdin, os.Stderr),
		Terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
	}
}
