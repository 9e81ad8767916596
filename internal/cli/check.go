package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (c *CLI) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the catalog; every problem with its place, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			catalog, err := c.catalog(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.checkReaders(catalog); err != nil {
				return err
			}
			if c.Terminal {
				_, _ = fmt.Fprintf(c.Stdout, "%s: %d secrets, no problem\n", c.catalogPath(), len(catalog.Secrets))
			}
			return nil
		},
	}
}
