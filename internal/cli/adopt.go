package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-cherry/sophia-secrets/internal/adopt"
	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/words"
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
	ctx, cancel := context.WithTimeout(ctx, serviceTimeout)
	defer cancel()
	seen, err := c.observe(ctx, "secretctl adopt")
	if err != nil {
		return err
	}
	c.sayGitHub(seen.world)
	report, err := adopt.Environment(ctx, seen.esc, seen.stack.Environment, seen.stack.RootKey)
	if err != nil {
		return couldNot(err, serviceHint(err, "secretctl adopt"))
	}
	c.printAdoption(seen.stack, report)
	c.sayReplaced(seen.world, report)
	if len(report.Undecided()) > 0 {
		return &failure{exitFindings, errors.New("some of the environment would be lost: decide about it, then adopt again"),
			"pulumi env edit " + seen.stack.Environment.Store().String()}
	}
	return nil
}

// sayGitHub says what the organization and the repository hold.
func (c *CLI) sayGitHub(w drift.World) {
	c.say("organization %s: %s", w.Stack.Organization, words.Count(len(w.Live), "secret"))
	for _, f := range drift.Find(w) {
		if f.Kind == drift.Missing && f.Class == drift.ByPerson || f.Kind == drift.Undeclared {
			c.say("  %s", f)
		}
	}
	file := w.Files[0]
	switch {
	case file.Live == "":
		c.say("workflow %s: none", file.Path)
	case !file.Differs():
		c.say("workflow %s: declared already", file.Path)
	default:
		c.say("workflow %s: another text; up replaces it", file.Path)
		for _, name := range workflow.References(file.Live) {
			// The job's own token is none of the organization's.
			if _, ok := w.Catalog.BySource(name); !ok && name != w.Stack.TokenName() && !strings.EqualFold(name, "GITHUB_TOKEN") {
				c.say("  it passes %s, which the catalog does not name", name)
			}
		}
	}
}

// sayReplaced names the live values that the first sync replaces: GitHub gives no
// value back, so nobody can compare them before. It says how to keep one.
func (c *CLI) sayReplaced(w drift.World, r adopt.Report) {
	if w.Store.Record != nil || !w.Store.FirstMark.IsZero() {
		return
	}
	held := slices.Concat(r.Moved, w.Store.Keys(w.Stack.RootKey))
	for _, s := range w.Catalog.Secrets {
		i := slices.IndexFunc(s.Keys(), func(key string) bool { return slices.Contains(held, key) })
		for _, name := range s.Sources() {
			if source, at, ok := w.Source(name); ok && i >= 0 {
				c.say("the first sync replaces %s with what was set in GitHub on %s; if the store is right, type before it:\n  %s",
					s.Keys()[i], at.Format(time.DateOnly), howToKeep(w, s, s.Keys()[i], source))
				break
			}
		}
	}
}

// howToKeep brings a value of the store to GitHub. The environment may have another
// until up replaces it.
func howToKeep(w drift.World, s secrets.Secret, key string, source workflow.Source) string {
	get := w.Stack.Typed("secretctl get " + key + " --environment " + w.Stack.Environment.Store().String())
	set := w.HowToSet(s, source)
	if !strings.HasPrefix(set, "gh ") {
		return get + "\n  " + set
	}
	return get + " | " + set
}

func (c *CLI) printAdoption(stack secrets.Stack, r adopt.Report) {
	switch {
	case !r.Exists:
		c.say("environment %s: none; %s creates it", stack.Environment, stack.Typed("pulumi up"))
		return
	case r.Ours:
		c.say("environment %s: holds nothing of its own", stack.Environment)
		return
	}
	c.say("environment %s: made by people; up replaces its text", stack.Environment)
	for _, part := range []struct {
		what string
		keys []string
	}{
		{"copied to the store", adopt.Shown(r.Moved)},
		{"in the store already", adopt.Shown(r.Present)},
		{"without a value", adopt.Shown(r.Blank)},
		{"in the store with another value, which stays", adopt.Shown(r.Conflicts)},
		{"computed, to be written into the store by you", r.Computed},
		{"outside " + stack.RootKey + ", to be written into the store by you", adopt.Shown(r.Elsewhere)},
		{"imported, to be imported by the store or given up", r.Imports},
	} {
		if len(part.keys) > 0 {
			c.say("  %s: %s", part.what, strings.Join(part.keys, ", "))
		}
	}
	if len(r.Undecided()) > 0 {
		c.say("its text:\n%s", strings.TrimRight(r.Text, "\n"))
		return
	}
	c.say("nothing would be lost; to take it over: %s, then %s", stack.Typed("pulumi config set adopt true"), stack.Typed("pulumi up"))
}

func (c *CLI) say(format string, args ...any) { _, _ = fmt.Fprintf(c.Stdout, format+"\n", args...) }
