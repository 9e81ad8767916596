package drift

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// The value of A was set on day 1, as far as GitHub's date tells.
func TestOverdue(t *testing.T) {
	a := organizationSource("A")
	knows := func(w *World, change store.Change) {
		w.Store.Record.Changed = map[workflow.Source]store.Change{a: change}
	}
	today := now.Truncate(day)
	const hint = "secretctl rotate A"
	for _, tc := range []struct {
		name   string
		change func(*World)
		want   []Finding
	}{
		{"never", func(w *World) { w.Now = now.Add(9999 * day) }, nil},
		{"fresh", func(w *World) { w.Catalog.Secrets[0].RotateEvery = 90 * day }, nil},
		{"the last day", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			w.Now = day1.Add(90 * day)
		}, []Finding{{Kind: DueSoon, Class: Information, Name: "A", Hint: hint,
			Message: "the value of A is at least 90 days old and is due on 2026-10-30 (no owner)"}}},
		{"by GitHub's date", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery, w.Catalog.Secrets[0].Owner = 90*day, "platform team"
			w.Now = day1.Add(91 * day)
		}, []Finding{{Kind: Overdue, Class: ByPerson, Name: "A", Hint: hint,
			Message: "the value of A is at least 91 days old and was due on 2026-10-30 (owner: platform team)"}}},
		{"by the record", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			knows(w, store.Change{Day: today.Add(-100 * day)})
		}, []Finding{{Kind: Overdue, Class: ByPerson, Name: "A", Hint: hint,
			Message: "the value of A is 100 days old and was due on 2026-07-23 (no owner)"}}},
		{"the record's bound", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			knows(w, store.Change{Day: today.Add(-100 * day), Before: true})
		}, []Finding{{Kind: Overdue, Class: ByPerson, Name: "A", Hint: hint,
			Message: "the value of A is at least 100 days old and was due on 2026-07-23 (no owner)"}}},
		{"a month before", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			knows(w, store.Change{Day: today.Add(-60 * day)})
		}, []Finding{{Kind: DueSoon, Class: Information, Name: "A", Hint: hint,
			Message: "the value of A is 60 days old and is due on 2026-09-01 (no owner)"}}},
		{"a month and a day before", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			knows(w, store.Change{Day: today.Add(-59 * day)})
		}, nil},
		{"half of a short time", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 10 * day
			knows(w, store.Change{Day: today.Add(-4 * day)})
		}, nil},
		{"a name that has the value longer", func(w *World) {
			w.Catalog.Secrets[0].RotateEvery = 90 * day
			w.Live = append(w.Live, Live{Name: "OLD_A", Visibility: "private", UpdatedAt: day1.Add(-100 * day)})
			w.deliver(2)
		}, []Finding{{Kind: Overdue, Class: ByPerson, Name: "A", Hint: hint,
			Message: "the value of A is at least 101 days old and was due on 2026-07-22 (no owner)"}}},
		{"missing", func(w *World) {
			w.Catalog.Secrets[3].RotateEvery = 1 * day // nobody has set it
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			w.grant()
			if diff := cmp.Diff(tc.want, Find(w)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Somebody has just set A: until sync has compared it, nobody knows whether the value
// or its access was changed.
func TestAgeOfWhatIsNotSynced(t *testing.T) {
	w := healthy()
	w.Catalog.Secrets[0].RotateEvery = 90 * day
	w.Store.Record.Changed = map[workflow.Source]store.Change{organizationSource("A"): {Day: day1.Add(-100 * day).Truncate(day)}}
	w.Live[0].UpdatedAt = day2
	w.grant()
	for _, r := range w.Rotations() {
		if r.Secret.Name == "A" && (r.Kind != "" || r.HowOld() != "at least 0 days") {
			t.Errorf("%+v", r)
		}
	}
}

func TestRotationsByDueDate(t *testing.T) {
	w := healthy()
	for i, days := range []time.Duration{90, 30, 0, 1} {
		w.Catalog.Secrets[i].RotateEvery = days * day
	}
	var got []string
	for _, r := range w.Rotations() {
		got = append(got, r.Secret.Name)
	}
	if diff := cmp.Diff([]string{"B", "A", "M", "OPTIONAL"}, got); diff != "" {
		t.Error(diff)
	}
}

// A missing secret of which the store has a copy can be put back; the hint stays the
// command that is never wrong.
func TestMissingWithACopy(t *testing.T) {
	for stack, restore := range map[string]string{"": "secretctl restore A", "staging": "secretctl restore A --stack staging"} {
		w := healthy()
		w.Stack.Name = stack
		w.drop("A")
		w.grant()
		w.Store.Text = "values:\n  app:\n    a: {fn::secret: {ciphertext: x}}\n"
		var got string
		for _, f := range Find(w) {
			got += f.String() + "\n"
		}
		if !strings.Contains(got, "organization secret A is missing; "+restore+" puts the store's copy back, unless it was revoked; to set another value: gh secret set A --org acme --visibility private\n") {
			t.Error(got)
		}
	}
}
