package sync

import (
	"context"
	"fmt"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// snapshot is the newest revision of the store.
type snapshot struct {
	definition esc.Definition
	document   *store.Document
	held       contents
	record     *lastRecord
}

// lastRecord is the record of the last sync; nil if there was none.
type lastRecord struct{ store.Record }

func (last *lastRecord) same(other store.Record) bool { return last != nil && last.Same(other) }

// contents are the keys in the store's own text, and the values that it has when
// opened.
type contents struct {
	keys   []string
	values map[string]esc.Value
	first  bool // no sync has recorded anything yet
}

// read reads the newest revision and never a tagged one: the ETag of a read by
// tag is not documented.
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
		at.record = &lastRecord{record}
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
