package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/nearest"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Find looks a secret up by its name, a GitHub name, an alias or a key, in any
// case. If there is none, it returns the names that are most alike.
func Find(c *secrets.Catalog, asked string) (s secrets.Secret, alike []string, ok bool) {
	var words []string
	for _, s := range c.Secrets {
		own := slices.Concat([]string{s.Name}, s.Sources(), s.Keys())
		if slices.ContainsFunc(own, func(word string) bool { return strings.EqualFold(word, asked) }) {
			return s, nil, true
		}
		words = append(words, s.Name)
	}
	return secrets.Secret{}, nearest.Words(asked, words), false
}

// Follow makes the five checks of one secret's way to an application. The error is
// why the world could not be read.
func (d Doctor) Follow(ctx context.Context, s secrets.Secret) ([]Check, error) {
	w, err := d.Observe.World(ctx)
	if err != nil {
		return nil, err
	}
	f := following{d, w, s, nil}
	for _, found := range drift.Find(w) {
		if found.Name == s.Name {
			f.found = append(f.found, found)
		}
	}
	return []Check{f.inGitHub(), f.passed(), f.mapped(), f.read(ctx), f.overridden()}, nil
}

// following is one secret in one world, with the findings about it.
type following struct {
	Doctor
	world  drift.World
	secret secrets.Secret
	found  []drift.Finding
}

// because completes a failed check with the first finding of these kinds.
func (f following) because(name, otherwise, command string, kinds ...string) Check {
	for _, found := range f.found {
		if slices.Contains(kinds, found.About()) {
			return fail(name, found.Hint, "%s", found.Message)
		}
	}
	return fail(name, command, "%s", otherwise)
}

func (f following) inGitHub() Check {
	const name = "GitHub has it"
	for _, source := range f.secret.Sources() {
		if at, date, ok := f.world.Source(source); ok {
			return pass(name, "%s secret %s, last changed %s", at.Level, source, date.Format(time.RFC3339))
		}
	}
	command := "secretctl status"
	if _, managed := f.world.Managed[f.secret.Name]; managed {
		command = up
	}
	return f.because(name, fmt.Sprintf("no level has %s", f.secret.GitHubName), command, "missing", "not-granted", "beyond")
}

func (f following) passed() Check {
	const name = "the workflow passes it"
	passes := workflow.Passes(f.world.Files[0].Live)
	for _, source := range f.secret.Sources() {
		if variable := workflow.Variable(source); passes[variable] == source {
			return pass(name, "as %s", variable)
		}
	}
	return fail(name, up, "%s passes no %s", f.Stack.WorkflowPath(), workflow.Variable(f.secret.GitHubName))
}

func (f following) mapped() Check {
	const name = "sync maps it"
	keys := strings.Join(f.secret.Keys(), ", ")
	if f.world.Store.Record == nil {
		return fail(name, f.dispatch(), "nothing was synced into the store yet")
	}
	for _, kind := range []string{"undelivered", "stale"} {
		if c := f.because(name, "", "", kind); c.Evidence != "" {
			return c
		}
	}
	held := f.world.Store.Keys(f.Stack.RootKey)
	for _, key := range f.secret.Keys() {
		if !slices.Contains(held, key) {
			return fail(name, f.dispatch(), "the store has no key %s", key)
		}
	}
	return pass(name, "to %s in revision %d of the store", keys, f.world.Store.Revisions[0].Number)
}

// read opens the environment as an application does. It prints no value.
func (f following) read(ctx context.Context) Check {
	const name = "the reader has it"
	opened, err := f.ESC.Open(ctx, f.Stack.Environment)
	if err != nil {
		return fail(name, exportPulumi, "%s", err)
	}
	for _, key := range f.secret.Keys() {
		switch value, ok := opened.At(f.Stack.RootKey, key); {
		case !ok || value.Kind != esc.String || value.Text.Empty():
			return fail(name, f.dispatch(), "%s has no value at %s.%s", f.Stack.Environment, f.Stack.RootKey, key)
		case !value.Secret:
			return fail(name, f.dispatch(), "%s.%s of %s is no secret", f.Stack.RootKey, key, f.Stack.Environment)
		}
	}
	evidence := fmt.Sprintf("%s has a secret at %s", f.Stack.Environment, f.Stack.RootKey+"."+f.secret.Key)
	if lines := f.Observe.Uses.ReadersOf(f.secret); len(lines) > 0 {
		evidence += ", read in " + uses.Name(lines, fewReaders)
	}
	return pass(name, "%s", evidence)
}

func (f following) overridden() Check {
	const name = "nothing overrides it"
	if f.world.EnvironmentDiffers() {
		return fail(name, up, "%s has another text than up declares, and its own values win", f.Stack.Environment)
	}
	if c := f.because(name, "", "", "shadowed"); c.Evidence != "" {
		return c
	}
	return pass(name, "no other level, and no value of the environment's own; for the code of applications: secretctl audit")
}
