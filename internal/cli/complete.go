package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// complete offers words of the catalog for the one argument of a command; none
// where the catalog cannot be read.
func (c *CLI) complete(words func(secrets.Secret) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		catalog, _, _ := c.loadCatalog(cmd.Context())
		if catalog == nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var all []string
		for _, s := range catalog.Secrets {
			all = append(all, words(s)...)
		}
		slices.Sort(all)
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

func keysOf(s secrets.Secret) []string { return s.Keys() }

func nameOf(s secrets.Secret) []string { return []string{s.Name} }
