package sync_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

func source(name string) workflow.Source {
	return workflow.Source{Level: workflow.Organization, Name: name}
}

// What could not be delivered keeps its old line, with the reason, so that the
// store does not look up to date.
func TestUndelivered(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, 4, m)
		w.fill()
		w.mustRun()
		first := noon.Format(time.RFC3339)
		w.fill()
		w.set(0, "CHANGEME")
		w.set(1, "")
		delete(w.job, "SECRET_S2")
		w.mark(2, noon.Add(time.Hour))
		if report := w.mustRun(); report.Findings() != 3 {
			t.Errorf("%d findings: %+v", report.Findings(), report.Secrets)
		}
		record := w.record()
		want := workflow.Sources{source("S0"): first, source("S1"): first, source("S2"): first, source("S3"): noon.Add(time.Hour).Format(time.RFC3339)}
		if diff := cmp.Diff(want, record.Delivered); diff != "" || record.Serial != 2 {
			t.Errorf("serial %d, delivered: %s", record.Serial, diff)
		}
		want = workflow.Sources{source("S0"): placeholder("changeme"), source("S1"): "arrived empty", source("S2"): "not passed by the workflow"}
		if diff := cmp.Diff(want, record.Undelivered); diff != "" {
			t.Error(diff)
		}
		w.fill()
		w.mustRun()
		w.checkRecord()
	})
}

// A run that received no value leaves the record as it is, serial included.
func TestPassedNothing(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.mustRun()
	before, text := w.record(), w.text()
	for name := range w.job {
		w.job[name] = ""
	}
	w.mark(2, noon.Add(time.Hour))
	if report := w.mustRun(); report.Findings() != 2 || report.Written {
		t.Errorf("%+v", report)
	}
	if !cmp.Equal(before, w.record()) || w.text() != text {
		t.Error("the store was written")
	}
}

// A repeated run may hold the secrets, the catalog and the mark of its first
// attempt. It writes nothing and says so.
func TestOldRuns(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		for name, tc := range map[string]struct {
			serial   int
			run      string
			repeated bool
			refused  string // "" if it may write
		}{
			"an older checkout":          {4, "2000", false, "the mark of this checkout has serial 4, the store was synced with serial 5: nothing was written"},
			"a checkout without a mark":  {0, "2000", false, "has serial 0"},
			"a repeated older run":       {5, "999", true, "this repeats run 999, the store was written by the later run 1000: nothing was written"},
			"the same run again":         {5, "1000", true, ""},
			"a repeated newer run":       {5, "1001", true, ""},
			"by hand":                    {5, "", false, ""},
			"numbers that do not ascend": {5, "999", false, ""},
		} {
			t.Run(name, func(t *testing.T) {
				w := newWorldWith(t, 2, m)
				w.fill()
				w.mark(5, noon)
				w.sync.RunID = "1000"
				w.mustRun()
				before := w.text()
				w.fill()
				if w.mark(tc.serial, noon); tc.serial == 0 {
					w.sync.Mark = nil
				}
				w.sync.RunID, w.sync.Repeated = tc.run, tc.repeated
				_, err := w.run()
				if (err != nil) != (tc.refused != "") || err != nil && (!errors.Is(err, sync.ErrOlder) || !strings.Contains(err.Error(), tc.refused)) {
					t.Errorf("error %v, want %q", err, tc.refused)
				}
				if (w.text() == before) != (tc.refused != "") {
					t.Error("what was written is not what should be")
				}
			})
		}
	})
}

