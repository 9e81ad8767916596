package cli

import (
	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) renderMaintenanceCommand() *cobra.Command {
	return c.renderFileCommand("maintenance", "the maintenance workflow", func(s secrets.Stack, _ *secrets.Catalog) string {
		return workflow.RenderMaintenance(s)
	})
}
