package sync

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

const maxAttempts = 8

// Sync configures one sync. Run does not modify it.
type Sync struct {
	ESC         *esc.Client
	Environment secrets.EnvironmentName // what applications open; the store is beside it
	RootKey     string
	Catalog     *secrets.Catalog
	Lookup      func(name string) (string, bool) // the variables of the job
	Mark        *workflow.Mark                   // of the checkout; nil without one
	RunID       string                           // of the workflow run, GITHUB_RUN_ID; "" outside a job
	Repeated    bool                             // whether this is not the first attempt of the run
	Prune       bool
	DryRun      bool
	Now         func() time.Time // nil is time.Now
}

// ErrOlder is wrapped by the error of an outdated sync: its checkout, or the
// secrets that its run holds, are older than what the store has.
var ErrOlder = errors.New("nothing was written")

// Run syncs. Afterwards the store holds its old document or a whole new one, with
// its record. The report is complete however Run ends; its Revision is 0 if the
// state of the store is not known.
func (s *Sync) Run(ctx context.Context) (Report, error) {
	r := &run{Sync: s, store: s.Environment.Store(), id: s.newID()}
	err := transport.Retry(ctx, maxAttempts, again, r.attempt)
	if err != nil {
		r.revision = 0
		return r.report(), r.explain(ctx, err)
	}
	if s.Mark != nil && s.Mark.Serial > 0 && s.Mark.Catalog != s.Catalog.Digest() {
		r.problem("the catalog of this checkout is not the one that the last up declared", "pulumi up")
	}
	if !s.DryRun {
		r.verify(ctx)
	}
	return r.report(), nil
}

// newID makes an id that no other sync has: the number of the workflow run and
// something random.
func (s *Sync) newID() string {
	number := s.RunID
	if number == "" {
		number = "local"
	}
	return number + "-" + rand.Text()[:8]
}

// runNumber is the number of the workflow run in an id; 0 outside a job.
func runNumber(id string) int {
	number, _, _ := strings.Cut(id, "-")
	n, _ := strconv.Atoi(number)
	return n
}

// run is the state of one Run.
type run struct {
	*Sync
	store    secrets.EnvironmentName
	id       string
	inValues bool // the service does not accept the record in the description

	base     int           // the revision that was read
	revision int           // the one that holds what was planned; 0 if that is not known
	plan     plan          // of the last attempt
	sent     plan          // of the last attempt that wrote, whether it arrived or not
	edit     *esc.Revision // a hand edit that the write replaced
	wrote    bool
	problems []Problem // findings about no single secret
}

// again reports whether another attempt may succeed: somebody else has written,
// or the service did not take our write or did not confirm it.
func again(err error) bool {
	var failed *writeError
	return errors.Is(err, esc.ErrConflict) || errors.As(err, &failed)
}

// writeError is a write that may work a moment later and, if unsure, may have
// worked already.
type writeError struct {
	error
	unsure bool
}

func (e *writeError) Unwrap() error { return e.error }

func (e *writeError) Error() string {
	if !e.unsure {
		return e.error.Error()
	}
	return e.error.Error() + ": it may have been written; the next sync finds out"
}

// attempt reads, plans and writes, once.
func (r *run) attempt(ctx context.Context) error {
	at, err := r.read(ctx)
	if err != nil {
		return err
	}
	r.base = at.definition.Revision
	if at.record != nil && at.record.Run == r.id { // the answer to our write was lost
		r.wrote = true
	}
	if err := r.overtaken(at.record); err != nil {
		return err
	}
	r.plan = newPlan(r.Catalog, r.Lookup, at.held, r.Prune)
	edit, err := r.handEdit(ctx, at)
	if err != nil {
		return err
	}
	record := r.record(at.record, edit != nil)
	settled := !r.plan.arrived || edit == nil && at.record.same(record)
	if r.plan.empty() && settled || r.DryRun {
		r.revision = r.base
		return nil
	}
	record.After, record.Run = r.base, r.id
	r.plan.apply(at.document)
	r.sent, r.edit = r.plan, nil
	if !r.plan.empty() { // otherwise the edit stays, and only the record is new
		r.edit = edit
	}
	return r.write(ctx, at, record)
}

// overtaken refuses an old checkout and the repetition of an old run, which holds
// the secrets of its first attempt.
func (r *run) overtaken(record *lastRecord) error {
	if record == nil {
		return nil
	}
	serial := 0
	if r.Mark != nil {
		serial = r.Mark.Serial
	}
	switch last := runNumber(record.Run); {
	case serial < record.Serial:
		return fmt.Errorf("the mark of this checkout has serial %d, the store was synced with serial %d: %w", serial, record.Serial, ErrOlder)
	case serial == record.Serial && r.Repeated && runNumber(r.id) < last:
		return fmt.Errorf("this repeats run %s, the store was written by the later run %d: %w", r.RunID, last, ErrOlder)
	}
	return nil
}

// handEdit returns the newest revision if sync did not write it; nil if it did.
// It needs a request only where revision numbers are not consecutive.
func (r *run) handEdit(ctx context.Context, at snapshot) (*esc.Revision, error) {
	if at.record == nil || at.record.After+1 == r.base {
		return nil, nil
	}
	list, err := r.ESC.Revisions(ctx, r.store, 2)
	if err != nil || len(list) == 0 || at.record.Wrote(list) {
		return nil, err
	}
	return &list[0], nil
}

// write replaces the document. If the answer is lost, the next attempt finds our
// record and knows that the document was written.
func (r *run) write(ctx context.Context, at snapshot, record store.Record) error {
	at.document.SetRecord(record, r.inValues)
	revision, err := r.ESC.Update(ctx, r.store, at.document.String(), at.definition.ETag)
	var failed *esc.Error
	if errors.As(err, &failed) && failed.Status == http.StatusBadRequest && !r.inValues {
		r.inValues = true // perhaps it was the description
		return r.write(ctx, at, record)
	}
	if failed != nil && failed.Temporary() {
		return &writeError{err, failed.Status != http.StatusTooManyRequests}
	}
	if err == nil && revision == 0 {
		revision, err = r.newest(ctx)
	}
	r.revision, r.wrote = revision, err == nil
	return err
}

func (r *run) newest(ctx context.Context) (int, error) {
	list, err := r.ESC.Revisions(ctx, r.store, 1)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].Number, nil
}

// explain names both revisions when every attempt met a conflict.
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