// Sync removes retired keys and keeps undeclared ones, which are not a finding;
// every key of a secret serves its value.
func TestKeysThatComeAndGo(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.mustRun()
	c := catalog(2)
	c.Secrets[0].Key, c.Secrets[0].MoreKeys = "renamed", []string{"s0"}
	c.Retired = []string{"s1", "never_there"}
	c.Secrets[1].Key = "other"
	w.sync.Catalog = c
	w.mark(2, noon)
	w.edit(addKey(w.text(), "by_hand"), "eve")
	report := w.mustRun()
	want := map[string]sync.Verdict{"renamed": sync.Written, "other": sync.Written, "s1": sync.Removed, "by_hand": sync.Unknown}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Error(diff)
	}
	sameValues(t, map[string]any{"renamed": w.job["SECRET_S0"], "s0": w.job["SECRET_S0"], "other": w.job["SECRET_S1"], "by_hand": "typed"}, w.values())
	if report := w.mustRun(); report.Findings() > 0 || report.Written {
		t.Errorf("%+v", report)
	}
}

// The catalog of the checkout must be the one that up declared.
func TestCatalogThatUpDidNotDeclare(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.sync.Catalog.Secrets[0].Key = "renamed"
	report := w.mustRun()
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0].Message, "the catalog of this checkout") || w.record().Catalog != w.sync.Catalog.Digest() {
		t.Errorf("%+v", report)
	}
}

// A key of the environment overrides the store's; a missing or unreadable
// environment serves nothing. Sync reports all of these.
func TestApplicationsGetSomethingElse(t *testing.T) {
	for name, tc := range map[string]struct {
		meddle func(*world)
		want   string
	}{
		"overridden": {func(w *world) { w.declare("values:\n  sophia:\n    s0: mine\n") }, "applications do not get this value"},
		"in clear":   {func(w *world) { w.declare("values:\n  sophia:\n    s0: " + w.job["SECRET_S0"] + "\n") }, "applications do not get this value"},
		"no import":  {func(w *world) { w.declare("values: {}\n") }, "applications do not get this value"},
		"gone":       {func(w *world) { w.box.DeleteEnvironment(w.sync.Environment.String()) }, "does not exist"},
		"forbidden": {func(w *world) {
			w.box.Inject(sandbox.Fault{Path: "/test/open", Status: 403})
		}, "cannot tell whether applications get these values"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.fill()
			tc.meddle(w)
			report := w.mustRun()
			var said strings.Builder
			if err := report.WriteText(&said); err != nil {
				t.Fatal(err)
			}
			if report.Findings() != 1 || !strings.Contains(said.String(), tc.want) || strings.Contains(said.String(), w.job["SECRET_S0"]) {
				t.Errorf("%d findings:\n%s", report.Findings(), said.String())
			}
			w.checkRecord()
		})
	}
}

// declare replaces the environment's definition; an import of the store stays.
func (w *world) declare(text string) {
	w.Helper()
	if !strings.HasPrefix(text, "values: {}") {
		text = "imports:\n  - default/test-store\n" + text
	}
	if err := w.box.SetDefinition(w.sync.Environment.String(), text, "eve"); err != nil {
		w.Fatal(err)
	}
}

// A rollback brings back the old record with the old values: sync writes exactly
// what differs, and takes none of the syncs in between for a hand edit.
func TestRollback(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, 3, m)
		w.fill()
		w.mustRun()
		old := w.text()
		for i := range 2 {
			w.set(i, "rotated")
			w.mark(i+2, noon.Add(time.Hour))
			w.mustRun()
		}
		w.edit(old, "ana")
		rolled := w.revision()
		report := w.mustRun()
		want := map[string]sync.Verdict{"s0": sync.Written, "s1": sync.Written, "s2": sync.Unchanged}
		if diff := cmp.Diff(want, verdicts(report)); diff != "" || report.Overwritten == nil || report.Overwritten.Revision != rolled {
			t.Errorf("overwritten %+v, verdicts %s", report.Overwritten, diff)
		}
		sameValues(t, w.sent(), w.values())
		w.checkRecord()
	})
}

// A store of the first edition, with tags and without a record, is taken over.
func TestFirstEdition(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.set(0, "old")
	w.edit("values:\n  sophia:\n    s0: {fn::secret: old}\n    legacy: {fn::secret: kept}\n", "pipeline")
	report := w.mustRun()
	if report.Findings() > 0 || report.Overwritten != nil {
		t.Errorf("%+v", report)
	}
	w.checkRecord()
}
