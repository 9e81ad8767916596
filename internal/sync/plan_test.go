package sync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func placeholder(pattern string) string {
	return fmt.Sprintf("a placeholder (%q): allow_placeholder in the catalog if it is real", pattern)
}

// TestVerdicts brings one secret to a store that holds a value for it or not,
// beside another that always goes through.
func TestVerdicts(t *testing.T) {
	const jobToken = "ghs_" + "0123456789abcdefghijklmnopqrstuvwxyz"
	for _, tc := range []struct {
		name    string
		job     map[string]string // on top of a good S1
		format  string
		note    string
		verdict sync.Verdict // when the store has a value; Kept without one is Missing
	}{
		{"another value", map[string]string{"SECRET_S0": "new"}, "", "", sync.Written},
		{"the same value", map[string]string{"SECRET_S0": "old"}, "", "", sync.Unchanged},
		{"not passed", nil, "", "not passed by the workflow", sync.Kept},
		{"empty", map[string]string{"SECRET_S0": ""}, "", "arrived empty", sync.Kept},
		{"blank", map[string]string{"SECRET_S0": " \n\t"}, "", "blank", sync.Refused},
		{"PLACEHOLDER", map[string]string{"SECRET_S0": "PLACEHOLDER_KEY"}, "", placeholder("placeholder"), sync.Refused},
		{"changeme", map[string]string{"SECRET_S0": "ChangeMe\n"}, "", placeholder("changeme"), sync.Refused},
		{"your-", map[string]string{"SECRET_S0": "your-api-key"}, "", placeholder("your-key"), sync.Refused},
		{"<...>", map[string]string{"SECRET_S0": "<token>"}, "", placeholder("angle brackets"), sync.Refused},
		{"xxx", map[string]string{"SECRET_S0": "xxxxxx"}, "", placeholder("xxx"), sync.Refused},
		{"wrong format", map[string]string{"SECRET_S0": "new"}, "prefix:sk-", "not of the format prefix:sk-: change format in the catalog if it is real", sync.Refused},
		{"right format", map[string]string{"SECRET_S0": "sk-new"}, "prefix:sk-", "", sync.Written},
		{"48 KB", map[string]string{"SECRET_S0": strings.Repeat("k", 48<<10)}, "", "", sync.Written},
		{"over 48 KB", map[string]string{"SECRET_S0": strings.Repeat("k", 48<<10+1)}, "", "49153 bytes, over the 49152 of GitHub", sync.Refused},
		{"no UTF-8", map[string]string{"SECRET_S0": "a\xffb"}, "", "not valid UTF-8", sync.Refused},
		{"job token", map[string]string{"SECRET_S0": jobToken}, "", `a job token of GitHub, dead after the job ("ghs_"): allow_placeholder in the catalog if it is real`, sync.Refused},
		{"alias only", map[string]string{"SECRET_OTHER": "new"}, "", "", sync.Written},
		{"alias and an empty name", map[string]string{"SECRET_S0": "", "SECRET_OTHER": "new"}, "", "", sync.Written},
		{"alias of the same value", map[string]string{"SECRET_S0": "new", "SECRET_OTHER": "new"}, "", "", sync.Written},
		{"alias that differs", map[string]string{"SECRET_S0": "new", "SECRET_OTHER": "newer"}, "", "S0 and OTHER differ", sync.Refused},
	} {
		for _, stored := range []bool{true, false} {
			name := tc.name + ", nothing stored"
			if stored {
				name = tc.name + ", a value stored"
			}
			t.Run(name, func(t *testing.T) {
				format := formatOf(t, tc.format)
				w := newWorld(t, 2)
				if stored {
					w.edit("values:\n  sophia:\n    s0: {fn::secret: old}\n", "somebody")
				}
				s := &w.sync.Catalog.Secrets[0]
				s.Aliases, s.Format = []string{"OTHER"}, format
				w.job["SECRET_S1"] = "good"
				for k, v := range tc.job {
					w.job[k] = v
				}
				report := w.mustRun()

				want := sync.Row{Name: "S0", Key: "s0", Verdict: tc.verdict, Note: tc.note}
				if stored && tc.verdict == sync.Written {
					want.Note = "replaced the value that stood there before the first sync"
				}
				want.Finding = want.Note != ""
				after := map[string]any{"s1": "good"}
				switch {
				case tc.verdict == sync.Written || (tc.verdict == sync.Unchanged && !stored):
					want.Verdict = sync.Written
					after["s0"] = w.job["SECRET_S0"]
					if w.job["SECRET_S0"] == "" {
						after["s0"] = w.job["SECRET_OTHER"]
					}
				case stored:
					after["s0"] = "old"
				case tc.verdict == sync.Kept:
					want.Verdict = sync.Missing
				}
				got := report.Secrets[0]
				if got.Name != want.Name || got.Verdict != want.Verdict || got.Note != want.Note || got.Finding != want.Finding {
					t.Errorf("row %+v, want %+v", got, want)
				}
				sameValues(t, after, w.values())
			})
		}
	}
}

// An optional secret may be missing. But a value that arrives for it must be valid,
// and one that the mark asks for must arrive.
func TestOptional(t *testing.T) {
	w := newWorld(t, 3)
	for i := range w.sync.Catalog.Secrets {
		w.sync.Catalog.Secrets[i].Required = false
	}
	w.mark(1, noon)
	delete(w.sync.Mark.Sources, source("S0"))
	w.set(1, "changeme")
	w.set(2, "good")
	report := w.mustRun()
	if n := report.Findings(); n != 1 || !report.Secrets[1].Finding {
		t.Errorf("%d findings in %+v", n, report.Secrets)
	}
	w.set(1, "real")
	w.set(2, "") // deleted in GitHub: its line stays
	if report = w.mustRun(); report.Findings() != 0 {
		t.Errorf("%+v", report.Secrets)
	}
	w.mark(2, noon.Add(time.Hour)) // set again, but not for this repository
	delete(w.sync.Mark.Sources, source("S0"))
	if report = w.mustRun(); report.Findings() != 1 || !report.Secrets[2].Finding {
		t.Errorf("%+v", report.Secrets)
	}
}

// A value in the store that is not a secret, or not a string, is written again
// even if it reads the same.
func TestNotSecretIsRewritten(t *testing.T) {
	w := newWorld(t, 4)
	w.edit("values:\n  sophia:\n    s0: plain\n    s1: 123\n    s2: {fn::secret: good}\n    s3: {a: b}\n", "somebody")
	for i, text := range []string{"plain", "123", "good", "text"} {
		w.set(i, text)
	}
	report := w.mustRun()
	want := map[string]sync.Verdict{"s0": sync.Written, "s1": sync.Written, "s2": sync.Unchanged, "s3": sync.Written}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	sameValues(t, w.sent(), w.values())
	for _, text := range []string{"plain", "123", "good"} {
		if strings.Contains(w.text(), text) {
			t.Errorf("%q stands in the definition", text)
		}
	}
}

// formatOf reads a format as a catalog has it; "" takes anything.
func formatOf(t *testing.T, text string) secrets.Format {
	t.Helper()
	if text == "" {
		return secrets.Format{}
	}
	catalog, problems := secrets.Parse("", fmt.Appendf(nil, "secrets:\n  - name: A\n    format: %q\n", text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return catalog.Secrets[0].Format
}
