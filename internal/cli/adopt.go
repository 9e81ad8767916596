package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/adopt"
	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func (c *CLI) adoptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "adopt",
		Short: "Prepare what people made for the first pulumi up: copy values to the store, say what would be lost",
		Long: "adopt looks at the organization, the workflow and the environment of the stack.\n" +
			"It copies the values under the root key of the environment into the store and\n" +
			"changes nothing else. It can be run again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.adopt(cmd.Context()) },
	}
}

func (c *CLI) adopt(ctx context.Context) error {
	in, err := c.input(ctx)
	if err != nil {
		return err
	}
	clients, err := c.services(in.stack)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	if err := c.adoptGitHub(ctx, in, clients.github); err != nil {
		return couldNot(err, serviceHint(err, "secretctl adopt"))
	}
	report, err := adopt.Environment(ctx, clients.esc, in.stack.Environment, in.stack.RootKey)
	if err != nil {
		return couldNot(err, serviceHint(err, "secretctl adopt"))
	}
	c.printAdoption(in.stack, report)
	if report.Undecided() > 0 {
		return &failure{exitFindings, errors.New("some of the environment would be lost: decide about it"),
			"pulumi env edit " + in.stack.Environment.Store().String() + ", then secretctl adopt"}
	}
	return nil
}

// adoptGitHub says what the organization and the repository hold.
func (c *CLI) adoptGitHub(ctx context.Context, in input, client *github.Client) error {
	list, err := client.Secrets(ctx, in.stack.Organization)
	if err != nil {
		return err
	}
	world := drift.NewWorld(in.stack, in.catalog, time.Now())
	world.See(list)
	found := world.FindInOrganization()
	c.say("organization %s: %d secrets, %d of the catalog missing, %d not in the catalog", in.stack.Organization,
		len(list), len(drift.Names(found, drift.Missing)), len(drift.Names(found, drift.Undeclared)))
	for _, f := range found {
		c.say("  %s", f)
	}
	text, err := client.File(ctx, in.stack.Organization, in.stack.Repository, workflow.Path)
	switch {
	case err != nil:
		return err
	case text == "":
		c.say("workflow %s: none", workflow.Path)
	case workflow.Ours(text):
		c.say("workflow %s: generated already", workflow.Path)
	default:
		c.say("workflow %s: written by people; up replaces it", workflow.Path)
		for _, name := range workflow.References(text) {
			// The job's own token is none of the organization's.
			if _, ok := in.catalog.BySource(name); !ok && !strings.EqualFold(name, "GITHUB_TOKEN") {
				c.say("  it passes %s, which the catalog does not name", name)
			}
		}
	}
	return nil
}

func (c *CLI) printAdoption(stack secrets.Stack, r adopt.Report) {
	switch {
	case !r.Exists:
		c.say("environment %s: none; pulumi up creates it", stack.Environment)
		return
	case r.Ours:
		c.say("environment %s: declared already", stack.Environment)
		return
	}
	c.say("environment %s: made by people; up replaces its text", stack.Environment)
	for _, part := range []struct {
		what string
		keys []string
	}{
		{"copied to the store", shown(r.Moved)},
		{"in the store already", shown(r.Present)},
		{"in the store with another value, which stays", shown(r.Conflicts)},
		{"computed, to be written into the store by you", shown(r.Computed)},
		{"outside " + stack.RootKey + ", to be written into the store by you", shown(r.Elsewhere)},
		{"imported, to be imported by the store or given up", r.Imports},
	} {
		if len(part.keys) > 0 {
			c.say("  %s: %s", part.what, strings.Join(part.keys, ", "))
		}
	}
	if r.Undecided() > 0 {
		c.say("its text:\n%s", strings.TrimRight(r.Text, "\n"))
		return
	}
	c.say("nothing would be lost; to take it over: pulumi config set adopt true, then pulumi up")
}

func shown(keys []string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, store.Shown(key))
	}
	return all
}

func (c *CLI) say(format string, args ...any) { _, _ = fmt.Fprintf(c.Stdout, format+"\n", args...) }
