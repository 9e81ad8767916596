package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/rotate"
	"github.com/ai-cherry/sophia-secrets/internal/verify"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) restoreCommand() *cobra.Command {
	f := &choreFlags{}
	command := &cobra.Command{
		Use:   "restore NAME",
		Short: "Put a deleted secret back into GitHub from the store's copy, after asking",
		Long: "restore is for a secret that was deleted by mistake. One that was revoked has to be\n" +
			"rotated instead. The visibility is the catalog's, else private.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.restore(cmd.Context(), args[0], f) },
	}
	command.ValidArgsFunction = c.complete(nameOf)
	f.addTo(command)
	command.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	return command
}

func (c *CLI) restore(ctx context.Context, name string, f *choreFlags) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("not done after %s (--timeout)", f.timeout))
	defer cancel()
	ch, err := c.chore(ctx, name, "restore", f)
	if err != nil {
		return err
	}
	if err := ch.ready(); err != nil {
		return err
	}
	target, err := rotate.Restoration(ctx, ch.github, ch.world, ch.secret)
	if err != nil {
		return stoppedEnding(err)
	}
	value, err := ch.copyOf(ctx)
	if err != nil {
		return err
	}
	c.warn(ch, target)
	if f.dryRun {
		c.sayPlan(ch, []rotate.Target{target})
		return nil
	}
	if !f.yes {
		if err := c.confirm(ctx, "type "+name+" to put it back: ", name, "secretctl restore "+name); err != nil {
			return err
		}
	}
	return c.carryOut(ctx, ch, "restore", value, []rotate.Target{target})
}

// copyOf is the value that the store holds.
func (ch *chore) copyOf(ctx context.Context) (secrets.Value, error) {
	store := ch.stack.Environment.Store()
	opened, err := ch.esc.Open(ctx, store)
	if err != nil {
		return secrets.Value{}, couldNot(fmt.Errorf("%w; nothing was changed", err), serviceHint(err, "secretctl restore "+ch.secret.Name))
	}
	got, _ := opened.At(ch.stack.RootKey, ch.secret.Key)
	if problem := verify.Judge(ch.secret, got); problem != "" {
		return secrets.Value{}, couldNot(fmt.Errorf("the store's copy of %s is no good: %s; nothing was changed", ch.secret.Name, problem), ch.world.HowToSet(ch.secret, workflow.Source{Level: workflow.Organization, Name: ch.secret.GitHubName}))
	}
	return got.Text, nil
}

// warn says why it may be wrong to put the value back.
func (c *CLI) warn(ch *chore, target rotate.Target) {
	lines := append([]string{
		fmt.Sprintf("%s is not in GitHub: perhaps it was deleted because it had leaked or was revoked; then set another value instead: %s", ch.secret.GitHubName, ch.world.HowToSet(ch.secret, workflow.Source{Level: workflow.Organization, Name: ch.secret.GitHubName})),
	}, rotate.History(ch.world, ch.secret)...)
	lines = append(lines, "it would be put back as "+target.String())
	if ch.secret.Visibility == "" {
		lines = append(lines, "GitHub forgets who could read it, and the catalog names no visibility: fewer may have been allowed before")
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(c.Stderr, "warning: "+line)
	}
}
