package sync

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

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
	Environment secrets.EnvironmentName // what applications open; the store stands beside it
	RootKey     string
	Catalog     *secrets.Catalog
	Lookup      func(name string) (string, bool) // the variables of the job
	Mark        *workflow.Mark                   // of the checkout; nil without one
	RunID       string                           // of the workflow run, GITHUB_RUN_ID; "" outside a job
	Repeated    bool                             // whether the run is not its first attempt
	Prune       bool
	DryRun      bool
}

// ErrOlder is in the error of a sync that found itself overtaken: its checkout, or
// the secrets that its run holds, are older than what the store has.
var ErrOlder = errors.New("nothing was written")

// Run syncs. The store then holds its old document or a whole new one, with its
// record. The report is whole however Run ends; its Revision is 0 when the state
// of the store is not known.
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

// newID tells this run's write from every other one: the number of the workflow
// run and something random.
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

// run is one Run under way.
type run struct {
	*Sync
	store    secrets.EnvironmentName
	id       string
	inValues bool // the service does not accept the record in the description

	base     int           // the revision that the plan is about
	revision int           // the one that holds what was planned; 0 if that is not known
	plan     plan          // of the last attempt
	sent     plan          // of the last attempt that wrote, whether it arrived or not
	edit     *esc.Revision // a hand edit that the write replaced
	wrote    bool
	problems []Problem // beside those of single secrets
}

// again reports whether reading anew and trying once more may help: somebody else
// wrote, or the service could not take our write, or did not say.
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
	record := r.record(at.record)
	edit, err := r.handEdit(ctx, at)
	if err != nil {
		return err
	}
	settled := !r.plan.arrived || edit == nil && at.record.same(record)
	if r.plan.empty() && settled || r.DryRun {
		r.revision = r.base
		return nil
	}
	record.After, record.Run = r.base, r.id
	r.plan.apply(at.document)
	r.sent, r.edit = r.plan, nil
	if !r.plan.empty() { // else the edit stays, and the record goes on with it
		r.edit = edit
	}
	return r.write(ctx, at, record)
}

// overtaken refuses a run that holds less recent secrets than the store, or a
// checkout from before: it may be the repetition of an old run.
func (r *run) overtaken(record *known) error {
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

// handEdit is the newest revision if it is not sync's. It costs a request only
// when the numbers leave a doubt.
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

// write replaces the document. One that the service may have accepted although it
// did not say so is recognised by the next attempt, which finds our record.
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
