package pipeline

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/received"
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
	all := []*secret{}
	for _, name := range []string{"NEW", "KNOWN", "UNKNOWN", "SHADOWED", "UNTOUCHED"} {
		all = append(all, &secret{entry: secrets.Secret{Name: name, GitHubName: "GH_" + name}})
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

// The date of a write is later than all that is known before, not only than what a
// list shows: that may lag behind the write before.
func TestDateBeforeAWrite(t *testing.T) {
	text := func(at time.Time) string { return at.Format(time.RFC3339) }
	entry := secrets.Secret{Name: "A", GitHubName: "GH_A", Key: "a"}
	source := workflow.Source{Level: workflow.Organization, Name: "GH_A"}
	for _, tc := range []struct {
		name string
		live time.Time
		last applied
		mark workflow.Sources
		want time.Time
	}{
		{"nothing is known", time.Time{}, applied{}, nil, time.Time{}},
		{"the list", day2, applied{UpdatedAt: text(day1)}, workflow.Sources{source: text(day1)}, day2},
		{"the last write", time.Time{}, applied{UpdatedAt: text(day2)}, nil, day2},
		{"before the last write", day1, applied{After: text(day2)}, nil, day2},
		{"the mark", day1, applied{}, workflow.Sources{source: text(day2)}, day2},
		{"the mark of another level", day1, applied{}, workflow.Sources{{Level: workflow.Repository, Name: "GH_A"}: text(day2)}, day1},
		{"a mark of the future", day1, applied{}, workflow.Sources{source: text(day2.Add(24 * time.Hour))}, day1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &settings{catalog: &secrets.Catalog{Secrets: []secrets.Secret{entry}}}
			w := &world{World: drift.NewWorld(s.Stack, s.catalog, day2), last: &previous{Applied: map[string]applied{"A": tc.last}}}
			w.Mark = &workflow.Mark{Serial: 1, Sources: tc.mark}
			w.Received = received.Secrets{Repository: received.NewLevel(nil)}
			if !tc.live.IsZero() {
				w.See([]github.Secret{{Name: "GH_A", UpdatedAt: tc.live}})
				w.Received.Organization = received.NewLevel([]github.Secret{{Name: "GH_A", UpdatedAt: tc.live}})
			}
			if got := (&pipeline{settings: s, world: w}).dateBefore(entry); !got.Equal(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
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
