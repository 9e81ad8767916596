package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
)

// steps are the requests of a sync that changes values.
var steps = []string{"read", "open", "read what was opened", "write", "open the environment", "read what was opened of it"}

const write = 3 // the step with an effect

// trouble is a fault, the error that it causes, and whether sync recovers from one
// of it.
type trouble struct {
	name  string
	fault sandbox.Fault
	says  string
	heals bool
}

// at is the trouble from a step on.
func (f trouble) at(step, times int) trouble {
	f.name = fmt.Sprintf("%s, %s, %d times", steps[step], f.name, times)
	f.fault.Skip, f.fault.Times = step, times
	f.heals = f.heals && times == 1 && step <= write
	return f
}

// faults are what may happen to a request.
var faults = []trouble{
	{"400", sandbox.Fault{Status: 400}, "400 Bad Request", false},
	{"401", sandbox.Fault{Status: 401}, "401 Unauthorized: the Pulumi access token is missing", false},
	{"403", sandbox.Fault{Status: 403}, "403 Forbidden: the Pulumi access token lacks the permission environment:", false},
	{"404", sandbox.Fault{Status: 404}, "404 Not Found", false},
	{"409", sandbox.Fault{Status: 409}, "409 Conflict", true},
	{"429", sandbox.Fault{Status: 429, RetryAfter: time.Second}, "429 Too Many Requests", true},
	{"500", sandbox.Fault{Status: 500}, "500 Internal Server Error", true},
	{"502", sandbox.Fault{Status: 502}, "502 Bad Gateway", true},
	{"503", sandbox.Fault{Status: 503}, "503 Service Unavailable", true},
	{"500 after the effect", sandbox.Fault{Status: 500, After: true}, "500 Internal Server Error", true},
	{"delay", sandbox.Fault{Delay: time.Minute}, "out of time", false},
	{"delay after the effect", sandbox.Fault{Delay: 3 * time.Second, After: true}, "out of time", false},
	{"drop", sandbox.Fault{Drop: true}, "EOF", true},
	{"drop after the effect", sandbox.Fault{Drop: true, After: true}, "EOF", true},
	{"truncated", sandbox.Fault{Truncate: true}, "EOF", true},
}

// TestFaults injects every fault into every request: once, twice in a row, and
// for ever. Afterwards the store holds the old values and record or the new ones,
// and an incomplete sync says why. The next one, without the fault, completes it,
// with one revision in all and no hand edit reported.
func TestFaults(t *testing.T) {
	var all [][]trouble
	for step := range steps {
		for _, f := range faults {
			for _, times := range []int{1, 2, 0} {
				all = append(all, []trouble{f.at(step, times)})
			}
		}
	}
	withEach(t, func(t *testing.T, m sandbox.Manners) { strikeEach(t, m, all) })
}

// TestPairsOfFaults loses the answer to the write, and then strikes the request by
// which sync would find that out.
func TestPairsOfFaults(t *testing.T) {
	var all [][]trouble
	for _, first := range faults {
		for _, second := range faults {
			if lost := first.fault.After || first.fault.Truncate; lost && first.heals && second.fault.Delay == 0 {
				all = append(all, []trouble{first.at(write, 1), second.at(write, 1)})
			}
		}
	}
	withEach(t, func(t *testing.T, m sandbox.Manners) { strikeEach(t, m, all) })
}

// strikeEach runs a strike for each group of troubles, many at once.
func strikeEach(t *testing.T, m sandbox.Manners, groups [][]trouble) {
	t.Helper()
	var running gosync.WaitGroup
	slots := make(chan struct{}, 24)
	for _, group := range groups {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			var names []string
			for _, f := range group {
				names = append(names, f.name)
			}
			for _, problem := range strike(t, m, group) {
				t.Errorf("%s: %s", strings.Join(names, "; then "), problem)
			}
		})
	}
	running.Wait()
}

// strike runs a sync with these troubles and one without.
func strike(t *testing.T, m sandbox.Manners, group []trouble) (problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	w := newWorldWith(t, 5, m)
	w.fill()
	start := time.Now()
	w.mustRun()
	healthy := time.Since(start)
	old, before, oldRecord := w.sent(), len(w.box.Revisions(w.store())), w.record()
	w.fill()
	w.mark(2, noon.Add(time.Hour))
	limit, heals := time.Minute, len(group) == 1 && group[0].heals
	for _, f := range group {
		w.box.Inject(f.fault)
		if f.fault.Delay > 0 || f.fault.Times == 0 { // it would last until the limit
			limit = 2500*time.Millisecond + 20*healthy // on a busy machine nothing is quick
		}
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, errors.New("out of time"))
	defer cancel()
	report, err := w.sync.Run(ctx)
	w.box.ClearFaults()

	now, record := w.values(), w.record()
	isNew := cmp.Equal(now, w.sent()) && record.Serial == 2
	isOld := cmp.Equal(now, old) && cmp.Equal(record, oldRecord)
	if !isNew && !isOld {
		complain("the store holds a mix: %d keys, serial %d", len(now), record.Serial)
	}
	switch {
	case heals && (err != nil || !report.Written):
		complain("sync did not get over it: %v; written: %v", err, report.Written)
	case err == nil && !isNew:
		complain("the sync ended well and the old values are there")
	case err != nil && !said(group, err.Error()):
		complain("error %q does not say what happened", err)
	case err != nil && report.Revision > 0:
		complain("the sync failed and the report claims revision %d", report.Revision)
	case len(report.Problems) > 0 && group[len(group)-1].fault.Status == http.StatusNotFound:
		// Sync takes the environment for a missing one.
	case len(report.Problems) > 0 && !said(group, report.Problems[0].Message):
		complain("problem %q does not say what happened", report.Problems[0].Message)
	}
	next, err2 := w.run()
	if err2 != nil {
		complain("the next sync: %v", err2)
	}
	if report.Overwritten != nil || next.Overwritten != nil || next.Findings() > 0 {
		complain("somebody is accused: %v, %v, %v", report.Overwritten, next.Overwritten, next.Problems)
	}
	if !cmp.Equal(w.values(), w.sent()) {
		complain("the next sync did not bring the values")
	}
	if n := len(w.box.Revisions(w.store())) - before; n != 1 {
		complain("%d revisions", n)
	}
	w.checkRecord()
	return problems
}

