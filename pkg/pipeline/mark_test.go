package pipeline

import (
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

var (
	day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	day2 = day1.Add(24 * time.Hour)
)

func TestForward(t *testing.T) {
	second := day1.Add(time.Second)
	edited := store.State{Exists: true, Mark: day1, Revisions: []esc.Revision{{Number: 4}}}
	last := func(at time.Time, names ...string) markOutput {
		return markOutput{Date: at.Format(time.RFC3339), Names: names}
	}
	for _, tc := range []struct {
		name  string
		seen  workflow.Mark
		last  markOutput
		state store.State
		want  workflow.Mark
	}{
		{"the first", workflow.Mark{Date: day1, Names: []string{"A"}}, markOutput{}, store.State{}, workflow.Mark{Date: day1, Names: []string{"A"}}},
		{"no reason", workflow.Mark{Date: day1, Names: []string{"A"}}, last(day1, "A"), store.State{}, workflow.Mark{Date: day1, Names: []string{"A"}}},
		{"newer", workflow.Mark{Date: day2, Names: []string{"B"}}, last(day1, "A"), store.State{}, workflow.Mark{Date: day2, Names: []string{"B"}}},
		{"older, since the newest is gone", workflow.Mark{Date: day1, Names: []string{"A"}}, last(day2, "B"), store.State{}, workflow.Mark{Date: day2, Names: []string{"B"}}},
		{"nothing left", workflow.Mark{}, last(day2, "B"), store.State{}, workflow.Mark{Date: day2, Names: []string{"B"}}},
		{"another one in the same second", workflow.Mark{Date: day1, Names: []string{"A", "B"}}, last(day1, "A"), store.State{}, workflow.Mark{Date: second, Names: []string{"B"}}},
		{"and once", workflow.Mark{Date: day1, Names: []string{"A", "B"}}, last(second, "B"), store.State{}, workflow.Mark{Date: second, Names: []string{"B"}}},
		{"one of two in that second is gone", workflow.Mark{Date: day1, Names: []string{"A"}}, last(day1, "A", "B"), store.State{}, workflow.Mark{Date: day1, Names: []string{"A", "B"}}},
		{"a hand edit", workflow.Mark{Date: day1, Names: []string{"A"}}, last(day1, "A"), edited, workflow.Mark{Date: second, Names: []string{"store revision 4"}}},
		{"and once", workflow.Mark{Date: day1, Names: []string{"A"}}, last(second, "store revision 4"), edited, workflow.Mark{Date: second, Names: []string{"store revision 4"}}},
		{"the next hand edit", workflow.Mark{Date: day1, Names: []string{"A"}}, last(second, "store revision 3"), edited, workflow.Mark{Date: second.Add(time.Second), Names: []string{"store revision 4"}}},
		{"a hand edit and newer", workflow.Mark{Date: day2, Names: []string{"B"}}, last(day1, "A"), edited, workflow.Mark{Date: day2, Names: []string{"B", "store revision 4"}}},
		{"a hand edit and the same second", workflow.Mark{Date: day1, Names: []string{"A", "B"}}, last(day1, "A"), edited, workflow.Mark{Date: second, Names: []string{"B", "store revision 4"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := forward(tc.seen, tc.last, tc.state)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if again := forward(tc.seen, output(got), tc.state); workflow.RenderMark(again) != workflow.RenderMark(got) {
				t.Errorf("the next run moves it again: %+v", again)
			}
		})
	}
}

func TestAdoptedMark(t *testing.T) {
	p := &Pipeline{
		settings: &settings{
			catalog: &secrets.Catalog{Secrets: []secrets.Secret{{Name: "A", GitHubName: "GH_A"}, {Name: "M", GitHubName: "M", Aliases: []string{"OLD_M"}}}},
			values:  map[string]secrets.Value{"M": {}},
		},
		world: &world{World: drift.World{Live: []drift.Live{
			{Name: "GH_A", UpdatedAt: day1}, {Name: "M", UpdatedAt: day2.Add(time.Hour)}, {Name: "OTHER", UpdatedAt: day2.Add(time.Hour)}}}},
	}
	if diff := cmp.Diff(workflow.Mark{Date: day1, Names: []string{"A"}}, p.adoptedMark()); diff != "" {
		t.Error(diff)
	}
	p.Live = append(p.Live, drift.Live{Name: "OLD_M", UpdatedAt: day2}) // people set it
	if diff := cmp.Diff(workflow.Mark{Date: day2, Names: []string{"M"}}, p.adoptedMark()); diff != "" {
		t.Error(diff)
	}
}

func TestWithManaged(t *testing.T) {
	seen := workflow.Mark{Date: day1, Names: []string{"A"}}
	got, err := withManaged(seen, map[string]string{"N": "2026-08-01 10:00:00 +0000 UTC", "M": "2026-08-01T10:00:00Z", "OLD": "2026-07-01T10:00:00Z"})
	if diff := cmp.Diff(workflow.Mark{Date: day1, Names: []string{"A", "M", "N"}}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := withManaged(seen, map[string]string{"M": ""}); err == nil {
		t.Error("a date that is none is taken")
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
