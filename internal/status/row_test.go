package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// followed is a world of three secrets: A as people set it, M managed, and one
// that is optional and not there. The workflow passes these names, the store
// holds these keys.
func followed(passed, keys []string) drift.World {
	w := drift.World{
		Catalog: &secrets.Catalog{Secrets: []secrets.Secret{
			{Name: "A", GitHubName: "A", Key: "a", Aliases: []string{"OLD_A"}, Required: true},
			{Name: "M", GitHubName: "M", Key: "m", Required: true},
			{Name: "OPTIONAL", GitHubName: "OPTIONAL", Key: "optional"},
		}},
		Stack:   secrets.Stack{RootKey: "app"},
		Live:    []drift.Live{{Name: "A", UpdatedAt: start}},
		Managed: map[string]drift.Managed{"M": {}},
		Store:   store.State{Exists: true, Revisions: []esc.Revision{{Number: 7}}},
	}
	w.Received = received.Secrets{Organization: received.NewLevel([]github.Secret{{Name: "A", UpdatedAt: start}})}
	text := "jobs:\n  sync:\n    steps:\n      - env:\n          X: y\n"
	for _, name := range passed {
		text += "          SECRET_" + name + ": ${{ secrets." + name + " }} # a comment\n"
	}
	w.Files = []generated.File{{Live: text}}
	w.Store.Text = "values:\n  app:\n"
	for _, key := range keys {
		w.Store.Text += "    " + key + ": x\n"
	}
	return w
}

func TestRows(t *testing.T) {
	stale := drift.Finding{Kind: "stale", Class: drift.BySync, Name: "A", Message: "stale"}
	w := followed([]string{"OLD_A", "M"}, []string{"a", "optional"})
	want := []struct {
		Row
		drifts bool
	}{
		{Row{Source: workflow.Source{Level: workflow.Organization, Name: "A"}, UpdatedAt: start, Passed: true, Revision: 7, Findings: []drift.Finding{stale}}, true},
		{Row{Managed: true, Passed: true}, false},
		{Row{}, false}, // optional
	}
	want[2].Revision = 7
	got := rows(w, []drift.Finding{stale, {Kind: drift.Undeclared, Name: "OTHER"}})
	if len(got) != len(want) {
		t.Fatalf("%d rows", len(got))
	}
	for i := range want {
		want[i].Secret = w.Catalog.Secrets[i]
		if diff := cmp.Diff(want[i].Row, got[i], cmp.AllowUnexported(secrets.Format{})); diff != "" {
			t.Error(diff)
		}
		if drift.Drifts(got[i].Findings) != want[i].drifts {
			t.Errorf("%s drifts: %v", got[i].Secret.Name, !want[i].drifts)
		}
	}
}

// A newer alias is the source that the sync takes; without revisions no key has one.
func TestRowsOfAliasAndOfAnEmptyHistory(t *testing.T) {
	w := followed(nil, []string{"a"})
	w.Live = append(w.Live, drift.Live{Name: "OLD_A", UpdatedAt: start.Add(time.Hour)})
	w.Store.Revisions = nil
	w.Received.Organization.Secrets["OLD_A"] = start.Add(time.Hour)
	if row := rows(w, nil)[0]; row.Source.Name != "OLD_A" || row.Revision != 0 {
		t.Errorf("source %v, revision %d", row.Source, row.Revision)
	}
}
