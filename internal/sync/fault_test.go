package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// requests are the steps of a sync that changes values and moves the mark.
var requests = []struct{ name, method, path string }{
	{"read", http.MethodGet, `/versions/synced$`},
	{"open", http.MethodPost, `/open$`},
	{"read what was opened", http.MethodGet, `/open/`},
	{"write", http.MethodPatch, `/test-store$`},
	{"tag the revision", http.MethodPatch, `/versions/tags/synced$`},
	{"read the tags", http.MethodGet, `/test-store/tags$`},
	{"set the mark", http.MethodPatch, `/test-store/tags/mark$`},
}

// faults are what may happen to a request, what the message then says, and
// whether sync gets over it when it happens once.
var faults = []struct {
	name  string
	fault sandbox.Fault
	says  string
	heals bool
}{
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

// TestFaults puts every fault on every request, once and for ever. Afterwards
// the store holds the old values or the new ones; a sync that did not do it all
// says why; the next one, without the fault, completes it with one revision in
// all.
func TestFaults(t *testing.T) {
	var running gosync.WaitGroup
	slots := make(chan struct{}, 24)
	for _, request := range requests {
		for _, f := range faults {
			for _, times := range []int{1, 0} {
				name := fmt.Sprintf("%s, %s, %d times", request.name, f.name, times)
				fault := f.fault
				fault.Method, fault.Path, fault.Times = request.method, request.path, times
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					for _, problem := range strike(t, fault, f.says, f.heals && times == 1) {
						t.Errorf("%s: %s", name, problem)
					}
				})
			}
		}
	}
	running.Wait()
}

// strike runs a sync with a fault and one without.
func strike(t *testing.T, fault sandbox.Fault, says string, heals bool) (problems []string) {
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	w := newWorld(t, 5)
	w.fill()
	w.mustRun()
	old, before := w.sent(), w.revision()
	w.fill()
	w.sync.Mark = noon.Add(time.Hour)
	remove := w.box.Inject(fault)
	ctx, cancel := context.WithTimeoutCause(context.Background(), 2500*time.Millisecond, errors.New("out of time"))
	defer cancel()
	report, err := w.sync.Run(ctx)
	remove()

	now := w.values()
	isNew := cmp.Equal(now, w.sent())
	if !isNew && !cmp.Equal(now, old) {
		complain("the store holds a mix: %d keys", len(now))
	}
	switch {
	case heals && (err != nil || !report.Written):
		complain("sync did not get over it: %v; written: %v", err, report.Written)
	case err == nil && !isNew:
		complain("the sync ended well and the old values are there")
	case err != nil && fault.Status == http.StatusNotFound && errors.Is(err, esc.ErrConflict):
		// The tag was found missing, made, and found to be there.
	case err != nil && !strings.Contains(err.Error(), says):
		complain("error %q does not say %q", err, says)
	case err != nil && report.Revision > 0 && !isNew:
		complain("the report claims revision %d, and the old values are there", report.Revision)
	case err == nil:
		w.checkTags()
	}
	if _, err := w.run(); err != nil {
		complain("the next sync: %v", err)
	}
	if !cmp.Equal(w.values(), w.sent()) {
		complain("the next sync did not bring the values")
	}
	if n := w.revision() - before; n != 1 {
		complain("%d revisions", n)
	}
	w.checkTags()
	return problems
}

// TestConcurrentSyncs lets up to eight syncs of the same values run at once, and
// a person edit in between. No key is lost, no edit to an unknown key is lost,
// and the tags are right after one more sync.
func TestConcurrentSyncs(t *testing.T) {
	for _, n := range []int{2, 4, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, 20)
			w.fill()
			w.mustRun()
			for i := range 10 {
				w.set(i, fmt.Sprintf("new %d", i))
			}
			w.box.SetLatency(2 * time.Millisecond)
			start, edits := w.revision(), 0
			failures := make(chan error, n)
			var running gosync.WaitGroup
			for range n {
				running.Go(func() {
					if _, err := w.run(); err != nil {
						failures <- err
					}
				})
			}
			for ; edits < 3; edits++ {
				time.Sleep(3 * time.Millisecond)
				w.edit(addKey(w.text(), fmt.Sprintf("hand%d", edits)), "eve")
			}
			running.Wait()
			close(failures)
			for err := range failures {
				t.Errorf("syncing: %v", err)
			}
			w.box.SetLatency(0)
			w.mustRun()
			want := maps.Clone(w.sent())
			for i := range edits {
				want[fmt.Sprintf("hand%d", i)] = "typed"
			}
			sameValues(t, want, w.values())
			w.checkTags()
			if got := w.revision() - start - edits; got < 1 || got > 4 {
				t.Errorf("%d revisions by %d syncs of the same values beside %d edits", got, n, edits)
			}
		})
	}
}

// addKey is how a person edits: the text as it is, with a line more.
func addKey(text, key string) string {
	return regexp.MustCompile(`(?m)^  sophia:$`).ReplaceAllString(text, "  sophia:\n    "+key+": {fn::secret: typed}")
}

// Somebody who is always faster makes sync give up, and say which revisions met.
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

// A service that asks to wait is waited for, and not asked before.
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
