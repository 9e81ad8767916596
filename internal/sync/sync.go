package sync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

const (
	// SyncedTag is the revision tag of what sync wrote last.
	SyncedTag = "synced"
	// MarkTag is the tag of the store with the date of the mark that the last
	// sync found in its checkout, in RFC 3339 and UTC.
	MarkTag = "mark"

	maxAttempts = 8
)

// Sync says what to bring where. It changes nothing of itself.
type Sync struct {
	ESC     *esc.Client
	Store   secrets.EnvironmentName
	RootKey string
	Catalog *secrets.Catalog
	Lookup  func(name string) (string, bool) // the variables of the job
	Mark    time.Time                        // zero: none is recorded
	Prune   bool
	DryRun  bool
}

// Run syncs. The store then holds its old document or a whole new one.
//
// The error is for what could not be done. With a report whose Revision is not
// zero, that is the store's state, and only the tags are missing; the next run
// sets them.
func (s *Sync) Run(ctx context.Context) (Report, error) {
	r := &run{Sync: s}
	err := transport.Retry(ctx, maxAttempts, again, r.attempt)
	if err != nil {
		return r.report(0), r.explain(ctx, err)
	}
	return r.finish(ctx)
}

// run is one Run under way.
type run struct {
	*Sync
	looked bool // at the revision that sync wrote last
	synced int  // its number; 0 if there is none

	base     int  // the revision that the plan is about
	revision int  // the one that holds what was planned
	plan     plan // of the attempt under way
	lost     plan // of an attempt whose outcome is not known
	wrote    bool
}

// errMoved is the conflict of a run that had nothing to write.
var errMoved = fmt.Errorf("reading the store: %w", esc.ErrConflict)

// again reports whether reading anew and trying once more may help: somebody
// else wrote, or the service could not take our write, or did not say.
func again(err error) bool {
	var failed *writeError
	return errors.Is(err, esc.ErrConflict) || errors.As(err, &failed)
}

// writeError is a write that may work a moment later, and may have worked.
type writeError struct {
	error
	unsure bool
}

func (e *writeError) Unwrap() error { return e.error }

func (e *writeError) Error() string {
	if !e.unsure {
		return e.error.Error()
	}
	return e.error.Error() + ": whether it was written is not known; the next sync finds out"
}

// attempt reads, plans and writes, once.
func (r *run) attempt(ctx context.Context) error {
	definition, err := r.read(ctx)
	if err != nil {
		return err
	}
	r.base = definition.Revision
	document, err := esc.ParseDocument(definition.Text, r.RootKey)
	if err != nil {
		return fmt.Errorf("reading environment %s: %w", r.Store, err)
	}
	now := live{keys: document.Keys()}
	if len(now.keys) > 0 {
		opened, err := r.ESC.OpenAt(ctx, r.Store, definition.Revision)
		if err != nil {
			return err
		}
		root, _ := opened.At(r.RootKey)
		now.values = root.Object
	}
	r.plan = newPlan(r.Catalog, r.Lookup, now, r.Prune)
	if r.plan.empty() || r.DryRun {
		return r.confirm(ctx)
	}
	r.plan.apply(document)
	return r.write(ctx, document.String(), definition.ETag)
}

// read gets the definition to start from. The first guess is the revision that
// sync wrote last: mostly it is the newest, and then one request tells both what
// is there and that nobody edited it, because the write is refused or confirm
// fails if it is not.
func (r *run) read(ctx context.Context) (esc.Definition, error) {
	if !r.looked {
		r.looked = true
		definition, err := r.ESC.GetAt(ctx, r.Store, SyncedTag)
		r.synced = definition.Revision
		if err == nil && definition.ETag != "" && definition.Revision > 0 {
			return definition, nil
		}
		if err != nil && !errors.Is(err, esc.ErrNotFound) {
			return definition, err
		}
	}
	return r.ESC.Get(ctx, r.Store)
}

// confirm makes sure that the revision that was read is the newest.
func (r *run) confirm(ctx context.Context) error {
	newest, err := r.newest(ctx)
	if err == nil && newest != r.base {
		return errMoved
	}
	r.revision = r.base
	return err
}

func (r *run) newest(ctx context.Context) (int, error) {
	list, err := r.ESC.Revisions(ctx, r.Store, 1)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].Number, nil
}

// write replaces the document. One that the service may have taken although it
// did not say so is remembered.
func (r *run) write(ctx context.Context, text, etag string) error {
	revision, err := r.ESC.Update(ctx, r.Store, text, etag)
	if err == nil && revision == 0 {
		revision, err = r.newest(ctx)
	}
	var failed *esc.Error
	if errors.As(err, &failed) && failed.Temporary() {
		unsure := failed.Status != http.StatusTooManyRequests
		if unsure {
			r.lost = r.plan
		}
		return &writeError{err, unsure}
	}
	r.revision, r.wrote = revision, err == nil
	return err
}

// finish records what was done: first which revision is ours, then the mark.
func (r *run) finish(ctx context.Context) (Report, error) {
	if r.plan.empty() && len(r.lost.rows) > 0 {
		r.plan, r.wrote = r.lost, true // it did arrive
	}
	report := r.report(r.revision)
	if r.DryRun {
		return report, nil
	}
	var err error
	if r.wrote {
		report.Overwritten, err = r.handEdits(ctx)
	}
	if err == nil && r.revision != r.synced {
		err = r.ESC.TagRevision(ctx, r.Store, SyncedTag, r.revision)
	}
	if err == nil && !r.Mark.IsZero() {
		err = r.ESC.SetTag(ctx, r.Store, MarkTag, r.Mark.UTC().Format(time.RFC3339))
	}
	return report, err
}

// handEdits are the revisions after the last one of sync's that the write
// replaced.
func (r *run) handEdits(ctx context.Context) ([]Edit, error) {
	edits := []Edit{}
	if r.synced == 0 || r.base <= r.synced {
		return edits, nil
	}
	list, err := r.ESC.Revisions(ctx, r.Store, min(r.revision-r.synced, 100))
	for _, v := range list {
		if v.Number > r.synced && v.Number <= r.base && !v.Tagged(SyncedTag) {
			edits = append(edits, Edit{v.Number, v.Author, v.Created})
		}
	}
	return edits, err
}

// explain names both revisions when somebody was always faster.
func (r *run) explain(ctx context.Context, err error) error {
	if !errors.Is(err, esc.ErrConflict) {
		return err
	}
	newest, failed := r.newest(ctx)
	if failed != nil {
		return fmt.Errorf("%w: revision %d was read", err, r.base)
	}
	return fmt.Errorf("%w: revision %d was read, but revision %d is there now", err, r.base, newest)
}
