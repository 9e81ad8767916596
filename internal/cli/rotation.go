package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/rotate"
)

func (c *CLI) rotationCommand() *cobra.Command {
	f := &format{words: []string{"text", "json", "markdown"}}
	command := &cobra.Command{
		Use:   "rotation",
		Short: "List how old every value is and when it is due; exit 1 when one is overdue",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return c.rotation(cmd.Context(), f.chosen)
		},
	}
	f.addTo(command)
	return command
}

func (c *CLI) rotation(ctx context.Context, format string) error {
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	seen, err := c.observe(ctx, "secretctl rotation")
	if err != nil {
		return err
	}
	report := rotate.Report(seen.world.Rotations())
	write := map[string]func(io.Writer) error{"text": report.WriteText, "json": report.WriteJSON, "markdown": report.WriteMarkdown}
	if err := write[format](c.Stdout); err != nil {
		return couldNot(fmt.Errorf("writing the list: %w", err), "")
	}
	if overdue := report.Overdue(); len(overdue) > 0 {
		ending := findings(len(overdue), "overdue value")
		ending.hint = "secretctl rotate " + overdue[0]
		return ending
	}
	return nil
}
