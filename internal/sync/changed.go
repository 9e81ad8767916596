package sync

import (
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// change is what a value that arrived is to the one that the store held.
type change int

const (
	unknown change = iota // the store held none
	same
	another
)

func changeOf(keys []string, value secrets.Value, held contents) change {
	seen := unknown
	for _, key := range keys {
		switch old, has := held.values[key]; {
		case !has || !slices.Contains(held.keys, key) || old.Kind != esc.String || old.Text.Empty():
		case old.Text.Equal(value):
			return same
		default:
			seen = another
		}
	}
	return seen
}

// date records since when a delivered source has its value. GitHub's date alone
// does not tell: it moves with the access too. So a later date with the same value
// keeps the day that was known, and another value starts a new one. What the store
// holds after an edit by hand proves neither.
func (r *run) date(record, known store.Record, row *Row, name string, edited bool) {
	source, date, asked := r.Mark.Sources.Of(name)
	now, ok := byDate(record, source)
	if !asked || !ok || row.undelivered(name) != "" {
		return
	}
	before, was, _ := known.Delivered.Of(name)
	last, dated := known.ChangeOf(before)
	moved := was != date
	delete(record.Changed, before)
	switch {
	case !dated || moved && (edited || row.change == unknown):
	case row.change == another && !edited && moved:
		now.Before = false
	case row.change == another && !edited: // set before the mark knew of it
		now = store.Change{Day: r.now().UTC().Truncate(24 * time.Hour)}
	case moved && last.Day.After(now.Day): // seen before the mark knew of it: its date is the better one
		now.Before = last.Before
	default:
		now = last
	}
	record.Changed[source] = now
}

// forgetChanges drops what the delivered date alone says, and what was not
// delivered.
func forgetChanges(record store.Record) {
	for source, change := range record.Changed {
		if plain, ok := byDate(record, source); !ok || plain == change {
			delete(record.Changed, source)
		}
	}
}

// byDate is what the delivered date of a source says alone.
func byDate(record store.Record, source workflow.Source) (store.Change, bool) {
	record.Changed = nil
	return record.ChangeOf(source)
}

func (s *Sync) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
