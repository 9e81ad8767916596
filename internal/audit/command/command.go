package command

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
)

// Command is secretaudit with everything it touches.
type Command struct {
	Stdout, Stderr io.Writer
	Terminal       bool // whether Stderr is one, and shows how far it is
}

// New is secretaudit on the process's own streams.
func New() *Command {
	info, err := os.Stderr.Stat()
	return &Command{Stdout: os.Stdout, Stderr: os.Stderr, Terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// Main runs secretaudit and returns its exit code: 0 fine, 1 findings, 2 wrong usage,
// 3 could not do it.
func (c *Command) Main(ctx context.Context, args []string) int {
	root := c.command()
	root.SetArgs(args)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	err := root.ExecuteContext(ctx)
	var ended *failure
	switch {
	case err == nil:
		return exitFine
	case !errors.As(err, &ended):
		ended = usage(err)
	}
	ended.print(c.Stderr)
	return ended.code
}

func (c *Command) command() *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:           "secretaudit [FOLDER]",
		Short:         "Follow secrets from the catalog to the lines of code that read them; exit 1 on findings",
		Args:          cobra.MaximumNArgs(1),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.root = "."
			if len(args) == 1 {
				f.root = args[0]
			}
			if err := f.check(); err != nil {
				return err
			}
			return c.audit(cmd.Context(), f)
		},
	}
	set := root.Flags()
	set.StringVar(&f.catalog, "catalog", "", "the catalog (default: catalog.yaml of the folder)")
	set.StringVar(&f.config, "config", "", "the config (default: .secretaudit.yaml of the folder)")
	set.StringVar(&f.format, "format", "text", quoted(formatNames()))
	set.StringSliceVar(&f.only, "only", nil, "these `RULE`s alone")
	set.StringSliceVar(&f.except, "except", nil, "all but these `RULE`s")
	set.StringVar(&f.baseline, "baseline", "", "leave out the findings that this `FILE` knows")
	set.BoolVar(&f.update, "update-baseline", false, "write the baseline: all findings at first, afterwards without those that are gone")
	set.StringVar(&f.uses, "uses", "", "write who reads what to this `FILE`, leaving what it says about other repositories")
	set.StringVar(&f.repository, "repository", "", "the `OWNER/NAME` of the folder, for --uses (default: that of git's remote origin)")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(c.explainCommand())
	return root
}

// flags are what secretaudit takes.
type flags struct {
	root, catalog, config, format string
	baseline, uses, repository    string
	only, except                  []string
	update                        bool
}

func (f *flags) check() error {
	for _, rule := range append(f.only, f.except...) {
		if _, ok := finding.ByName(rule); !ok {
			return usagef("%q is no rule: the rules are %s", rule, quoted(finding.Names()))
		}
	}
	switch {
	case len(f.only) > 0 && len(f.except) > 0:
		return usagef("--only and --except contradict each other: leave one out")
	case formats[f.format] == nil:
		return usagef("--format %q is not one of %s", f.format, quoted(formatNames()))
	case f.update && f.baseline == "":
		return usagef("--update-baseline needs --baseline FILE")
	case f.repository != "" && strings.Count(f.repository, "/") != 1:
		return usagef("--repository %q is not OWNER/NAME", f.repository)
	}
	return nil
}
