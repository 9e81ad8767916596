package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const (
	day  = 24 * time.Hour
	soon = 30 * day // before it is due; half of a shorter time
)

// Rotation says how old the value of a secret is and when it is due.
type Rotation struct {
	Secret secrets.Secret
	Since  store.Change // since when GitHub has the value; zero when no level has it
	Age    int          // in days; at least so many if Since.Before
	Due    time.Time    // the last day on which nobody complains; zero is never
	Kind   Kind         // Overdue, DueSoon, or ""
}

// Rotations are those of all secrets, by due date; the ones that are never due come
// last.
func (w World) Rotations() []Rotation {
	today := w.Now.UTC().Truncate(day)
	var all []Rotation
	for _, s := range w.Catalog.Secrets {
		r := Rotation{Secret: s}
		if since, ok := w.since(s); ok {
			r.Since, r.Age = since, max(int(today.Sub(since.Day)/day), 0)
		}
		if s.RotateEvery > 0 && !r.Since.Day.IsZero() {
			r.Due = r.Since.Day.Add(s.RotateEvery)
			switch {
			case today.After(r.Due):
				r.Kind = Overdue
			case !today.Before(r.Due.Add(-min(soon, s.RotateEvery/2))):
				r.Kind = DueSoon
			}
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Rotation) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return cmp.Compare(b.Due.Unix(), a.Due.Unix())
		}
		return a.Due.Compare(b.Due)
	})
	return all
}

// since is the day since which the value of a secret is in GitHub: the record's,
// which knows when sync last saw another value. A date that was not synced yet, or
// that no record knows, moves with the access too: then it is a bound. Of the names
// that hold the same value the one that has it longest counts.
func (w World) since(s secrets.Secret) (store.Change, bool) {
	var oldest store.Change
	found := false
	for _, name := range s.Sources() {
		source, at, ok := w.Source(name)
		if !ok {
			continue
		}
		change := store.Change{Day: at.UTC().Truncate(day), Before: true}
		if known, ok := w.record().ChangeOf(source); ok && w.record().Delivered[source] >= at.UTC().Format(time.RFC3339) {
			change = known
		}
		if !found || change.Day.Before(oldest.Day) {
			oldest, found = change, true
		}
	}
	return oldest, found
}

// rotation finds the values that are due.
func (w World) rotation() []Finding {
	var found []Finding
	for _, r := range w.Rotations() {
		f := Finding{Kind: r.Kind, Class: ByPerson, Name: r.Secret.Name, Hint: "secretctl rotate " + r.Secret.Name}
		was := "was"
		switch r.Kind {
		case Overdue:
		case DueSoon:
			f.Class, was = Information, "is"
		default:
			continue
		}
		f.Message = fmt.Sprintf("the value of %s is %s old and %s due on %s (%s)", r.Secret.Name, r.HowOld(), was, r.Due.Format(time.DateOnly), r.WhoseTurn())
		found = append(found, f)
	}
	return found
}

// HowOld is the age in words: 90 days, or at least 90 days.
func (r Rotation) HowOld() string {
	text := words.Count(r.Age, "day")
	if r.Since.Before {
		return "at least " + text
	}
	return text
}

// WhoseTurn names the owner.
func (r Rotation) WhoseTurn() string {
	if r.Secret.Owner == "" {
		return "no owner"
	}
	return "owner: " + r.Secret.Owner
}
