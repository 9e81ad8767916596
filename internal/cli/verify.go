package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/verify"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

func (c *CLI) verifyCommand() *cobra.Command {
	t, f := &target{}, &format{words: []string{"text", "json", "markdown"}}
	command := &cobra.Command{
		Use:   "verify",
		Short: "Read the environment as an application does, and check every key; exit 1 on a finding",
		Long: "verify opens the environment and checks every key of the catalog: it is there, a\n" +
			"secret, not empty, no placeholder and of its format; in a job of GitHub also that it\n" +
			"is the value that the job received. Variables of other names are not looked at.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return c.verify(cmd.Context(), *t, f.chosen)
		},
	}
	t.addTo(command, "to open")
	f.addTo(command)
	return command
}

func (c *CLI) verify(ctx context.Context, t target, format string) error {
	stack, err := c.targetStack(t)
	if err != nil {
		return err
	}
	catalog, err := c.catalog(ctx)
	if err != nil {
		return couldNot(err, "secretctl check")
	}
	client, err := c.escClient(stack)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	v := verify.Verify{ESC: client, Environment: stack.Environment, RootKey: stack.RootKey, Catalog: catalog}
	if on, _ := c.Lookup("GITHUB_ACTIONS"); on == "true" {
		v.Job = c.Lookup
	}
	report, failed := v.Run(ctx)
	write := map[string]func(io.Writer) error{"text": report.WriteText, "json": report.WriteJSON, "markdown": report.WriteMarkdown}
	if err := write[format](c.Stdout); err != nil {
		return couldNot(fmt.Errorf("writing the report: %w", err), "")
	}
	switch n := report.Findings(); {
	case failed != nil:
		return couldNot(failed, verifyHint(failed))
	case n > 0:
		ending := findings(n, "finding")
		ending.hint = "secretctl status"
		return ending
	}
	return nil
}

func verifyHint(err error) string {
	var failed *esc.Error
	switch {
	case errors.Is(err, esc.ErrNotFound):
		return "pulumi up"
	case errors.As(err, &failed) && failed.Status == http.StatusForbidden:
		return "pulumi whoami --verbose"
	}
	return serviceHint(err, "secretctl verify")
}
