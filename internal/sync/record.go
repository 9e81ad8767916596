package sync

import (
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// record is what the store should say after this run: what the mark asked for and
// was delivered, and what was not. A run that received no value keeps the last
// record.
func (r *run) record(last *lastRecord, edited bool) store.Record {
	var record store.Record
	if last != nil {
		record = last.Record
	}
	known := record
	record = record.Clone()
	if !r.plan.arrived {
		return record
	}
	record.Catalog = r.Catalog.Digest()
	r.forget(record.Delivered)
	r.forget(record.Undelivered)
	if r.Mark == nil {
		return record
	}
	record.Serial = r.Mark.Serial
	for i := range r.plan.rows {
		row := &r.plan.rows[i]
		for _, name := range row.sources {
			r.deliver(record, row, name)
			r.date(record, known, row, name, edited)
		}
	}
	forgetChanges(record)
	return record
}

// deliver records what became of a source that the mark asks for. A change that did
// not arrive is a finding, of an optional secret too.
func (r *run) deliver(record store.Record, row *Row, name string) {
	source, date, asked := r.Mark.Sources.Of(name)
	if !asked {
		return
	}
	if reason := row.undelivered(name); reason != "" {
		record.Undelivered.Set(source, reason)
		row.Finding = row.Finding || len(row.arrived) == 0 && record.Delivered[source] != date
		return
	}
	record.Delivered.Set(source, date)
	delete(record.Undelivered, source)
}

// undelivered is why the value of a source is not in the store; "" if it is.
func (r *Row) undelivered(name string) string {
	switch {
	case r.Verdict != Written && r.Verdict != Unchanged:
		return r.Note
	case !slices.Contains(r.arrived, name):
		return store.ArrivedEmpty
	}
	return ""
}

// forget drops the sources that the catalog does not name any more.
func (r *run) forget(sources workflow.Sources) {
	for source := range sources {
		if _, ok := r.Catalog.BySource(source.Name); !ok {
			delete(sources, source)
		}
	}
}
