package drift

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// sourceOfA is the organization's secret A.
var sourceOfA = workflow.Source{Level: workflow.Organization, Name: "A"}

func line(at time.Time) string { return at.Format(time.RFC3339) }

// The mark moves for a reason, and with it its serial number.
func TestWanted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*World)
		serial int
		source string // whose line is checked
		want   string
	}{
		{"nothing", func(*World) {}, 1, "A", line(day1)},
		{"changed", func(w *World) { w.Live[0].UpdatedAt = day2 }, 2, "A", line(day2)},
		{"a replica that lags", func(w *World) { w.Live[0].UpdatedAt = day1.Add(-time.Hour) }, 1, "A", line(day1)},
		{"gone", func(w *World) { w.drop("A") }, 1, "A", line(day1)},
		{"never there", func(*World) {}, 1, "OPTIONAL", ""},
		{"new", func(w *World) { w.Live = append(w.Live, Live{Name: "OLD_A", UpdatedAt: day1}) }, 2, "OLD_A", line(day1)},
		{"not in the catalog any more", func(w *World) { w.Catalog.Secrets = w.Catalog.Secrets[1:] }, 2, "A", ""},
		{"another key", func(w *World) { w.Catalog.Secrets[0].Key = "other" }, 2, "A", line(day1)},
		{"a hand edit", func(w *World) { w.handEdit() }, 2, "A", line(day1)},
		{"a line of the future", func(w *World) { w.Mark.Sources[sourceOfA] = line(now.Add(time.Hour)) }, 2, "A", line(day1)},
		{"a line that another replica wrote a moment ago", func(w *World) { w.Mark.Sources[sourceOfA] = line(now.Add(time.Minute)) }, 1, "A", line(now.Add(time.Minute))},
		{"the store knows a later serial", func(w *World) { w.Store.Record.Serial, w.Live[0].UpdatedAt = 8, day2 }, 9, "A", line(day2)},
		{"no mark", func(w *World) { w.Mark = nil }, 2, "A", line(day1)},
		{"no mark and no record", func(w *World) { w.Mark, w.Store.Record = nil, nil }, 1, "A", line(day1)},
		{"a mark of the first edition", func(w *World) { w.Mark, w.Store.Record = &workflow.Mark{Store: "id"}, nil }, 1, "A", line(day1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			w.grant()
			got := w.Wanted(nil)
			if _, date, _ := got.Sources.Of(tc.source); date != tc.want || got.Serial != tc.serial {
				t.Errorf("%s is %q with serial %d, want %q with %d", tc.source, date, got.Serial, tc.want, tc.serial)
			}
			w.Mark = &got
			if again := w.Wanted(nil); !cmp.Equal(again, got) {
				t.Errorf("the next run moves it again: %s", cmp.Diff(got, again))
			}
		})
	}
}

// With lists that answer old and new by turns the mark moves once.
func TestWantedOfListsThatFlap(t *testing.T) {
	w, moves := healthy(), 0
	for round := range 10 {
		w.Live[0].UpdatedAt = day1
		if round%2 == 0 {
			w.Live[0].UpdatedAt = day2
		}
		w.grant()
		if mark := w.Wanted(nil); mark.Serial != w.Mark.Serial {
			moves++
			w.Mark = &mark
		}
	}
	if moves != 1 {
		t.Errorf("it moved %d times", moves)
	}
}

func (w *World) handEdit() {
	w.Store.Revisions = append([]esc.Revision{{Number: 8, Author: "ana", Created: now}}, w.Store.Revisions...)
}

const run = "gh workflow run sync_secrets.yml --repo acme/platform"

