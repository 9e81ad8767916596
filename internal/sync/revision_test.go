package sync_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// TestRequests holds sync to its budget: at most 5 requests when nothing changed,
// at most 7 and one revision when something did. One more where revision numbers
// have gaps or answers do not have them.
func TestRequests(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, 40, m)
		more := 0
		if m.RevisionStep > 1 || m.NoRevisionHeader {
			more = 1
		}
		for _, step := range []struct {
			name                string
			change              func()
			requests, revisions int
		}{
			{"first sync", w.fill, 7, 1},
			{"no change", func() {}, 5, 0},
			{"every value changed", w.fill, 7, 1},
			{"one value changed", func() { w.set(7, "another") }, 7, 1},
			{"a value changed and the mark moved", func() { w.set(7, "a third"); w.mark(2, noon.Add(time.Hour)) }, 7, 1},
			{"the mark alone moved", func() { w.mark(3, noon.Add(2*time.Hour)) }, 7, 1},
			{"no change again", func() {}, 5, 0},
		} {
			step.change()
			w.box.ResetRequests()
			before := len(w.box.Revisions(w.store()))
			report := w.mustRun()
			if n := len(w.box.Requests()); n > step.requests+more {
				t.Errorf("%s: %d requests, at most %d allowed:\n%s", step.name, n, step.requests+more, trace(w.box.Requests()))
			}
			n := len(w.box.Revisions(w.store())) - before
			if n != step.revisions || report.Written != (n > 0) || report.Revision != w.revision() || report.Findings() > 0 {
				t.Errorf("%s: %d revisions, want %d; report %+v", step.name, n, step.revisions, report)
			}
			sameValues(t, w.sent(), w.values())
			w.checkRecord()
		}
	})
}

func trace(requests []sandbox.Request) string {
	var b strings.Builder
	for _, r := range requests {
		fmt.Fprintf(&b, "  %s %s %d\n", r.Method, r.Path, r.Status)
	}
	return b.String()
}

// What sync does not know stays as it is: other keys, imports, comments, and
// secrets as the same ciphertext.
func TestRestStays(t *testing.T) {
	w := newWorld(t, 1)
	if err := w.box.CreateEnvironment("acme-cloud/default/base", "somebody"); err != nil {
		t.Fatal(err)
	}
	w.edit(`# about this store
imports:
  - default/base: {merge: false}
values:
  environmentVariables:
    A: ${text} # used by the old job
  sophia:
    # kept for the old job
    legacy: {fn::secret: kept}
    nested: {list: [1, two, ~]}
  text: |
    two
      lines
`, "somebody")
	before := w.text()
	w.set(0, "value")
	report := w.mustRun()
	want := map[string]sync.Verdict{"s0": sync.Written, "legacy": sync.Unknown, "nested": sync.Unknown}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	var kept []string
	for _, line := range strings.Split(w.text(), "\n") {
		if strings.Contains(before, line) {
			kept = append(kept, line)
		}
	}
	if diff := cmp.Diff(strings.Split(before, "\n"), kept); diff != "" {
		t.Errorf("lines of the definition that are not there any more (-before +after):\n%s", diff)
	}

	w.sync.Prune = true
	report = w.mustRun()
	want = map[string]sync.Verdict{"s0": sync.Unchanged, "legacy": sync.Removed, "nested": sync.Removed}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" || report.Findings() != 0 {
		t.Errorf("verdicts with pruning (-want +got):\n%s", diff)
	}
	sameValues(t, w.sent(), w.values())
}

func TestDryRun(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.sync.DryRun = true
	before, text := w.revision(), w.text()
	report := w.mustRun()
	if verdicts(report)["s0"] != sync.Written || report.Written || !report.DryRun {
		t.Errorf("report %+v", report)
	}
	if w.revision() != before || w.text() != text {
		t.Error("a dry run wrote")
	}
	for _, r := range w.box.Requests() {
		if r.Method != "GET" && !strings.HasSuffix(r.Path, "/open") {
			t.Errorf("a dry run sent %s %s", r.Method, r.Path)
		}
	}
}

func TestHandEdits(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, 2, m)
		w.fill()
		if report := w.mustRun(); report.Overwritten != nil {
			t.Errorf("the first sync overwrote %v", report.Overwritten)
		}
		w.edit("values: {sophia: {s0: {fn::secret: mine}, s1: {fn::secret: mine}}}", "eve") // the record is gone
		described := !m.RefuseDescription
		if described {
			w.edit(strings.Replace(w.text(), "values:", "description: of a person\nvalues:", 1), "eve")
		}
		if report := w.mustRun(); report.Overwritten != nil || report.Findings() != 2 {
			t.Errorf("without a record nobody knows who wrote, but two values were replaced: %+v", report)
		}
		if described && !strings.Contains(w.text(), "description: of a person") {
			t.Errorf("the description is gone:\n%s", w.text())
		}
		sameValues(t, w.sent(), w.values())
		w.checkRecord()

		w.edit(regexp.MustCompile(`(?s)s0:.*?s1:`).ReplaceAllString(w.text(), "s0: {fn::secret: mine}\n    s1:"), "mallory")
		edited := w.revision()
		report := w.mustRun()
		if e := report.Overwritten; e == nil || e.Revision != edited || e.Author != "mallory" || e.Created.IsZero() || report.Findings() != 1 {
			t.Errorf("overwritten: %+v", e)
		}
		sameValues(t, w.sent(), w.values())
		w.checkRecord()

		w.edit(addKey(w.text(), "new"), "eve") // sync loses nothing of it, so it is not reported
		if report = w.mustRun(); report.Overwritten != nil || report.Findings() > 0 || w.values()["new"] != "typed" {
			t.Errorf("%+v", report)
		}
		w.checkRecord()
	})
}

// Without a mark the values are synced, and the record lists nothing as
// delivered.
func TestNoMark(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.sync.Mark = nil
	w.mustRun()
	if record := w.record(); record.Serial != 0 || len(record.Delivered) > 0 {
		t.Errorf("record %+v", record)
	}
}

func TestStoreAsItIs(t *testing.T) {
	for _, tc := range []struct {
		name, text, err string
	}{
		{"empty", "", ""},
		{"no values", "imports: []\n", ""},
		{"null root", "values:\n  sophia:\n", ""},
		{"flow style", "{values: {sophia: {other: a}}}", ""},
		{"root is a text", "values: {sophia: text}", "values.sophia is not a plain mapping"},
		{"root is a list", "values: {sophia: [1]}", "values.sophia is not a plain mapping"},
		{"root is computed", "values:\n  sophia:\n    fn::fromJSON: '{}'\n", "values.sophia is not a plain mapping"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.edit(tc.text, "somebody")
			w.fill()
			before := w.revision()
			_, err := w.run()
			if tc.err == "" {
				if err != nil {
					t.Fatal(err)
				}
				if w.values()["s0"] != w.job["SECRET_S0"] {
					t.Error("the value did not arrive")
				}
				return
			}
			if !errors.Is(err, store.ErrDefinition) || !strings.Contains(err.Error(), tc.err) || w.revision() != before {
				t.Errorf("error %v, revision %d after %d", err, w.revision(), before)
			}
		})
	}
}

func TestNoStore(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.box.DeleteEnvironment(w.store())
	if _, err := w.run(); !errors.Is(err, esc.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if _, _, ok := w.box.Definition(w.store()); ok {
		t.Error("sync made a store")
	}
}
