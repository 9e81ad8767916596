package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// What the first edition left on the store instead of a record.
const (
	firstMarkTag   = "mark"   // of the store: the date up to which everything was synced
	firstSyncedTag = "synced" // of the revision that sync wrote last
)

// State is what the last sync left behind. The zero State is a store that does
// not exist.
type State struct {
	Exists    bool
	Text      string         // of the definition, secrets encrypted
	Revisions []esc.Revision // the newest, newest first
	Record    *Record        // nil when sync never wrote the store
	FirstMark time.Time      // the date that the first edition left on a store without a record
}

// Observe reads the state of a store: with two requests, three while it has no
// record, one if it does not exist. That is not an error.
func Observe(ctx context.Context, c *esc.Client, name secrets.EnvironmentName) (State, error) {
	definition, err := c.Get(ctx, name)
	if errors.Is(err, esc.ErrNotFound) {
		return State{}, nil
	}
	if err != nil {
		return State{}, err
	}
	s := State{Exists: true, Text: definition.Text}
	if s.Revisions, err = c.Revisions(ctx, name, 3); err != nil {
		return State{}, err
	}
	// A revision that somebody wrote between the two requests is not what was read.
	if i := slices.IndexFunc(s.Revisions, func(r esc.Revision) bool { return r.Number == definition.Revision }); i > 0 {
		s.Revisions = s.Revisions[i:]
	}
	if record, ok := ReadRecord(definition.Text); ok {
		s.Record = &record
		return s, nil
	}
	text, err := c.Tag(ctx, name, firstMarkTag)
	s.FirstMark, _ = time.Parse(time.RFC3339, text) // one that is no date counts as none
	return s, err
}

// HandEdit is the newest revision, if sync did not write it. A store that sync
// never wrote has none.
func (s State) HandEdit() (esc.Revision, bool) {
	if len(s.Revisions) == 0 {
		return esc.Revision{}, false
	}
	newest := s.Revisions[0]
	switch {
	case s.Record != nil:
		return newest, !s.Record.Wrote(s.Revisions)
	case !s.FirstMark.IsZero():
		return newest, !newest.Tagged(firstSyncedTag)
	}
	return newest, false
}

// Wrote reports whether the newest of these revisions, newest first, is the one
// that the record was written with: the revision before it must be the one that
// the record names. A hand edit keeps the record and a rollback brings an old one
// back, but both replaced another revision. Numbers may have gaps.
func (r Record) Wrote(revisions []esc.Revision) bool {
	replaced := 0
	if len(revisions) > 1 {
		replaced = revisions[1].Number
	}
	return replaced == r.After
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

// Outside are the top keys, besides the root key, whose values a store gives to
// those who open it. What ESC defines for shells and for Pulumi is not one.
// https://www.pulumi.com/docs/esc/environments/syntax/reserved-properties/
func (s State) Outside(root string) []string {
	var names []string
	for _, path := range Keys(s.Text) {
		top, _, _ := strings.Cut(path, ".")
		if !slices.Contains([]string{root, recordKey, "environmentVariables", "files", "pulumiConfig"}, top) && !slices.Contains(names, top) {
			names = append(names, top)
		}
	}
	return names
}
