package cli

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) renderPulumiCommand() *cobra.Command {
	var file, branch string
	cmd := &cobra.Command{
		Use:   "pulumi",
		Short: "Print the workflow that runs Pulumi; with --check, the diff of a file to it, and exit 1",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !branchName.MatchString(branch) {
				return usage(fmt.Errorf("--branch %q is not the name of a branch", branch))
			}
			if err := c.checkStackName(); err != nil {
				return err
			}
			in, err := c.input(cmd.Context())
			if err != nil {
				return err
			}
			in.stack.DefaultBranch = branch
			text := workflow.RenderPulumi(in.stack, c.stackName, generated.Committed(in.stack, in.catalog))
			if !cmd.Flags().Changed("check") {
				return c.write(text)
			}
			return c.checkRendered(cmd.Context(), "workflow", "secretctl render pulumi", file, text)
		},
	}
	cmd.Flags().StringVar(&file, "check", "", "compare this `FILE` instead of printing")
	cmd.Flags().StringVar(&branch, "branch", "main", "the default branch of the repository")
	return cmd
}

var (
	branchName = regexp.MustCompile(`\A[A-Za-z0-9_][A-Za-z0-9_./-]*\z`)
	stackName  = regexp.MustCompile(`\A[A-Za-z0-9_.-]{1,100}\z`)
)

// checkStackName refuses what cannot stand in the name of a file and in a script.
func (c *CLI) checkStackName() error {
	if !stackName.MatchString(c.stackName) {
		return usage(fmt.Errorf("--stack %q is not the name of a stack: letters, digits, -, _ and dots", c.stackName))
	}
	return nil
}
