package status

import (
	"fmt"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Row is the way of one secret through the pipeline.
type Row struct {
	Secret    secrets.Secret
	Managed   bool
	Source    string    // the GitHub name that holds the value; "" when none does
	UpdatedAt time.Time // in GitHub
	Passed    bool      // the workflow passes it to the sync
	Revision  int       // of the store that holds it; 0 when it does not
	Findings  []drift.Finding
}

// Drifts reports whether anything is not as declared.
func (r Row) Drifts() bool {
	return len(r.Findings) > 0 || (r.Secret.Required && (r.Source == "" || !r.Passed || r.Revision == 0))
}

// rows follows every secret of the catalog.
func rows(w drift.World, found []drift.Finding) []Row {
	passed := workflow.Passes(w.Files[0].Live)
	keys := w.Store.Keys(w.Stack.RootKey)
	var all []Row
	for _, s := range w.Catalog.Secrets {
		r := Row{Secret: s}
		r.Passed = slices.ContainsFunc(s.Sources(), func(name string) bool { return passed[secrets.Variable(name)] == name })
		_, r.Managed = w.Managed[s.Name]
		for _, source := range s.Sources() {
			if l, ok := w.Secret(source); ok && (r.Source == "" || l.UpdatedAt.After(r.UpdatedAt)) {
				r.Source, r.UpdatedAt = source, l.UpdatedAt
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
		if r.Source == "" && r.Managed { // in Pulumi the provider shows it
			r.Findings = append(r.Findings, drift.Finding{Kind: drift.Missing, Name: s.Name, Hint: "pulumi up",
				Message: fmt.Sprintf("organization secret %s is missing, and the stack holds its value", s.GitHubName)})
		}
		all = append(all, r)
	}
	return all
}
