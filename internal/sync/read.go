package sync

import (
	"context"
	"fmt"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// snapshot is the newest revision of the store, to be changed.
type snapshot struct {
	definition esc.Definition
	document   *store.Document
	held       held
	record     *known
}

// known is the record of the last sync; nil when there was none.
type known struct{ store.Record }

func (k *known) same(other store.Record) bool { return k != nil && k.Same(other) }

// held is what the store holds: the keys that its own text has, and the values
// that it gives when opened.
type held struct {
	keys   []string
	values map[string]esc.Value
	first  bool // no sync has recorded anything yet
}

// read starts from the newest revision, never from a tagged one: which ETag a read
// by tag carries is not documented.
func (r *run) read(ctx context.Context) (snapshot, error) {
	var at snapshot
	var err error
	if at.definition, err = r.ESC.Get(ctx, r.store); err != nil {
		return at, err
	}
	if at.document, err = store.ParseDocument(at.definition.Text, r.RootKey); err != nil {
		return at, fmt.Errorf("reading environment %s: %w", r.store, err)
	}
	if record, ok := store.ReadRecord(at.definition.Text); ok {
		at.record = &known{record}
	}
	at.held.first = at.record == nil
	if at.definition.Revision == 0 {
		if at.definition.Revision, err = r.newest(ctx); err != nil {
			return at, err
		}
	}
	if at.held.keys = at.document.Keys(); len(at.held.keys) == 0 {
		return at, nil
	}
	opened, err := r.ESC.OpenAt(ctx, r.store, at.definition.Revision)
	root, _ := opened.At(r.RootKey)
	at.held.values = root.Object
	return at, err
}
