package pipeline

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

var (
	day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	day2 = day1.Add(24 * time.Hour)
)

// What an up wrote gets its new date into the mark; a date that GitHub did not show
// in time, and a secret that another level shadows, leave the line as it is.
func TestDatesOfWrittenSecrets(t *testing.T) {
	source := func(level workflow.Level, name string) workflow.Source {
		return workflow.Source{Level: level, Name: name}
	}
	var w written
	all := []*Secret{}
	for _, name := range []string{"NEW", "KNOWN", "UNKNOWN", "SHADOWED", "UNTOUCHED"} {
		all = append(all, &Secret{entry: secrets.Secret{Name: name, GitHubName: "GH_" + name}})
	}
	w.note("NEW", day2)
	w.note("KNOWN", day2)
	w.note("UNKNOWN", time.Time{})
	w.note("SHADOWED", day2)
	was, is := day1.Format(time.RFC3339), day2.Format(time.RFC3339)
	m := workflow.Mark{Sources: workflow.Sources{
		source(workflow.Organization, "GH_KNOWN"): was, source(workflow.Organization, "GH_UNKNOWN"): was,
		source(workflow.Repository, "GH_SHADOWED"): was, source(workflow.Organization, "GH_UNTOUCHED"): was,
	}}
	w.addTo(&m, all)
	want := workflow.Sources{
		source(workflow.Organization, "GH_NEW"): is, source(workflow.Organization, "GH_KNOWN"): is, source(workflow.Organization, "GH_UNKNOWN"): was,
		source(workflow.Repository, "GH_SHADOWED"): was, source(workflow.Organization, "GH_UNTOUCHED"): was,
	}
	if diff := cmp.Diff(want, m.Sources); diff != "" || !w.unknown() {
		t.Error(diff)
	}
}

func TestParseDate(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-08-01 10:00:00 +0000 UTC":    day1,
		"2026-08-01 12:00:00 +0200 CEST":   day1,
		"2026-08-01 10:00:00.25 +0000 UTC": day1.Add(250 * time.Millisecond),
		"2026-08-01T10:00:00Z":             day1,
		"2026-08-01T12:00:00+02:00":        day1,
	} {
		if got, err := parseDate(text); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "yesterday", "<nil>", "2026-08-01"} {
		if got, err := parseDate(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
