package cli

import (
	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
)

func (c *CLI) renderPythonCommand() *cobra.Command {
	return c.renderFileCommand("python", "the Python module that applications read secrets with", python.Module)
}

func (c *CLI) renderAccessTestCommand() *cobra.Command {
	var module string
	cmd := c.renderFileCommand("access-test", "the Python script that tests the access to every secret", func(o python.Options) string {
		o.ModulePath = module
		return python.AccessTest(o)
	})
	cmd.Flags().StringVar(&module, "module", python.ModulePath, "where the module stands in the application's repository")
	return cmd
}

// renderFileCommand makes a command for a file of applications.
func (c *CLI) renderFileCommand(name, what string, render func(python.Options) string) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   name,
		Short: "Print " + what + "; with --check, the diff of a file to it, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := c.pythonOptions()
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("check") {
				return c.write(render(o))
			}
			return c.checkRendered("file", "secretctl render "+name, file, render(o))
		},
	}
	cmd.Flags().StringVar(&file, "check", "", "compare this `FILE` instead of printing")
	return cmd
}

func (c *CLI) pythonOptions() (python.Options, error) {
	catalog, err := c.catalog()
	if err != nil {
		return python.Options{}, err
	}
	stack, err := c.stack()
	return python.Options{
		Catalog: catalog, Environment: stack.Environment, RootKey: stack.RootKey, PulumiAPIURL: stack.PulumiAPIURL,
	}, err
}
