package drift

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

var (
	day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	day2 = day1.Add(24 * time.Hour)
	now  = day2.Add(2 * time.Hour)
)

// healthy is a world in which nothing drifts: A and B as people set them, M
// managed and last written on day 1.
func healthy() World {
	w := World{
		Stack: secrets.Stack{Organization: "acme", Repository: "platform", Environment: environment, RootKey: "app", Workflow: secrets.DefaultWorkflow, Catalog: "catalog.yaml"},
		Catalog: &secrets.Catalog{Secrets: []secrets.Secret{
			{Name: "A", GitHubName: "A", Key: "a", Aliases: []string{"OLD_A"}, Required: true},
			{Name: "B", GitHubName: "GH_B", Key: "b", Visibility: "selected", Repositories: []string{"web", "api"}, Required: true},
			{Name: "M", GitHubName: "M", Key: "m", Aliases: []string{"OLD_M"}, Visibility: "private", Required: true},
			{Name: "OPTIONAL", GitHubName: "OPTIONAL", Key: "optional"},
		}},
		Repository: github.Repository{ID: 7001, Name: "platform", DefaultBranch: "main"},
		Live: []Live{
			{Name: "A", Visibility: "private", UpdatedAt: day1},
			{Name: "GH_B", Visibility: "selected", Repositories: repositories("api", "web"), UpdatedAt: day1},
			{Name: "M", Visibility: "private", UpdatedAt: day1},
			{Name: "PULUMI_ACCESS_TOKEN", Visibility: "private", UpdatedAt: day1},
		},
		Managed:     map[string]Managed{"M": {UpdatedAt: day1}},
		Environment: &declared,
		Now:         now,
	}
	w.deliver(1)
	return w
}

// grant lets the repository's jobs receive all that the organization has.
func (w *World) grant() {
	var list []github.Secret
	for _, l := range w.Live {
		list = append(list, github.Secret{Name: l.Name, UpdatedAt: l.UpdatedAt})
	}
	slices.SortFunc(list, func(a, b github.Secret) int { return strings.Compare(a.Name, b.Name) })
	w.Received = received.Secrets{Organization: received.NewLevel(list), Repository: received.NewLevel(nil), Environment: received.NewLevel(nil)}
}

// deliver is an up and the sync that it starts, with everything done.
func (w *World) deliver(serial int) {
	w.grant()
	mark := w.Wanted(nil)
	mark.Serial, mark.Store = serial, "id"
	w.Mark = &mark
	w.Store = store.State{Exists: true, Revisions: []esc.Revision{{Number: 7, Created: day1, Author: "pipeline"}, {Number: 6}}}
	w.Store.Record = &store.Record{Serial: serial, Catalog: mark.Catalog, After: 6, Delivered: maps.Clone(mark.Sources), Undelivered: workflow.Sources{}}
	w.Pushed = mark.Catalog
}

var (
	environment = secrets.EnvironmentName{Organization: "acme", Project: "default", Name: "prod"}
	declared    = store.EnvironmentText(environment.Store())
)

func repositories(names ...string) []github.Repository {
	all := []github.Repository{}
	for _, name := range names {
		all = append(all, github.Repository{Name: name})
	}
	return all
}

func (w *World) drop(name string) {
	var rest []Live
	for _, l := range w.Live {
		if l.Name != name {
			rest = append(rest, l)
		}
	}
	w.Live = rest
}

const page0 = "set it at https://github.com/organizations/acme/settings/secrets/actions/"

