package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/rotate"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// rotateManaged gives the new value to the stack's config. Sending it is for pulumi up,
// which people look at before: it does more than this.
func (c *CLI) rotateManaged(ctx context.Context, ch *chore, f *choreFlags) error {
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		return couldNot(fmt.Errorf("%s is managed, and its value goes into the stack's config: %w; nothing was changed", ch.secret.Name, err),
			"see https://www.pulumi.com/docs/install")
	}
	value, err := c.checkedValue(ctx, ch)
	if err != nil {
		return err
	}
	args := []string{"config", "set", "--secret", "--path", "values." + ch.secret.Name, "--stack", c.stackName}
	if f.dryRun {
		c.say("would run pulumi %s, with the value on its standard input; pulumi up sends it", strings.Join(args, " "))
		return nil
	}
	before, _ := os.ReadFile(c.stackPath())
	said, err := c.runPulumi(ctx, pulumi, args, value)
	after, unread := os.ReadFile(c.stackPath())
	changed := unread == nil && !bytes.Equal(before, after)
	hint := "secretctl rotate " + ch.secret.Name
	switch {
	case err != nil && changed:
		return couldNot(fmt.Errorf("pulumi config set: %w%s; %s was changed and may hold the new value, GitHub and the store hold the old one", err, said, c.stackPath()), hint)
	case err != nil:
		return couldNot(fmt.Errorf("pulumi config set: %w%s; nothing was changed", err, said), hint)
	case !changed:
		return couldNot(fmt.Errorf("pulumi config set changed nothing in %s", c.stackPath()), hint)
	}
	c.say("%s holds the new value of %s; GitHub and the store hold the old one", c.stackPath(), ch.secret.Name)
	for _, alias := range ch.secret.Aliases {
		if _, _, ok := ch.world.Source(alias); ok {
			c.say("%s holds the old value under another name, and sync refuses two: set it there before the up", alias)
		}
	}
	c.say("to send it: pulumi up --stack %s, and commit %s", c.stackName, c.stackPath())
	return nil
}

// runPulumi hands the value over on standard input and returns what was said on the
// other side, unless the value is in it.
func (c *CLI) runPulumi(ctx context.Context, path string, args []string, value secrets.Value) (string, error) {
	command := exec.CommandContext(ctx, path, args...)
	command.Dir, command.Env = c.folder(), os.Environ()
	if c.Environ != nil {
		command.Env = c.Environ()
	}
	command.Stdin = strings.NewReader(value.Reveal())
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	var ended *exec.ExitError
	switch said := strings.TrimSpace(out.String()); {
	case err != nil && !errors.As(err, &ended):
		return "", err
	case said == "" || quotes(said, value):
		return "", err
	default:
		lines := strings.Split(said, "\n")
		return ": " + strings.TrimSpace(lines[len(lines)-1]), err
	}
}

// quotes reports whether a line of the value is in a text.
func quotes(text string, value secrets.Value) bool {
	for line := range strings.Lines(value.Reveal()) {
		if line = strings.TrimSpace(line); line != "" && strings.Contains(text, line) {
			return true
		}
	}
	return false
}

// ready is for restore, which a managed secret does not need.
func (ch *chore) ready() error {
	if ch.managed() {
		return couldNot(fmt.Errorf("%s is managed: the stack's config holds its value, and up restores it; nothing was changed", ch.secret.Name), "pulumi up")
	}
	if err := rotate.Ready(ch.world, ch.secret); err != nil {
		return stoppedEnding(err)
	}
	return nil
}
