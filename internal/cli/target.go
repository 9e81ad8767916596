package cli

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// target is the environment that a command works on, if it is not the stack's.
type target struct {
	environment, rootKey string
	given                func(flag string) bool
}

func (t *target) addTo(command *cobra.Command, what string) {
	t.given = command.Flags().Changed
	command.Flags().StringVar(&t.environment, "environment", "", "the environment "+what+", ORG/PROJECT/ENV (default: the stack's)")
	command.Flags().StringVar(&t.rootKey, "root-key", "", "the key that holds the secrets (default: the stack's)")
}

// check refuses invalid flags. An empty one, such as from an unset variable, must
// not mean the stack's.
func (t target) check() error {
	switch {
	case t.given("environment") && t.environment == "":
		return usage(errors.New("--environment is empty: leave it out to take the stack's"))
	case t.given("root-key") && t.rootKey == "":
		return usage(errors.New("--root-key is empty: leave it out to take the stack's"))
	case t.given("root-key") && secrets.CheckRootKey(t.rootKey) != nil:
		return usage(secrets.CheckRootKey(t.rootKey))
	}
	return nil
}

// targetStack is the stack's config, overridden by the flags and PULUMI_API. With
// --environment and --root-key, no stack file is needed.
func (c *CLI) targetStack(t target) (secrets.Stack, error) {
	if wrong := t.check(); wrong != nil {
		return secrets.Stack{}, wrong
	}
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
