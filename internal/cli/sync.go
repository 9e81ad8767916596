package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// syncFlags are what sync takes.
type syncFlags struct {
	target
	format        format
	dryRun, prune bool
	timeout       time.Duration
	mark          string
}

func (c *CLI) syncCommand() *cobra.Command {
	f := &syncFlags{format: format{words: []string{"text", "json"}}}
	command := &cobra.Command{
		Use:   "sync",
		Short: "Write the values of the job's SECRET_ variables to the store, in one revision",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.format.check(); err != nil {
				return err
			}
			if f.timeout <= 0 {
				return usage(fmt.Errorf("--timeout %s is not a time to wait", f.timeout))
			}
			return c.sync(cmd.Context(), f)
		},
	}
	f.addTo(command, "whose store is written")
	command.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be written, and write nothing")
	command.Flags().BoolVar(&f.prune, "prune", false, "remove the keys of the store that the catalog does not know")
	command.Flags().StringVar(&f.mark, "mark", "", "the `path` of the mark in the checkout (default: the stack's)")
	command.Flags().DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long all of it may take")
	f.format.addTo(command)
	return command
}

func (c *CLI) sync(ctx context.Context, f *syncFlags) error {
	s, stack, err := c.newSync(ctx, f)
	if err != nil {
		return c.endSync(sync.NewReport(stack.Environment.Store()), err, f, stack)
	}
	late := fmt.Errorf("not done after %s (--timeout)", f.timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, late)
	defer cancel()
	report, err := s.Run(ctx)
	return c.endSync(report, err, f, stack)
}

// newSync gathers what a sync needs. With an error, the stack holds what was read
// until then.
func (c *CLI) newSync(ctx context.Context, f *syncFlags) (*sync.Sync, secrets.Stack, error) {
	stack, err := c.targetStack(f.target)
	if err != nil {
		return nil, stack, err
	}
	catalog, err := c.catalog(ctx)
	if err != nil {
		return nil, stack, couldNot(err, "secretctl check")
	}
	client, err := c.escClient(stack)
	if err != nil {
		return nil, stack, err
	}
	mark, err := c.mark(ctx, cmp.Or(f.mark, filepath.Join(c.folder(), filepath.FromSlash(stack.MarkPath()))))
	if err != nil {
		return nil, stack, couldNot(err, "pulumi up")
	}
	runID, _ := c.Lookup("GITHUB_RUN_ID")
	attempt, _ := c.Lookup("GITHUB_RUN_ATTEMPT")
	return &sync.Sync{
		ESC: client, Environment: stack.Environment, RootKey: stack.RootKey, Catalog: catalog, Lookup: c.Lookup,
		Mark: mark, RunID: runID, Repeated: attempt != "" && attempt != "1", Prune: f.prune, DryRun: f.dryRun,
	}, stack, nil
}

// mark is the one of the checkout; nil without one.
func (c *CLI) mark(ctx context.Context, path string) (*workflow.Mark, error) {
	data, err := readFile(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the mark: %w", err)
	}
	mark, err := workflow.ParseMark(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return &mark, nil
}

// endSync prints the report, to GitHub as well in a job, and turns it into an exit
// code.
func (c *CLI) endSync(report sync.Report, err error, f *syncFlags, stack secrets.Stack) error {
	if err != nil {
		report.Error = err.Error()
	}
	write := report.WriteText
	if f.format.chosen == "json" {
		write = report.WriteJSON
	}
	if err := errors.Join(write(c.Stdout), c.tellRunner(report)); err != nil {
		_, _ = fmt.Fprintf(c.Stderr, "warning: writing the report: %s\n", err)
	}
	var ended *failure
	switch {
	case errors.As(err, &ended):
		return err
	case err != nil:
		return couldNot(err, syncHint(err, stack))
	case report.Findings() > 0:
		ending := findings(report.Findings(), "finding")
		ending.hint = "secretctl status"
		return ending
	}
	return nil
}

// tellRunner annotates the run and adds to its summary in a job of GitHub. The
// commands go to stderr, where the runner reads them too, so that
// stdout stays one document.
func (c *CLI) tellRunner(report sync.Report) error {
	if on, _ := c.Lookup("GITHUB_ACTIONS"); on != "true" {
		return nil
	}
	err := report.WriteAnnotations(c.Stderr)
	path, ok := c.Lookup("GITHUB_STEP_SUMMARY")
	if !ok || path == "" {
		return err
	}
	summary, failed := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, report.WriteMarkdown(summary), summary.Close())
}

// syncHint is the command that may help.
func syncHint(err error, stack secrets.Stack) string {
	var failed *esc.Error
	switch name := stack.Environment.Store(); {
	case errors.Is(err, sync.ErrOlder):
		return "git pull"
	case errors.Is(err, esc.ErrNotFound):
		return "pulumi up"
	case errors.As(err, &failed) && failed.Status == http.StatusUnauthorized:
		return "export PULUMI_ACCESS_TOKEN=..."
	case errors.As(err, &failed) && failed.Status == http.StatusForbidden:
		return "pulumi whoami --verbose"
	case errors.Is(err, store.ErrDefinition):
		return "pulumi env edit " + name.String()
	}
	return "secretctl sync"
}
