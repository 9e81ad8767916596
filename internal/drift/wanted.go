package drift

import (
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// clockSkew is how far GitHub's clock may be ahead of ours. A line that is further
// ahead was made by hand, and would hide every change until then.
const clockSkew = 5 * time.Minute

// Wanted is the mark that up would write now, after change. A line stays when its
// source cannot be seen, or when the date is older than the line, as a lagging
// replica reports it. So the mark, and its serial number, move for a reason only.
func (w World) Wanted(change func(*workflow.Mark)) workflow.Mark {
	var last workflow.Mark
	if w.Mark != nil {
		last = *w.Mark
	}
	m := workflow.Mark{Store: last.Store, Catalog: w.Catalog.Digest(), Edit: last.Edit, Sources: workflow.Sources{}}
	if edit, ok := w.Store.HandEdit(); ok {
		m.Edit = edit.Number
	}
	for _, name := range w.Catalog.Sources() {
		if source, date, ok := w.line(name, last.Sources); ok {
			m.Sources[source] = date
		}
	}
	if change != nil {
		change(&m)
	}
	m.Serial = last.Serial
	if last.Serial == 0 || !m.Same(last) {
		m.Serial = max(last.Serial, w.record().Serial) + 1
	}
	return m
}

// line is the mark's line for a GitHub name: the source, and the date of its last
// change. The old line stays if the name is not seen at any level, or if a level that
// decides this was not read; without an old line, the organization's date stands in.
func (w World) line(name string, last workflow.Sources) (source workflow.Source, date string, ok bool) {
	before, old, stood := last.Of(name)
	_, _, _, unsure := w.Received.Effective(name)
	source, at, ok := w.Source(name)
	if !ok || unsure && stood {
		return before, old, stood
	}
	date = at.UTC().Format(time.RFC3339)
	latest := w.Now.Add(clockSkew).UTC().Format(time.RFC3339)
	if stood && source == before && date < old && old <= latest {
		date = old
	}
	return source, date, true
}

// record is the last sync's; an empty one if it left none.
func (w World) record() store.Record {
	if w.Store.Record == nil {
		return store.Record{}
	}
	return *w.Store.Record
}

// delivered is what the store holds, as the last sync recorded it. The first
// edition recorded one date for all.
func (w World) delivered(wanted workflow.Sources) workflow.Sources {
	if w.Store.Record != nil || w.Store.FirstMark.IsZero() {
		return w.record().Delivered
	}
	until := w.Store.FirstMark.UTC().Format(time.RFC3339)
	all := workflow.Sources{}
	for source, date := range wanted {
		if date <= until {
			all[source] = date
		}
	}
	return all
}
