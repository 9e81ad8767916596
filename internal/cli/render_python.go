package cli

import (
	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func (c *CLI) renderPythonCommand() *cobra.Command {
	return c.renderFileCommand("python", "the Python module that applications read secrets with", python.Module)
}

// renderFileCommand makes a command for a file of applications.
func (c *CLI) renderFileCommand(name, what string, render func(secrets.Stack, *secrets.Catalog) string) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   name,
		Short: "Print " + what + "; with --check, the diff of a file to it, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := c.input(cmd.Context())
			if err != nil {
				return err
			}
			text := render(in.stack, in.catalog)
			if !cmd.Flags().Changed("check") {
				return c.write(text)
			}
			return c.checkRendered(cmd.Context(), "file", "secretctl render "+name, file, text)
		},
	}
	cmd.Flags().StringVar(&file, "check", "", "compare this `FILE` instead of printing")
	return cmd
}