// What each drift of the organization is called, in which class, and what ends it.
func TestFind(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*World)
		want   []Finding
	}{
		{"nothing", func(*World) {}, nil},
		{"adopted secret missing", func(w *World) { w.drop("GH_B") }, []Finding{{Kind: Missing, Class: ByPerson, Name: "B",
			Message: "organization secret GH_B is missing", Hint: "gh secret set GH_B --org acme --visibility selected --repos web,api"}}},
		{"missing without a visibility", func(w *World) { w.drop("A") }, []Finding{{Kind: Missing, Class: ByPerson, Name: "A",
			Message: "organization secret A is missing", Hint: "gh secret set A --org acme --visibility private"}}},
		{"an alias will do", func(w *World) { w.Live[0].Name = "OLD_A"; w.deliver(2) }, nil},
		{"managed secret missing", func(w *World) { w.drop("M"); w.grant() }, []Finding{{Kind: Missing, Class: ByUp, Name: "M",
			Message: "organization secret M is missing, and the stack holds its value", Hint: "pulumi up"}}},
		{"visibility", func(w *World) { w.Live[1].Visibility = "all" }, []Finding{{Kind: visibility, Class: ByPerson, Name: "B", Hint: page0 + "GH_B",
			Message: `the visibility of organization secret GH_B is "all", the catalog says "selected"`}}},
		{"visibility of a managed one", func(w *World) { w.Live[2].Visibility = "all" }, []Finding{{Kind: visibility, Class: ByUp, Name: "M", Hint: "pulumi up",
			Message: `the visibility of organization secret M is "all", the catalog says "private"`}}},
		{"visibility the catalog leaves open", func(w *World) { w.Live[0].Visibility = "all" }, nil},
		{"another repository", func(w *World) { w.Live[1].Repositories = repositories("other") }, []Finding{{Kind: visibility, Class: ByPerson, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by other, the catalog says api, web"}}},
		{"no repository", func(w *World) { w.Live[1].Repositories = repositories() }, []Finding{{Kind: visibility, Class: ByPerson, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by nobody, the catalog says api, web"}}},
		{"repositories not asked for", func(w *World) { w.Live[1].Repositories = nil }, nil},
		{"managed value changed", func(w *World) { w.Live[2].UpdatedAt = day1.Add(time.Second) }, []Finding{{Kind: changed, Class: ByUp, Name: "M",
			Message: "organization secret M was changed in GitHub 25 h ago, and up sets the configured value again; to keep the new one",
			Hint:    "pulumi config rm --path values.M"}}},
		{"managed date of a replica that lags", func(w *World) { w.Live[2].UpdatedAt = day1.Add(-time.Second) }, nil},
		{"managed value before the first up", func(w *World) { w.Managed["M"] = Managed{} }, nil},
		{"managed value that people set", func(w *World) { w.Managed["M"] = Managed{First: true} }, []Finding{{Kind: changed, Class: ByUp, Name: "M",
			Message: "up replaces the value of organization secret M, which people set 26 h ago; to keep theirs",
			Hint:    "pulumi config rm --path values.M"}}},
		{"undeclared", func(w *World) {
			for _, name := range []string{"Z", "Y", "X", "W", "IGNORED_1"} {
				w.Live = append(w.Live, Live{Name: name, UpdatedAt: day2})
			}
			w.Catalog.Ignore = []string{"IGNORED_*"}
		}, []Finding{{Kind: Undeclared, Class: Information, Names: []string{"W", "X", "Y", "Z"},
			Message: "4 secrets of the organization are not in the catalog: W, X, Y and 1 more"}}},
		{"beside the root key", func(w *World) {
			w.Store.Text = "values:\n  app: {a: b}\n  old: {a: b}\n  environmentVariables: {A: b}\n  sophia-secrets-record: x\n"
		}, []Finding{{Kind: outside, Class: ByPerson, Names: []string{"old"}, Message: "the store gives applications more than app: old",
			Hint: "pulumi env edit acme/default/prod-store"}}},
		{"keys that nobody declared", func(w *World) {
			w.Catalog.Retired = []string{"gone"}
			w.deliver(2)
			w.Store.Text = "values:\n  app: {a: x, m: x, old_a: x, gone: x, other: x}\n"
		}, []Finding{{Kind: unknown, Class: Information, Names: []string{"old_a", "other"}, Message: "2 keys of the store are not in the catalog: old_a, other"}}},
		{"of another stack", func(w *World) { w.Stack.Name = "staging"; w.drop("M"); w.grant() }, []Finding{{Kind: Missing, Class: ByUp, Name: "M",
			Message: "organization secret M is missing, and the stack holds its value", Hint: "pulumi up --stack staging"}}},
		{"another name of the repository", func(w *World) { w.Repository.Name = "cloud" }, []Finding{{Kind: renamed, Class: ByPerson,
			Message: "repository platform is now called cloud", Hint: "pulumi config set repository cloud"}}},
		{"another catalog pushed", func(w *World) { w.Pushed = "other" }, []Finding{{Kind: unpushed, Class: Information,
			Message: "repository platform has a different catalog in catalog.yaml", Hint: push}}},
		{"no catalog pushed", func(w *World) { w.Pushed = "" }, []Finding{{Kind: unpushed, Class: ByPerson,
			Message: "repository platform has no catalog in catalog.yaml that the sync can read", Hint: push}}},
		{"sorted by kind and name", func(w *World) {
			w.drop("A")
			w.Live[0].Visibility = "private"
			w.Live[1].UpdatedAt = day1.Add(time.Second)
		}, []Finding{
			{Kind: changed, Class: ByUp, Name: "M", Hint: "pulumi config rm --path values.M",
				Message: "organization secret M was changed in GitHub 25 h ago, and up sets the configured value again; to keep the new one"},
			{Kind: Missing, Class: ByPerson, Name: "A", Message: "organization secret A is missing", Hint: "gh secret set A --org acme --visibility private"},
			{Kind: visibility, Class: ByPerson, Name: "B", Hint: page0 + "GH_B", Message: `the visibility of organization secret GH_B is "private", the catalog says "selected"`},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			w.grant()
			if diff := cmp.Diff(tc.want, Find(w)); diff != "" { // TestUndone has the findings about the store
				t.Error(diff)
			}
		})
	}
}

// What is declared and differs, or is not there.
func TestDefinitions(t *testing.T) {
	w := healthy()
	other := "values: {}\n"
	w.Environment, w.Mark = &other, nil
	w.Files = []generated.File{{Path: "same", Text: "a", Live: "a"}, {Path: "edited", Text: "a", Live: "b"}, {Path: "gone", Text: "a"}}
	check := func(want ...string) {
		t.Helper()
		var got []string
		for _, f := range Find(w) {
			if f.Kind != Definition || f.Class != ByUp || f.Hint != up {
				t.Errorf("%+v", f)
			}
			got = append(got, f.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	check("edited differs from what is declared", "gone does not exist", ".github/secrets.mark holds no mark",
		"environment acme/default/prod differs from what is declared")
	w.Environment, w.Files, w.Store = nil, nil, store.State{}
	check(".github/secrets.mark holds no mark", "environment acme/default/prod-store does not exist", "environment acme/default/prod does not exist")
	w = healthy()
	w.Mark.Sources[sourceOfA] = line(day1.Add(-time.Hour))
	check(".github/secrets.mark differs from what is declared")
}

func TestAgo(t *testing.T) {
	for since, want := range map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 59 * time.Second: "just now",
		time.Minute: "1 min ago", 59*time.Minute + 59*time.Second: "59 min ago",
		time.Hour: "1 h ago", 47*time.Hour + 59*time.Minute: "47 h ago",
		48 * time.Hour: "2 days ago", 100 * 24 * time.Hour: "100 days ago",
	} {
		if got := (World{Now: now}).ago(now.Add(-since)); got != want {
			t.Errorf("%s: got %q, want %q", since, got, want)
		}
	}
}