// said reports whether a message names one of the troubles.
func said(group []trouble, message string) bool {
	return slices.ContainsFunc(group, func(f trouble) bool { return strings.Contains(message, f.says) })
}

// TestConcurrentSyncs runs up to eight syncs of the same values at once, while a
// person edits. No key and no edit of an unknown key is lost, and after one more
// sync the record is right.
func TestConcurrentSyncs(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		for _, n := range []int{2, 4, 8} {
			t.Run(fmt.Sprint(n), func(t *testing.T) { concurrently(t, n, 3, m) })
		}
	})
}

// Concurrent syncs report no hand edit: nobody made one.
func TestConcurrentSyncsAccuseNobody(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		for range 5 {
			for _, report := range concurrently(t, 8, 0, m) {
				if report.Overwritten != nil || report.Findings() > 0 {
					t.Errorf("%+v", report)
				}
			}
		}
	})
}

// concurrently runs n syncs of the same values, and edits in between.
func concurrently(t *testing.T, n, edits int, m sandbox.Manners) []sync.Report {
	t.Helper()
	w := newWorldWith(t, 20, m)
	w.fill()
	w.mustRun()
	for i := range 10 {
		w.set(i, fmt.Sprintf("new %d", i))
	}
	w.box.SetLatency(2 * time.Millisecond)
	start := len(w.box.Revisions(w.store()))
	reports := make(chan sync.Report, n)
	var running gosync.WaitGroup
	for range n {
		running.Go(func() {
			report, err := w.run()
			if err != nil {
				t.Errorf("syncing: %v", err)
			}
			reports <- report
		})
	}
	for i := range edits {
		time.Sleep(3 * time.Millisecond)
		w.edit(addKey(w.text(), fmt.Sprintf("hand%d", i)), "eve")
	}
	running.Wait()
	close(reports)
	w.box.SetLatency(0)
	w.mustRun()
	want := maps.Clone(w.sent())
	for i := range edits {
		want[fmt.Sprintf("hand%d", i)] = "typed"
	}
	sameValues(t, want, w.values())
	w.checkRecord()
	if got := len(w.box.Revisions(w.store())) - start - edits; got < 1 || got > 4 {
		t.Errorf("%d revisions by %d syncs of the same values beside %d edits", got, n, edits)
	}
	var all []sync.Report
	for r := range reports {
		all = append(all, r)
	}
	return all
}

// addKey edits as a person does: it adds a line.
func addKey(text, key string) string {
	return regexp.MustCompile(`(?m)^  sophia:$`).ReplaceAllString(text, "  sophia:\n    "+key+": {fn::secret: typed}")
}

// If every attempt meets a conflict, sync gives up and names both revisions.
func TestGivesUp(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.box.Inject(sandbox.Fault{Method: http.MethodPatch, Path: `/test-store$`, Status: http.StatusConflict})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	report, err := w.sync.Run(ctx)
	want := fmt.Sprintf("revision %d was read, but revision %d is there now", w.revision(), w.revision())
	if err == nil || !strings.Contains(err.Error(), want) || report.Revision != 0 {
		t.Errorf("error %v; report %+v", err, report)
	}
	patches := 0
	for _, r := range w.box.Requests() {
		if r.Method == http.MethodPatch {
			patches++
		}
	}
	if patches < 2 || patches > 8 {
		t.Errorf("%d attempts", patches)
	}
}

// Sync waits as long as the service asks.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.box.Inject(sandbox.Fault{Method: http.MethodGet, Path: `/test-store$`, Status: 503, RetryAfter: time.Second, Times: 1})
	start := time.Now()
	w.mustRun()
	if took := time.Since(start); took < time.Second || took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestInterrupted(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.mustRun()
	w.box.Inject(sandbox.Fault{Path: "/open$", Delay: time.Minute})
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("told to stop")) })
	start := time.Now()
	if _, err := w.sync.Run(ctx); err == nil || !strings.Contains(err.Error(), "told to stop") || time.Since(start) > time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}
