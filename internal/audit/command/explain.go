package command

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
)

func (c *Command) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say what a rule finds, why, and how to end it; without a rule, list them",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var text strings.Builder
			if len(args) == 0 {
				table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
				for _, r := range finding.Rules {
					_, _ = fmt.Fprintf(table, "%s\t%s\n", r.Name, r.Finds)
				}
				_ = table.Flush()
			} else {
				r, ok := finding.ByName(args[0])
				if !ok {
					return usagef("%q is no rule: the rules are %s", args[0], quoted(finding.Names()))
				}
				explain(&text, r)
			}
			if _, err := io.WriteString(c.Stdout, text.String()); err != nil {
				return couldNot(fmt.Errorf("writing the output: %w", err), "")
			}
			return nil
		},
	}
}

func explain(w io.Writer, r finding.Rule) {
	_, _ = fmt.Fprintf(w, "%s: %s\n", r.Name, r.Finds)
	if r.Example != "" {
		_, _ = fmt.Fprintf(w, "\n    %s\n", r.Example)
	}
	_, _ = fmt.Fprintf(w, "\nWhy: %s\nFix: %s\n", r.Why, r.Fix)
}
