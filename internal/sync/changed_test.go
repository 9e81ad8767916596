package sync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// The record knows since when a value is in GitHub, whatever else moves GitHub's
// date, and says so where it does not know.
func TestSinceWhen(t *testing.T) {
	day := func(n int) time.Time { return noon.Add(time.Duration(n) * 24 * time.Hour) }
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, 1, m)
		since := func(want string) {
			t.Helper()
			if got, ok := w.record().ChangeOf(source("S0")); !ok || got.String() != want {
				t.Errorf("the value is there since %s, want %s", got, want)
			}
		}
		step := func(serial, at int, value string) {
			t.Helper()
			w.sync.Now = func() time.Time { return day(at) }
			w.set(0, value)
			w.mark(serial, day(serial))
			w.mustRun()
		}
		step(0, 0, "first")
		since("2026-08-01 or before") // the access may have moved the date
		step(5, 5, "first")
		since("2026-08-01 or before") // only the access has
		step(10, 10, "second")
		since("2026-08-11")
		step(20, 20, "second")
		since("2026-08-11")
		step(20, 25, "third") // the daily run sees it before an up moves the mark
		since("2026-08-26")
		step(24, 26, "third")
		since("2026-08-25")
		step(30, 30, "third")
		since("2026-08-25")
		w.edit(strings.Replace(w.text(), "values:", "# by hand\nvalues:", 1), "ana")
		step(30, 31, "third") // nothing moved
		since("2026-08-25")
		w.edit(strings.Replace(w.text(), "values:", "# once more\nvalues:", 1), "ana")
		step(40, 40, "fourth") // who knows what the edit was
		since("2026-09-10 or before")
		step(45, 45, "CHANGEME") // refused
		since("2026-09-10 or before")
		step(50, 50, "fifth")
		since("2026-09-20")
	})
}

// A record of an older version knows nothing, and learns from the next change on.
func TestSinceWhenOfAnOlderRecord(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.mustRun()
	var older []string
	for line := range strings.Lines(w.text()) {
		if !strings.Contains(line, "changed:") {
			older = append(older, line)
		}
	}
	w.edit(strings.Join(older, ""), "pipeline")
	w.mark(2, noon.Add(24*time.Hour))
	w.fill()
	w.mustRun() // after what looks like an edit by hand
	w.mark(3, noon.Add(48*time.Hour))
	w.set(0, "another")
	w.mustRun()
	record := w.record()
	for name, want := range map[string]string{"S0": "2026-08-03", "S1": "2026-08-02 or before"} {
		if got, _ := record.ChangeOf(source(name)); got.String() != want {
			t.Errorf("%s since %s, want %s", name, got, want)
		}
	}
}
