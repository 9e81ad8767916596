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
	Ours      bool     // nothing of its own is in it
	Moved     []string // keys that were copied into the store now, or that would be
	Present   []string // keys that the store held already, with the same value
	Blank     []string // keys without a value, where nothing is to be lost
	Conflicts []string // keys that the store holds with another value; the store's stays
	Computed  []string // keys that are no plain values, each with what it is
	Elsewhere []string // paths outside the root key
	Imports   []string // environments that are imported
	Text      string   // the definition, every value and comment as [value]
}

// Undecided is what would be lost if the declared text replaced the environment's
// now, besides what Moved names.
func (r Report) Undecided() []string {
	var all []string
	for _, part := range []struct {
		format string
		names  []string
	}{
		{"%s (the store has another value)", Shown(r.Conflicts)}, {"%s", r.Computed}, {"%s", Shown(r.Elsewhere)}, {"the import of %s", r.Imports},
	} {
		for _, name := range part.names {
			all = append(all, fmt.Sprintf(part.format, name))
		}
	}
	return all
}

// Shown are keys as they may be printed.
func Shown(keys []string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, store.Shown(key))
	}
	return all
}

// Look says what Environment would do. It writes nothing.
func Look(ctx context.Context, client *esc.Client, name secrets.EnvironmentName, root string) (Report, error) {
	m := &move{client: client, name: name, store: name.Store(), root: root}
	err := m.look(ctx)
	return m.report, err
}

// Environment copies what the environment name holds under root into its store.
// Twice is the same as once, and a crash in between is healed by the next run:
// the store is created, then written in one revision under a precondition.
func Environment(ctx context.Context, client *esc.Client, name secrets.EnvironmentName, root string) (Report, error) {
	m := &move{client: client, name: name, store: name.Store(), root: root, writes: true}
	err := m.look(ctx)
	return m.report, err
}

// move copies keys into the store.
type move struct {
	client      *esc.Client
	name, store secrets.EnvironmentName
	root        string
	writes      bool
	values      esc.Value // of the environment, opened
	report      Report
}

func (m *move) look(ctx context.Context) error {
	definition, err := m.client.Get(ctx, m.name)
	if errors.Is(err, esc.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m.report.Exists, m.report.Text = true, store.Redact(definition.Text)
	inventory, err := store.TakeInventory(definition.Text, m.root)
	if err != nil {
		return fmt.Errorf("reading environment %s: %w", m.name, err)
	}
	inventory.Imports = without(inventory.Imports, []string{m.store.Import()})
	if m.report.Ours = inventory.Empty(); m.report.Ours {
		return nil
	}
	if m.values, err = m.client.OpenAt(ctx, m.name, definition.Revision); err != nil {
		return err
	}
	return m.compare(ctx, inventory)
}

// compare checks what the environment holds against the store.
func (m *move) compare(ctx context.Context, inventory store.Inventory) error {
	definition, err := m.open(ctx)
	if err != nil {
		return err
	}
	document, err := store.ParseDocument(definition.Text, m.root)
	if err != nil {
		return fmt.Errorf("reading the store %s: %w", m.store, err)
	}
	held := esc.Value{}
	if definition.Revision > 0 {
		if held, err = m.client.OpenAt(ctx, m.store, definition.Revision); err != nil {
			return err
		}
	}
	for _, key := range inventory.Literal {
		if err := m.move(document, held, key); err != nil {
			return err
		}
	}
	there, err := store.TakeInventory(definition.Text, m.root)
	if err != nil {
		return fmt.Errorf("reading the store %s: %w", m.store, err)
	}
	// A person who wrote a reference or an import into the store has decided.
	m.report.Computed = describe(inventory, without(inventory.Computed, there.Computed, there.Literal))
	m.report.Elsewhere = without(inventory.Elsewhere, there.Elsewhere)
	m.report.Imports = without(inventory.Imports, there.Imports)
	return m.write(ctx, document, definition)
}

// describe says what each of the keys is.
func describe(inventory store.Inventory, keys []string) []string {
	var all []string
	for _, key := range keys {
		all = append(all, fmt.Sprintf("%s (%s)", store.Shown(key), inventory.Kinds[key]))
	}
	return all
}

// move sets one key of the document, if the store does not have it.
func (m *move) move(document *store.Document, held esc.Value, key string) error {
	value, ok := m.values.At(m.root, key)
	if !ok || value.Kind == esc.Unknown {
		return fmt.Errorf("opening environment %s: it gives no value for %s", m.name, key)
	}
	old, exists := held.At(m.root, key)
	switch {
	case value.Kind == esc.Null || value.Text.Empty():
		m.report.Blank = append(m.report.Blank, key)
	case !exists:
		document.Set(key, value.Text)
		m.report.Moved = append(m.report.Moved, key)
	case old.Text.Equal(value.Text):
		m.report.Present = append(m.report.Present, key)
	default:
		m.report.Conflicts = append(m.report.Conflicts, key)
	}
	return nil
}

// open reads the store, and creates it when it is not there. Without writing, a
// store that is not there is an empty definition of revision 0.
func (m *move) open(ctx context.Context) (esc.Definition, error) {
	definition, err := m.client.Get(ctx, m.store)
	if !errors.Is(err, esc.ErrNotFound) {
		return definition, err
	}
	if !m.writes {
		return esc.Definition{}, nil
	}
	if err := m.client.Create(ctx, m.store); err != nil && !errors.Is(err, esc.ErrConflict) {
		return esc.Definition{}, err
	}
	return m.client.Get(ctx, m.store)
}

// write makes one revision, if there is anything to write. It carries sync's record
// over, unless somebody has edited the store since: that must stay visible.
func (m *move) write(ctx context.Context, document *store.Document, was esc.Definition) error {
	if len(m.report.Moved) == 0 || !m.writes {
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

// without returns what is in none of the others.
func without(all []string, others ...[]string) []string {
	other := slices.Concat(others...)
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(other, s) })
}
