package cli

import (
	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) renderMaintenanceCommand() *cobra.Command {
	return c.renderFileCommand("maintenance", "the maintenance workflow", workflow.RenderMaintenance)
}
