package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func (c *CLI) listCommand() *cobra.Command {
	f := &format{words: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys of the catalog, the names behind them and their other names, without values",
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
	_, _ = fmt.Fprintln(table, "KEY\tSECRET\tGITHUB NAME\tALSO")
	for _, s := range catalog.Secrets {
		also := slices.Concat(s.MoreKeys, s.Aliases)
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Key, s.Name, s.GitHubName, strings.Join(also, ", "))
	}
	_ = table.Flush()
	var trimmed strings.Builder
	for line := range strings.Lines(text.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// listedSecret is an element of the JSON form, in the order of the catalog.
type listedSecret struct {
	Key        string   `json:"key"`
	MoreKeys   []string `json:"more_keys,omitempty"`
	Name       string   `json:"name"`
	GitHubName string   `json:"github_name"`
	Aliases    []string `json:"aliases,omitempty"`
	Required   bool     `json:"required"`
}

func listJSON(catalog *secrets.Catalog) string {
	document := struct {
		Version int            `json:"version"`
		Secrets []listedSecret `json:"secrets"`
	}{Version: 1}
	for _, s := range catalog.Secrets {
		document.Secrets = append(document.Secrets, listedSecret{s.Key, s.MoreKeys, s.Name, s.GitHubName, s.Aliases, s.Required})
	}
	text, _ := json.MarshalIndent(document, "", "  ") // strings and booleans: cannot fail
	return string(text) + "\n"
}
