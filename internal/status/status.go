package status

import (
	"github.com/ai-cherry/sophia-secrets/internal/drift"
)

// Status is where everything stands.
type Status struct {
	Rows     []Row
	Uses     bool            // whether the readers are known
	Pipeline []drift.Finding // what is about no secret of the catalog
}

// Of says where everything in a world stands.
func Of(w drift.World) Status {
	found := drift.Find(w)
	s := Status{Rows: rows(w, found), Uses: w.Uses != nil}
	for _, f := range found {
		if _, ok := w.Catalog.ByName(f.Name); !ok {
			s.Pipeline = append(s.Pipeline, f)
		}
	}
	return s
}

// Findings are all of them, those of the secrets first.
func (s Status) Findings() []drift.Finding {
	var all []drift.Finding
	for _, r := range s.Rows {
		all = append(all, r.Findings...)
	}
	return append(all, s.Pipeline...)
}

// Drifts reports whether anything has to be ended.
func (s Status) Drifts() bool { return drift.Drifts(s.Findings()) }
