package status

import (
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Row says where one secret stands, from GitHub to the store.
type Row struct {
	Secret    secrets.Secret
	Managed   bool
	Source    workflow.Source // what the job receives; zero when nothing
	UpdatedAt time.Time       // in GitHub
	Passed    bool            // the workflow passes it to the sync
	Revision  int             // of the store that holds it; 0 when it does not
	Readers   int             // the lines of code that read it, as far as uses.yaml knows
	Findings  []drift.Finding
}

// rows follows every secret of the catalog. The workflow is the first of the
// world's files.
func rows(w drift.World, found []drift.Finding) []Row {
	passed := workflow.Passes(w.Files[0].Live)
	keys := w.Store.Keys(w.Stack.RootKey)
	var all []Row
	for _, s := range w.Catalog.Secrets {
		r := Row{Secret: s, Readers: len(w.Uses.ReadersOf(s))}
		r.Passed = slices.ContainsFunc(s.Sources(), func(name string) bool { return passed[workflow.Variable(name)] == name })
		_, r.Managed = w.Managed[s.Name]
		for _, name := range s.Sources() {
			if source, at, ok := w.Source(name); ok && (r.Source.Name == "" || at.After(r.UpdatedAt)) {
				r.Source, r.UpdatedAt = source, at
			}
		}
		if slices.Contains(keys, s.Key) && len(w.Store.Revisions) > 0 {
			r.Revision = w.Store.Revisions[0].Number
		}
		for _, f := range found {
			if f.Name == s.Name {
				r.Findings = append(r.Findings, f)
			}
		}
		all = append(all, r)
	}
	return all
}
