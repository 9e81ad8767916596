package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/adopt"
	"github.com/ai-cherry/sophia-secrets/internal/drift"
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
	catalog, stack, services, err := c.pipeline()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	const again = "secretctl adopt, when the cause is mended: nothing is lost"
	if err := c.adoptGitHub(ctx, stack, catalog, services); err != nil {
		return couldNot(err, serviceHint(err, again))
	}
	report, err := adopt.Environment(ctx, services.esc, stack.Environment, stack.RootKey)
	if err != nil {
		return couldNot(err, serviceHint(err, again))
	}
	c.printAdoption(stack, report)
	if report.Undecided() > 0 {
		return &failure{exitFindings, errors.New("some of the environment would be lost: decide about it"),
			"pulumi env edit " + stack.Environment.Store().String() + ", then secretctl adopt"}
	}
	return nil
}

// adoptGitHub says what the organization and the repository hold.
func (c *CLI) adoptGitHub(ctx context.Context, stack secrets.Stack, catalog *secrets.Catalog, s services) error {
	list, err := s.github.Secrets(ctx, stack.Organization)
	if err != nil {
		return err
	}
	w := drift.World{Organization: stack.Organization, Catalog: catalog, Managed: map[string]drift.Managed{}, Now: time.Now()}
	for _, name := range stack.Managed {
		w.Managed[name] = drift.Managed{}
	}
	for _, l := range list {
		w.Live = append(w.Live, drift.Live{Name: strings.ToUpper(l.Name), Visibility: l.Visibility, UpdatedAt: l.UpdatedAt})
	}
	found := drift.Find(w)
	c.say("organization %s: %d secrets, %d of the catalog missing, %d not in the catalog", stack.Organization,
		len(list), len(drift.Names(found, drift.Missing)), len(drift.Names(found, drift.Undeclared)))
	for _, f := range found {
		c.say("  %s", f)
	}
	text, err := s.github.File(ctx, stack.Organization, stack.Repository, workflow.Path)
	switch {
	case err != nil:
		return err
	case text == "":
		c.say("workflow %s: none", workflow.Path)
	case workflow.Ours(text):
		c.say("workflow %s: generated already", workflow.Path)
	default:
		c.say("workflow %s: written by people; up replaces it", workflow.Path)
		for _, name := range unknown(text, catalog) {
			c.say("  it passes %s, which the catalog does not name", name)
		}
	}
	return nil
}

var secretReference = regexp.MustCompile(`secrets\.([A-Za-z_][A-Za-z0-9_]*)`)

// unknown are the secrets a workflow uses that the catalog does not name. The
// job's own token is none of the organization's.
func unknown(text string, catalog *secrets.Catalog) []string {
	var names []string
	for _, match := range secretReference.FindAllStringSubmatch(text, -1) {
		if _, ok := catalog.BySource(match[1]); !ok && !strings.EqualFold(match[1], "GITHUB_TOKEN") {
			names = append(names, match[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
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
		{"copied to the store", r.Moved},
		{"in the store already", r.Present},
		{"in the store with another value, which stays", r.Conflicts},
		{"computed, to be written into the store by you", r.Computed},
		{"outside " + stack.RootKey + ", to be written into the store by you", r.Elsewhere},
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

func (c *CLI) say(format string, args ...any) { _, _ = fmt.Fprintf(c.Stdout, format+"\n", args...) }
