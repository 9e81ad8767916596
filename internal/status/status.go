package status

import (
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
)

// Status is where everything stands.
type Status struct {
	Rows     []Row
	Pipeline []drift.Finding // what is about no secret of the catalog
}

// Of says where everything in a world stands.
func Of(w drift.World) Status {
	found := drift.Find(w)
	s := Status{Rows: rows(w, found)}
	for _, f := range found {
		if _, ok := w.Catalog.ByName(f.Name); !ok {
			s.Pipeline = append(s.Pipeline, f)
		}
	}
	return s
}

// Drifts reports whether anything is not as declared.
func (s Status) Drifts() bool {
	return len(s.Pipeline) > 0 || slices.ContainsFunc(s.Rows, Row.Drifts)
}
