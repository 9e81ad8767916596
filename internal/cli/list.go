package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func (c *CLI) listCommand() *cobra.Command {
	f := &format{words: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys of the catalog and the names behind them, without values",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			catalog, err := c.catalog(cmd.Context())
			if err != nil {
				return err
			}
			if f.chosen == "json" {
				return c.write(listJSON(catalog))
			}
			return c.write(listText(catalog))
		},
	}
	f.addTo(cmd)
	return cmd
}

func listText(catalog *secrets.Catalog) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tSECRET")
	for _, s := range catalog.Secrets {
		_, _ = fmt.Fprintf(table, "%s\t%s\n", s.Key, s.Name)
	}
	_ = table.Flush()
	return text.String()
}

// listedSecret is an element of the JSON form, in the order of the catalog.
type listedSecret struct {
	Key      string `json:"key"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
}

func listJSON(catalog *secrets.Catalog) string {
	document := struct {
		Version int            `json:"version"`
		Secrets []listedSecret `json:"secrets"`
	}{Version: 1}
	for _, s := range catalog.Secrets {
		document.Secrets = append(document.Secrets, listedSecret{s.Key, s.Name, s.Required})
	}
	text, _ := json.MarshalIndent(document, "", "  ") // strings and booleans: cannot fail
	return string(text) + "\n"
}
