package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) renderCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Print the workflow; with --check, the diff of a file to it, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.input(cmd.Context())
			if err != nil {
				return err
			}
			text := workflow.Render(in.stack, in.catalog)
			if !cmd.Flags().Changed("check") {
				return c.write(text)
			}
			return c.checkRendered(cmd.Context(), "workflow", "secretctl render", file, text)
		},
	}
	cmd.Flags().StringVar(&file, "check", "", "compare this `FILE` instead of printing")
	cmd.AddCommand(c.renderMaintenanceCommand(), c.renderPythonCommand(), c.renderPulumiCommand())
	return cmd
}

// checkRendered compares a file with the text that command prints.
func (c *CLI) checkRendered(ctx context.Context, what, command, file, text string) error {
	hint := command + " > " + file
	found, err := readFile(ctx, file)
	if err != nil {
		return couldNot(fmt.Errorf("reading the %s: %w", what, err), hint)
	}
	diff := generated.Diff(file, "rendered", string(found), text)
	if diff == "" {
		if c.Terminal {
			return c.write(file + ": as rendered\n")
		}
		return nil
	}
	if err := c.write(diff); err != nil {
		return err
	}
	return &failure{exitFindings, fmt.Errorf("%s differs from what the catalog renders", file), hint}
}

func (c *CLI) write(text string) error {
	if _, err := io.WriteString(c.Stdout, text); err != nil {
		return couldNot(fmt.Errorf("writing the output: %w", err), "")
	}
	return nil
}
