package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Change says since when a source has its value: a day, in UTC.
type Change struct {
	Day    time.Time
	Before bool // sync never saw another value: it may be older
}

// changeOf is what is known of a source without a word about it in the record:
// GitHub's date moves with the access too, so the value is at least as old.
func changeOf(date string) Change {
	return Change{Day: dayOf(date), Before: true}
}

// ChangeOf says since when the store's value of a source has been in GitHub; false
// if it was never delivered.
func (r Record) ChangeOf(source workflow.Source) (Change, bool) {
	date, ok := r.Delivered[source]
	if !ok || dayOf(date).IsZero() {
		return Change{}, false
	}
	if change, known := r.Changed[source]; known {
		return change, true
	}
	return changeOf(date), true
}

const day = 24 * time.Hour

// dayOf is the day of an RFC 3339 date; zero if it is none.
func dayOf(date string) time.Time {
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return time.Time{}
	}
	return at.UTC().Truncate(day)
}

// changedText is the compact form: for each delivered line, in order, how many days
// before its date the value changed, with a + where it may be more. "" says of all
// that nothing is known, as a record does that an older version wrote.
func (r Record) changedText() string {
	if len(r.Changed) == 0 {
		return ""
	}
	var words []string
	for _, source := range inOrder(r.Delivered) {
		change, _ := r.ChangeOf(source)
		word := strconv.Itoa(int(dayOf(r.Delivered[source]).Sub(change.Day) / day))
		if change.Before {
			word += "+"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// parseChanged reads it back; a text that does not fit the lines says nothing.
func parseChanged(text string, delivered workflow.Sources) map[workflow.Source]Change {
	words, sources := strings.Fields(text), inOrder(delivered)
	if len(words) == 0 || len(words) != len(sources) {
		return nil
	}
	changed := map[workflow.Source]Change{}
	for i, source := range sources {
		number, before := strings.CutSuffix(words[i], "+")
		days, err := strconv.Atoi(number)
		if err != nil {
			return nil
		}
		change := Change{dayOf(delivered[source]).Add(-time.Duration(days) * day), before}
		if change != changeOf(delivered[source]) {
			changed[source] = change
		}
	}
	return changed
}

func inOrder(s workflow.Sources) []workflow.Source {
	return slices.SortedFunc(maps.Keys(s), func(a, b workflow.Source) int { return cmp.Compare(a.String(), b.String()) })
}

// String is such as "2026-08-01", or "2026-08-01 or before".
func (c Change) String() string {
	text := c.Day.Format(time.DateOnly)
	if c.Before {
		return fmt.Sprintf("%s or before", text)
	}
	return text
}
