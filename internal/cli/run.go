package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// runFlags are what run takes.
type runFlags struct {
	target
	only []string
	keep bool
}

func (c *CLI) runCommand() *cobra.Command {
	f := &runFlags{}
	command := &cobra.Command{
		Use:   "run -- COMMAND [ARG...]",
		Short: "Run a command with the values as variables, under the catalog's names",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("only") && len(f.only) == 0 {
				return usage(errors.New("--only is empty: leave it out for all keys"))
			}
			return c.run(cmd.Context(), f, args)
		},
	}
	f.addTo(command, "to open")
	command.Flags().StringSliceVar(&f.only, "only", nil, "pass these `KEY`s alone, each of them required")
	command.Flags().BoolVar(&f.keep, "keep", false, "let a variable that is set already win")
	command.Flags().SetInterspersed(false) // what follows the command is its own
	return command
}

func (c *CLI) run(ctx context.Context, f *runFlags, args []string) error {
	catalog, err := c.catalog(ctx)
	if err != nil {
		return err
	}
	chosen, err := choose(catalog, f.only)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return couldNot(fmt.Errorf("starting the command: %w", err), "")
	}
	environ, err := c.childEnviron(ctx, f, chosen)
	if err != nil {
		return err
	}
	child := exec.CommandContext(context.WithoutCancel(ctx), path, args[1:]...)
	child.Args[0] = args[0]
	child.Env = environ
	child.Stdin, child.Stdout, child.Stderr = c.Stdin, c.Stdout, c.Stderr
	return c.runChild(ctx, child)
}

// choose finds the secrets of the given keys, or all of them. One that was asked for
// is required.
func choose(catalog *secrets.Catalog, only []string) ([]secrets.Secret, error) {
	if len(only) == 0 {
		return catalog.Secrets, nil
	}
	var chosen []secrets.Secret
	for _, key := range only {
		s, ok := catalog.ByKey(key)
		if !ok {
			return nil, &failure{exitUsage, fmt.Errorf("--only names %q, which is no key of the catalog", key), "secretctl list"}
		}
		s.Required = true
		if !slices.ContainsFunc(chosen, func(other secrets.Secret) bool { return other.Name == s.Name }) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}
