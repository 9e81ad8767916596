package drift

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// set puts a secret at a level.
func set(l *received.Level, name string, at time.Time) {
	if l.Secrets == nil {
		l.Secrets = map[string]time.Time{}
	}
	l.Secrets[name] = at
}

// What the job receives, level by level, and what stands in the way.
func TestLevels(t *testing.T) {
	const settings = "remove one of the two at https://github.com/acme/platform/settings/secrets/actions"
	for _, tc := range []struct {
		name   string
		change func(*World)
		want   []Finding
		source workflow.Source // of A
	}{
		{"the organization's", func(*World) {}, nil, sourceOfA},
		{"shadowed by the repository", func(w *World) { set(&w.Received.Repository, "A", day2) }, []Finding{
			{Kind: shadowed, Class: ByPerson, Name: "A", Hint: settings, Message: "the job receives A from the repository, not from the organization"},
			{Kind: stale, Class: ByUp, Name: "A", Hint: up, Message: "A was changed in GitHub 2 h ago and is not synced yet"},
		}, workflow.Source{Level: workflow.Repository, Name: "A"}},
		{"of the environment, as it is meant", func(w *World) {
			set(&w.Received.Environment, "A", day1)
			set(&w.Received.Repository, "A", day2)
			w.remark()
		}, nil, workflow.Source{Level: workflow.Environment, Name: "A"}},
		{"of the environment, over a managed one", func(w *World) { set(&w.Received.Environment, "M", day1); w.remark() }, []Finding{
			{Kind: shadowed, Class: ByPerson, Name: "M", Hint: settings, Message: "the job receives M from the environment, not from the organization"},
		}, sourceOfA},
		{"of the repository alone", func(w *World) { w.drop("A"); w.grant(); set(&w.Received.Repository, "A", day1); w.remark() }, nil,
			workflow.Source{Level: workflow.Repository, Name: "A"}},
		{"not granted", func(w *World) {
			w.Live[0].Visibility = "selected"
			delete(w.Received.Organization.Secrets, "A")
		}, []Finding{{Kind: notGranted, Class: ByPerson, Name: "A", Message: "repository platform may not read organization secret A",
			Hint: "gh api --method PUT /orgs/acme/actions/secrets/A/repositories/7001"}}, sourceOfA},
		{"not granted, and the catalog's list lacks the repository", func(w *World) {
			delete(w.Received.Organization.Secrets, "GH_B")
		}, []Finding{{Kind: notGranted, Class: ByPerson, Name: "B", Message: "repository platform may not read organization secret GH_B",
			Hint: "add platform to the repositories of B in catalog.yaml"}}, sourceOfA},
		{"a level that the token may not read", func(w *World) {
			w.Received.Repository = received.Level{Unread: true}
			w.Live[0].UpdatedAt = day2
		}, []Finding{{Kind: unread, Class: ByPerson, Message: "GITHUB_TOKEN may not see which secrets the jobs of platform receive, and the mark stays as it is",
			Hint: "let it read the secrets of repository platform"}}, sourceOfA},
		{"a GitHub environment that does not exist, or that the token may not read", func(w *World) {
			w.Stack.GitHubEnvironment, w.Received.Environment = "live", received.Level{Unread: true}
		}, []Finding{{Kind: unread, Class: ByPerson, Message: "GITHUB_TOKEN may not see which secrets the jobs of platform receive, and the mark stays as it is",
			Hint: "let it read the secrets of repository platform and of its environment live, which must exist"}}, sourceOfA},
		{"the sync's token is missing", func(w *World) { w.drop("PULUMI_ACCESS_TOKEN"); w.grant() }, []Finding{{Kind: token, Class: ByPerson,
			Message: "PULUMI_ACCESS_TOKEN, with which the sync logs in to Pulumi Cloud, does not reach the job",
			Hint:    "gh secret set PULUMI_ACCESS_TOKEN --repo acme/platform"}}, sourceOfA},
		{"the sync's token comes by OIDC", func(w *World) { w.Stack.PulumiOIDC = true; w.drop("PULUMI_ACCESS_TOKEN"); w.grant() }, nil, sourceOfA},
		{"applications read the sync's token", func(w *World) { w.Catalog.Secrets[3].GitHubName = "PULUMI_ACCESS_TOKEN"; w.deliver(2) }, []Finding{{
			Kind: token, Class: ByPerson, Name: "OPTIONAL", Message: "applications can read PULUMI_ACCESS_TOKEN, with which the sync writes the store",
			Hint: "give the sync a token of its own, see docs/workflow.md"}}, sourceOfA},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			if diff := cmp.Diff(tc.want, Find(w)); diff != "" {
				t.Error(diff)
			}
			if source, _, _ := w.Wanted(nil).Sources.Of("A"); source != tc.source {
				t.Errorf("A is effective as %s, want %s", source, tc.source)
			}
		})
	}
}

// remark is an up and a sync of what the levels hold now.
func (w *World) remark() {
	mark := w.Wanted(nil)
	w.Mark, w.Store.Record.Serial, w.Store.Record.Delivered = &mark, mark.Serial, mark.Sources
}

// A secret that a limited token cannot follow keeps its line: tokens of different
// rights give the same mark.
func TestRightsDoNotMoveTheMark(t *testing.T) {
	full := healthy()
	set(&full.Received.Repository, "A", day1)
	full.remark()
	for i := range 3 {
		limited := full
		levels := []*received.Level{&limited.Received.Organization, &limited.Received.Repository, &limited.Received.Environment}
		*levels[i] = received.Level{Unread: true}
		if diff := cmp.Diff(full.Wanted(nil), limited.Wanted(nil)); diff != "" {
			t.Errorf("without level %d: %s", i, diff)
		}
	}
}

// Of a hundred and twenty secrets the first hundred arrive. Where "_" sorts is not
// documented, so near the border nobody can say.
func TestFirstHundred(t *testing.T) {
	w := healthy()
	for i := range 116 {
		w.Live = append(w.Live, Live{Name: fmt.Sprintf("C%03d", i), UpdatedAt: day1})
	}
	w.grant()
	found := Find(w)
	var got []string
	for _, f := range found {
		if f.Kind == beyond {
			got = append(got, f.Name+": "+f.Message+": "+f.Hint)
		}
	}
	want := []string{
		"B: GH_B is number 118 of the 120 organization secrets that platform may read, and a job receives the first 100: gh secret set GH_B --repo acme/platform",
		"M: M is number 119 of the 120 organization secrets that platform may read, and a job receives the first 100: gh secret set M --repo acme/platform",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if last := found[len(found)-1]; last.Kind != Undeclared || !strings.Contains(last.Message, "116 secrets of the organization are not in the catalog: C000, C001, C002 and 113 more") {
		t.Errorf("%+v", last)
	}
}
