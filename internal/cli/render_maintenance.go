package cli

import (
	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) renderMaintenanceCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "maintenance",
		Short: "Print the maintenance workflow; with --check, the diff of a file to it, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.input(cmd.Context())
			if err != nil {
				return err
			}
			text := workflow.RenderMaintenance(in.stack)
			if !cmd.Flags().Changed("check") {
				return c.write(text)
			}
			return c.checkRendered(cmd.Context(), "workflow", "secretctl render maintenance", file, text)
		},
	}
	cmd.Flags().StringVar(&file, "check", "", "compare this `FILE` instead of printing")
	return cmd
}
