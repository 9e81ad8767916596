package cli

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// target is the environment that a command works on, where that is not the
// stack's.
type target struct{ environment, rootKey string }

func (t *target) addTo(command *cobra.Command, what string) {
	command.Flags().StringVar(&t.environment, "environment", "", "the environment "+what+", ORG/PROJECT/ENV (default: the stack's)")
	command.Flags().StringVar(&t.rootKey, "root-key", "", "the key that holds the secrets (default: the stack's)")
}

// targetStack is the stack's config, with the flags and PULUMI_API over it. With
// --environment and --root-key it may be absent.
func (c *CLI) targetStack(t target) (secrets.Stack, error) {
	stack, err := c.stack()
	if err != nil {
		stack.Workflow = secrets.DefaultWorkflow
	}
	switch {
	case err == nil:
	case t.environment == "" || !errors.Is(err, fs.ErrNotExist):
		return stack, err
	case t.rootKey == "":
		return stack, usage(errors.New("no stack file gives the root key: name it with --root-key"))
	}
	if t.environment != "" {
		if stack.Environment, err = secrets.ParseEnvironmentName(t.environment); err != nil {
			return stack, usage(err)
		}
	}
	if t.rootKey != "" {
		stack.RootKey = t.rootKey
	}
	stack.PulumiAPIURL, err = c.address("PULUMI_API", stack.PulumiAPIURL)
	return stack, err
}