// What separates applications from what people set, and the one command that ends
// it.
func TestUndone(t *testing.T) {
	refused := func(reason string) func(*World) {
		return func(w *World) {
			before := w.Store.Record.Clone()
			w.Live[0].UpdatedAt, w.Live[0].Visibility = day2, "all"
			w.deliver(2)
			w.Store.Record.Delivered = before.Delivered
			w.Store.Record.Undelivered[sourceOfA] = reason
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*World)
		want   []Finding
	}{
		{"nothing", func(*World) {}, nil},
		{"newer in GitHub than the mark", func(w *World) { w.Live[0].UpdatedAt = day2 }, []Finding{{Kind: stale, Class: ByUp, Name: "A",
			Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}}},
		{"newer in GitHub than the sync", func(w *World) {
			record := w.Store.Record
			w.Live[0].UpdatedAt = day2
			w.deliver(2)
			w.Store.Record = record
		}, []Finding{{Kind: stale, Class: BySync, Name: "A", Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: run}}},
		{"alias of a managed one is newer", func(w *World) {
			w.Live = append(w.Live, Live{Name: "OLD_M", UpdatedAt: day2})
		}, []Finding{{Kind: stale, Class: ByUp, Name: "M", Message: "OLD_M was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}}},
		{"refused", refused("a placeholder"), []Finding{{Kind: undelivered, Class: ByPerson, Name: "A",
			Message: "the last sync did not deliver A: a placeholder", Hint: "gh secret set A --org acme --visibility all"}}},
		{"arrived empty", refused(store.ArrivedEmpty), []Finding{{Kind: undelivered, Class: BySync, Name: "A", Message: "the last sync did not deliver A: arrived empty", Hint: run}}},
		{"not passed, as by hand", func(w *World) {
			refused(store.NotPassed)(w)
			w.Files = []generated.File{{Live: "jobs: {sync: {steps: [{env: {SECRET_A: '${{ secrets.A }}'}}]}}"}}
		}, []Finding{{Kind: undelivered, Class: BySync, Name: "A", Message: "the last sync did not deliver A: not passed by the workflow", Hint: run}}},
		{"not passed by the workflow", func(w *World) {
			refused(store.NotPassed)(w)
			w.Files = []generated.File{{Live: "jobs: {}"}}
		}, []Finding{{Kind: undelivered, Class: ByUp, Name: "A", Message: "the last sync did not deliver A: not passed by the workflow", Hint: "pulumi up"}}},
		{"arrived empty, where the first hundred end", func(w *World) {
			refused(store.ArrivedEmpty)(w)
			for i := range 105 { // A_1 comes before or after them
				w.Live = append(w.Live, Live{Name: fmt.Sprintf("A%03d", i), UpdatedAt: day1})
			}
			w.Live[0].Name, w.Catalog.Secrets[0].GitHubName = "A_1", "A_1"
			source := workflow.Source{Level: workflow.Organization, Name: "A_1"}
			w.Mark.Sources[source], w.Mark.Catalog = line(day2), w.Catalog.Digest()
			delete(w.Mark.Sources, sourceOfA)
			w.Store.Record.Undelivered[source], w.Store.Record.Catalog, w.Pushed = store.ArrivedEmpty, w.Catalog.Digest(), w.Catalog.Digest()
		}, []Finding{{Kind: undelivered, Class: ByPerson, Name: "A", Message: "the last sync did not deliver A_1: arrived empty", Hint: "gh secret set A_1 --repo acme/platform"}}},
		{"refused, and set again", func(w *World) {
			refused("a placeholder")(w)
			w.Live[0].UpdatedAt = now
		}, []Finding{{Kind: stale, Class: ByUp, Name: "A", Message: "A was changed in GitHub just now and is not synced yet", Hint: "pulumi up"}}},
		{"another catalog", func(w *World) { w.Catalog.Secrets[0].Key = "renamed" }, []Finding{{Kind: stale, Class: ByUp,
			Message: "the catalog has changed since the last sync", Hint: "pulumi up"}}},
		{"another catalog that up declared and nobody pushed", func(w *World) {
			w.Catalog.Secrets[0].Key = "renamed"
			mark := w.Wanted(nil)
			w.Mark = &mark
		}, []Finding{{Kind: stale, Class: ByPerson, Message: "the catalog has changed since the last sync", Hint: "git push"}}},
		{"mark without its sync", func(w *World) { w.Mark.Serial = 2 }, []Finding{{Kind: stale, Class: BySync, Message: "the last mark is not synced yet", Hint: run}}},
		{"never synced", func(w *World) { w.Store.Record = nil }, []Finding{{Kind: stale, Class: BySync,
			Message: "nothing was synced into the store yet", Hint: run}}},
		{"no store", func(w *World) { w.Store = store.State{} }, nil}, // the provider plans to create it
		{"hand edit", func(w *World) { w.handEdit() }, []Finding{{Kind: tampered, Class: ByUp,
			Message: "store revision 8 was written by ana just now, not by sync", Hint: "pulumi up"}}},
		{"hand edit that the mark knows of", func(w *World) {
			w.handEdit()
			mark := w.Wanted(nil)
			w.Mark = &mark
		}, []Finding{
			{Kind: stale, Class: BySync, Message: "the last mark is not synced yet", Hint: run},
			{Kind: tampered, Class: BySync, Message: "store revision 8 was written by ana just now, not by sync", Hint: run},
		}},
		{"synced by the first edition", func(w *World) {
			w.Store.Record, w.Store.FirstMark, w.Store.Revisions[0].Tags = nil, day1, []string{"synced"}
		}, nil},
		{"changed since the first edition synced", func(w *World) {
			w.Store.Record, w.Store.FirstMark, w.Store.Revisions[0].Tags = nil, day1, []string{"synced"}
			w.Live[0].UpdatedAt = day2
		}, []Finding{{Kind: stale, Class: ByUp, Name: "A", Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			w.grant()
			if diff := cmp.Diff(tc.want, w.undone(nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
