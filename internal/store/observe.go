package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const (
	// SyncedTag is the revision tag of what sync wrote last.
	SyncedTag = "synced"
	// MarkTag is the tag of the store with the date of the mark that the last
	// sync found in its checkout, in RFC 3339 and UTC.
	MarkTag = "mark"

	// observedRevisions is how far back a hand edit is looked for. Only the
	// newest revision decides.
	observedRevisions = 5
)

// Reader reads what a sync leaves behind; *esc.Client is one.
type Reader interface {
	Get(ctx context.Context, name secrets.EnvironmentName) (esc.Definition, error)
	Revisions(ctx context.Context, name secrets.EnvironmentName, count int) ([]esc.Revision, error)
	Tags(ctx context.Context, name secrets.EnvironmentName) (map[string]string, error)
}

// State is what the last sync left behind. The zero State is a store that does
// not exist.
type State struct {
	Exists    bool
	Text      string         // of the definition, secrets encrypted
	Mark      time.Time      // the mark that the last sync recorded; zero: never
	Revisions []esc.Revision // the newest, newest first
}

// Observe reads the state of a store in three requests, one if it does not
// exist, which is no error.
func Observe(ctx context.Context, r Reader, name secrets.EnvironmentName) (State, error) {
	definition, err := r.Get(ctx, name)
	if errors.Is(err, esc.ErrNotFound) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	s := State{Exists: true, Text: definition.Text}
	if s.Revisions, err = r.Revisions(ctx, name, observedRevisions); err != nil {
		return State{}, err
	}
	tags, err := r.Tags(ctx, name)
	if err != nil {
		return State{}, err
	}
	s.Mark, _ = time.Parse(time.RFC3339, tags[MarkTag]) // one that is no date counts as none
	return s, nil
}

// HandEdit is the newest revision if it was written after sync wrote its last. A
// store that sync never wrote has none.
func (s State) HandEdit() (esc.Revision, bool) {
	if s.Mark.IsZero() || len(s.Revisions) == 0 || s.Revisions[0].Tagged(SyncedTag) {
		return esc.Revision{}, false
	}
	return s.Revisions[0], true
}

// Keys are the keys under the root key.
func (s State) Keys(root string) []string {
	var keys []string
	for _, path := range Keys(s.Text) {
		if key, ok := strings.CutPrefix(path, root+"."); ok {
			keys = append(keys, key)
		}
	}
	return keys
}
