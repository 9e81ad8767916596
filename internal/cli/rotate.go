package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/rotate"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// choreFlags are what rotate and restore take.
type choreFlags struct {
	dryRun, yes bool
	timeout     time.Duration
}

func (c *CLI) rotateCommand() *cobra.Command {
	f := &choreFlags{}
	command := &cobra.Command{
		Use:   "rotate NAME",
		Short: "Give a secret a new value, from standard input or a prompt, and see it arrive",
		Long: "rotate checks the new value, sets it in GitHub with the access that is there, moves\n" +
			"the mark, waits for the sync and reads the environment as an application does. A\n" +
			"managed secret gets it in the stack's config; pulumi up sends it.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.rotate(cmd.Context(), args[0], f) },
	}
	command.ValidArgsFunction = c.complete(nameOf)
	f.addTo(command)
	return command
}

func (f *choreFlags) addTo(command *cobra.Command) {
	command.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be done, and change nothing")
	command.Flags().DurationVar(&f.timeout, "timeout", 20*time.Minute, "how long all of it may take, the sync included")
}

// chore is what rotate and restore start from.
type chore struct {
	input
	services
	secret secrets.Secret
	world  drift.World
}

func (c *CLI) chore(ctx context.Context, name, command string, f *choreFlags) (*chore, error) {
	if f.timeout <= 0 {
		return nil, usage(fmt.Errorf("--timeout %s is not a time to wait", f.timeout))
	}
	in, err := c.input(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := in.catalog.ByName(name)
	switch {
	case !ok:
		return nil, &failure{exitUsage, fmt.Errorf("%q is no secret of the catalog", name), "secretctl list"}
	case in.stack.Opaque:
		return nil, couldNot(errors.New("the values of the stack's config are encrypted as a whole, so that nobody can tell which secrets it manages; nothing was changed"), "pulumi config")
	}
	clients, err := c.services(in.stack)
	if err != nil {
		return nil, err
	}
	world, err := in.observe(ctx, clients)
	if err != nil {
		return nil, couldNot(fmt.Errorf("%w; nothing was changed", err), serviceHint(err, "secretctl "+command+" "+name))
	}
	return &chore{in, clients, s, world}, nil
}

func (ch *chore) managed() bool { return slices.Contains(ch.stack.Managed, ch.secret.Name) }

func (c *CLI) rotate(ctx context.Context, name string, f *choreFlags) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, fmt.Errorf("not done after %s (--timeout)", f.timeout))
	defer cancel()
	ch, err := c.chore(ctx, name, "rotate", f)
	if err != nil {
		return err
	}
	if err := rotate.Ready(ch.world, ch.secret); err != nil {
		return stoppedEnding(err)
	}
	if ch.managed() {
		return c.rotateManaged(ctx, ch, f)
	}
	targets, err := rotate.Rotation(ctx, ch.github, ch.world, ch.secret)
	if err != nil {
		return stoppedEnding(err)
	}
	value, err := c.checkedValue(ctx, ch)
	if err != nil {
		return err
	}
	if f.dryRun {
		c.sayPlan(ch, targets)
		return nil
	}
	return c.carryOut(ctx, ch, "rotate", value, targets)
}

// checkedValue reads the new value and refuses one that the sync would refuse, or that
// applications read already.
func (c *CLI) checkedValue(ctx context.Context, ch *chore) (secrets.Value, error) {
	hint := "secretctl rotate " + ch.secret.Name
	value, err := c.newValue(ctx, ch.secret.Name)
	if err != nil {
		return value, couldNot(fmt.Errorf("reading the new value: %w; nothing was changed", err), hint)
	}
	if reason := ch.secret.Refuse(value); reason != "" {
		return value, couldNot(fmt.Errorf("the new value of %s is refused: %s; nothing was changed", ch.secret.Name, reason), hint)
	}
	held, ok, err := rotate.Held(ctx, ch.esc, ch.world, ch.secret)
	switch {
	case err != nil:
		return value, couldNot(fmt.Errorf("%w; nothing was changed", err), serviceHint(err, hint))
	case ok && held.Equal(value):
		return value, couldNot(fmt.Errorf("applications read this value of %s already: it is no new one; nothing was changed", ch.secret.Name), hint)
	}
	return value, nil
}

func (c *CLI) sayPlan(ch *chore, targets []rotate.Target) {
	for _, t := range targets {
		c.say("would set %s", t)
	}
	c.say("would move %s, which starts the sync, and wait for the value at %s", ch.stack.MarkPath(), ch.stack.Environment)
}

// carryOut does it, and ends with what is true then.
func (c *CLI) carryOut(ctx context.Context, ch *chore, command string, value secrets.Value, targets []rotate.Target) error {
	r := &rotate.Rotate{
		GitHub: ch.github, ESC: ch.esc, World: ch.world, Secret: ch.secret, Command: command, Value: value, Targets: targets,
		Say:   func(format string, args ...any) { _, _ = fmt.Fprintf(c.Stderr, format+"\n", args...) },
		Pause: c.Pause, DateTimeout: 300 * c.Pause,
	}
	if err := r.Run(ctx); err != nil {
		return stoppedEnding(err)
	}
	c.say("%s: applications read the value from %s", ch.secret.Name, ch.stack.Environment)
	return nil
}

func stoppedEnding(err error) error {
	var stopped *rotate.Stopped
	switch {
	case errors.As(err, &stopped) && stopped.Arrived:
		return &failure{exitFindings, err, stopped.Hint}
	case stopped != nil:
		return couldNot(err, stopped.Hint)
	}
	return couldNot(err, "")
}
