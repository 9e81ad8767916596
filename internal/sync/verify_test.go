package sync_test

import (
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/verify"
)

// A verification finds each hostile value equal, and any of them with a byte changed.
func TestVerifyHostileValues(t *testing.T) {
	w := newWorld(t, len(hostile))
	for i, text := range hostile {
		w.set(i, text)
		if strings.TrimSpace(text) == "" {
			w.set(i, text+"x"+text)
		}
	}
	w.mustRun()
	v := verify.Verify{ESC: w.sync.ESC, Environment: w.sync.Environment, RootKey: root, Catalog: w.sync.Catalog, Job: w.sync.Lookup}
	check := func(want int) {
		t.Helper()
		report, err := v.Run(t.Context())
		if err != nil || report.Findings() != want {
			t.Errorf("%d findings, want %d: %v", report.Findings(), want, err)
		}
	}
	check(0)
	for name, text := range w.job {
		last := text[len(text)-1]
		w.job[name] = text[:len(text)-1] + string(last^1)
	}
	check(len(hostile))
	for name := range w.job {
		w.job[name] = ""
	}
	check(0) // nothing arrived to compare with
}

// Sync ends with the same checks: what it kept has to be good as well.
func TestSyncChecksWhatItKept(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.mustRun()
	w.edit(strings.Replace(w.text(), "    s1:", "    s1: CHANGEME\n    old:", 1), "ana")
	w.sync.Catalog.Secrets[1].Required = false
	w.mark(2, noon)
	delete(w.job, "SECRET_S1")
	for _, row := range w.mustRun().Secrets {
		want := ""
		if row.Key == "s1" {
			want = "applications get one that is no good: in clear text: whoever may read the environment's definition sees it"
		}
		if row.Key != "old" && (row.Note != want && want != "" || row.Finding != (want != "")) {
			t.Errorf("%+v, want %q", row, want)
		}
	}
}
