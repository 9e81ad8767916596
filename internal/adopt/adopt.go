package adopt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Report is what adopting found and did. No value is in it.
type Report struct {
	Exists    bool     // the environment
	Ours      bool     // it is declared already
	Moved     []string // keys that were copied into the store now
	Present   []string // keys that the store held already, with the same value
	Conflicts []string // keys that the store holds with another value; the store's stays
	Computed  []string // keys that are no plain values
	Elsewhere []string // paths outside the root key
	Imports   []string // environments that are imported
	Text      string   // the definition, every value and comment as [value]
}

// Undecided counts what would be lost if the declared text replaced the
// environment's now.
func (r Report) Undecided() int {
	return len(r.Conflicts) + len(r.Computed) + len(r.Elsewhere) + len(r.Imports)
}

// Environment copies what the environment name holds under root into its store.
// Twice is the same as once, and a crash in between is healed by the next run:
// the store is created, then written in one revision under a precondition.
func Environment(ctx context.Context, client *esc.Client, name secrets.EnvironmentName, root string) (Report, error) {
	definition, err := client.Get(ctx, name)
	if errors.Is(err, esc.ErrNotFound) {
		return Report{}, nil
	}
	if err != nil {
		return Report{}, err
	}
	r := Report{Exists: true, Ours: store.IsOurs(definition.Text, name.Store()), Text: store.Redact(definition.Text)}
	if r.Ours {
		return r, nil
	}
	inventory, err := store.TakeInventory(definition.Text, root)
	if err != nil {
		return r, fmt.Errorf("reading environment %s: %w", name, err)
	}
	values, err := client.OpenAt(ctx, name, definition.Revision)
	if err != nil {
		return r, err
	}
	m := &move{client: client, store: name.Store(), root: root, values: values, report: &r}
	if err := m.run(ctx, inventory.Literal); err != nil {
		return r, err
	}
	return r, m.decided(ctx, inventory)
}

// move copies keys into the store.
type move struct {
	client *esc.Client
	store  secrets.EnvironmentName
	root   string
	values esc.Value // of the environment, opened
	report *Report
}

func (m *move) run(ctx context.Context, keys []string) error {
	definition, err := m.open(ctx)
	if err != nil {
		return err
	}
	document, err := store.ParseDocument(definition.Text, m.root)
	if err != nil {
		return fmt.Errorf("reading the store %s: %w", m.store, err)
	}
	held, err := m.client.OpenAt(ctx, m.store, definition.Revision)
	if err != nil {
		return err
	}
	for _, key := range keys {
		value, ok := m.values.At(m.root, key)
		if !ok || value.Kind == esc.Unknown {
			return fmt.Errorf("opening the environment of store %s: it gives no value for %s", m.store, key)
		}
		old, exists := held.At(m.root, key)
		switch {
		case !exists:
			document.Set(key, value.Text)
			m.report.Moved = append(m.report.Moved, key)
		case old.Text.Equal(value.Text) || value.Text.Empty(): // an empty one is nothing to lose
			m.report.Present = append(m.report.Present, key)
		default:
			m.report.Conflicts = append(m.report.Conflicts, key)
		}
	}
	return m.write(ctx, document, definition)
}

// open reads the store, and creates it when it is not there.
func (m *move) open(ctx context.Context) (esc.Definition, error) {
	definition, err := m.client.Get(ctx, m.store)
	if !errors.Is(err, esc.ErrNotFound) {
		return definition, err
	}
	if err := m.client.Create(ctx, m.store); err != nil && !errors.Is(err, esc.ErrConflict) {
		return esc.Definition{}, err
	}
	return m.client.Get(ctx, m.store)
}

// write makes one revision, if there is anything to write. A record of sync goes on
// with it, unless somebody edited the store since: that has to stay in sight.
func (m *move) write(ctx context.Context, document *store.Document, was esc.Definition) error {
	if len(m.report.Moved) == 0 {
		return nil
	}
	if record, ok := store.ReadRecord(was.Text); ok {
		revisions, err := m.client.Revisions(ctx, m.store, 2)
		if err != nil {
			return err
		}
		if len(revisions) > 0 && record.Wrote(revisions) {
			record.After = revisions[0].Number
			document.SetRecord(record, false)
		}
	}
	_, err := m.client.Update(ctx, m.store, document.String(), was.ETag)
	return err
}

// decided leaves in the report what the store does not give yet: a person who
// wrote a reference or an import there has decided.
func (m *move) decided(ctx context.Context, inventory store.Inventory) error {
	definition, err := m.client.Get(ctx, m.store)
	if err != nil {
		return err
	}
	held, err := store.TakeInventory(definition.Text, m.root)
	if err != nil {
		return fmt.Errorf("reading the store %s: %w", m.store, err)
	}
	m.report.Computed = without(inventory.Computed, held.Computed, held.Literal)
	m.report.Elsewhere = without(inventory.Elsewhere, held.Elsewhere)
	m.report.Imports = without(inventory.Imports, held.Imports)
	return nil
}

// without is all that is in none of the others.
func without(all []string, others ...[]string) []string {
	other := slices.Concat(others...)
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(other, s) })
}
