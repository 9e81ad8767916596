package sync

import (
	"context"
	"errors"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// observedRevisions is how far back a hand edit is looked for. Only the newest
// revision decides.
const observedRevisions = 5

// StoreReader reads what a sync leaves behind; *esc.Client is one.
type StoreReader interface {
	Revisions(ctx context.Context, name secrets.EnvironmentName, count int) ([]esc.Revision, error)
	Tags(ctx context.Context, name secrets.EnvironmentName) (map[string]string, error)
}

// Observe reads what the last sync left behind in store, in two requests. A
// store that is not there is no error.
func Observe(ctx context.Context, r StoreReader, store secrets.EnvironmentName) (drift.Store, error) {
	revisions, err := r.Revisions(ctx, store, observedRevisions)
	if errors.Is(err, esc.ErrNotFound) {
		return drift.Store{}, nil
	}
	if err != nil {
		return drift.Store{}, err
	}
	tags, err := r.Tags(ctx, store)
	if err != nil {
		return drift.Store{}, err
	}
	s := drift.Store{Exists: true}
	s.Mark, _ = time.Parse(time.RFC3339, tags[MarkTag]) // one that is no date counts as none
	for _, v := range revisions {
		s.Revisions = append(s.Revisions, drift.Revision{
			Number: v.Number, Created: v.Created, Author: v.Author, Synced: v.Tagged(SyncedTag),
		})
	}
	return s, nil
}
