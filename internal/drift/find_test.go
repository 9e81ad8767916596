package drift

import (
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
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
		Stack: secrets.Stack{Organization: "acme", Environment: environment},
		Catalog: &secrets.Catalog{Secrets: []secrets.Secret{
			{Name: "A", GitHubName: "A", Key: "a", Aliases: []string{"OLD_A"}, Required: true},
			{Name: "B", GitHubName: "GH_B", Key: "b", Visibility: "selected", Repositories: []string{"web", "api"}, Required: true},
			{Name: "M", GitHubName: "M", Key: "m", Aliases: []string{"OLD_M"}, Visibility: "private", Required: true},
			{Name: "OPTIONAL", GitHubName: "OPTIONAL", Key: "optional"},
		}},
		Live: []Live{
			{Name: "A", Visibility: "private", UpdatedAt: day1},
			{Name: "GH_B", Visibility: "selected", Repositories: repositories("api", "web"), UpdatedAt: day1},
			{Name: "M", Visibility: "private", UpdatedAt: day1},
		},
		Managed:     map[string]Managed{"M": {UpdatedAt: day1}},
		Environment: &declared,
		Now:         now,
	}
	w.deliver(1)
	return w
}

// deliver is an up and the sync that it starts, with everything done.
func (w *World) deliver(serial int) {
	mark := w.Wanted(nil)
	mark.Serial, mark.Store = serial, "id"
	w.Mark = &mark
	w.Store = store.State{Exists: true, Revisions: []esc.Revision{{Number: 7, Created: day1, Author: "pipeline"}, {Number: 6}}}
	w.Store.Record = &store.Record{Serial: serial, Catalog: mark.Catalog, After: 6, Delivered: mark.Sources, Undelivered: workflow.Sources{}}
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

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*World)
		want   []Finding
	}{
		{"nothing", func(*World) {}, nil},
		{"adopted secret missing", func(w *World) { w.drop("GH_B") }, []Finding{{Kind: Missing, Name: "B",
			Message: "organization secret GH_B is missing", Hint: "gh secret set GH_B --org acme --visibility selected --repos web,api"}}},
		{"missing without a visibility", func(w *World) { w.drop("A") }, []Finding{{Kind: Missing, Name: "A",
			Message: "organization secret A is missing", Hint: "gh secret set A --org acme --visibility private"}}},
		{"an alias will do", func(w *World) { w.Live[0].Name = "OLD_A"; w.deliver(2) }, nil},
		{"managed secret missing", func(w *World) { w.drop("M") }, nil}, // the provider plans to create it
		{"undeclared", func(w *World) { w.Live = append(w.Live, Live{Name: "X", UpdatedAt: day2}) }, []Finding{{Kind: Undeclared, Name: "X",
			Message: "organization secret X is not in the catalog",
			Hint:    "name it in catalog.yaml, or delete it at https://github.com/organizations/acme/settings/secrets/actions/X"}}},
		{"visibility", func(w *World) { w.Live[1].Visibility = "all" }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: `the visibility of organization secret GH_B is "all", the catalog says "selected"`}}},
		{"visibility of a managed one", func(w *World) { w.Live[2].Visibility = "all" }, nil}, // the provider shows it
		{"visibility the catalog leaves open", func(w *World) { w.Live[0].Visibility = "all" }, nil},
		{"another repository", func(w *World) { w.Live[1].Repositories = repositories("other") }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by other, the catalog says api, web"}}},
		{"no repository", func(w *World) { w.Live[1].Repositories = repositories() }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by nobody, the catalog says api, web"}}},
		{"repositories not asked for", func(w *World) { w.Live[1].Repositories = nil }, nil},
		{"managed value changed", func(w *World) { w.Live[2].UpdatedAt = day1.Add(time.Second); w.deliver(2) }, []Finding{{Kind: Changed, Name: "M",
			Message: "organization secret M was changed in GitHub 25 h ago",
			Hint:    "pulumi up sets the configured value again; to keep the new one instead: pulumi config rm --path values.M"}}},
		{"managed date of a replica that lags", func(w *World) { w.Live[2].UpdatedAt = day1.Add(-time.Second) }, nil},
		{"managed value before the first up", func(w *World) { w.Managed["M"] = Managed{} }, nil},
		{"sorted by kind and name", func(w *World) {
			w.Live = []Live{{Name: "Z", UpdatedAt: day1}, {Name: "Y", UpdatedAt: day1}, {Name: "GH_B", Visibility: "private", UpdatedAt: day1}}
		}, []Finding{
			{Kind: Missing, Name: "A", Message: "organization secret A is missing", Hint: "gh secret set A --org acme --visibility private"},
			{Kind: Undeclared, Name: "Y", Message: "organization secret Y is not in the catalog",
				Hint: "name it in catalog.yaml, or delete it at https://github.com/organizations/acme/settings/secrets/actions/Y"},
			{Kind: Undeclared, Name: "Z", Message: "organization secret Z is not in the catalog",
				Hint: "name it in catalog.yaml, or delete it at https://github.com/organizations/acme/settings/secrets/actions/Z"},
			{Kind: Visibility, Name: "B", Hint: page0 + "GH_B", Message: `the visibility of organization secret GH_B is "private", the catalog says "selected"`},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := healthy()
			tc.change(&w)
			if diff := cmp.Diff(tc.want, Find(w)); diff != "" {
				t.Error(diff)
			}
		})
	}
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

// What is declared and differs, or is not there.
func TestDefinitions(t *testing.T) {
	w := healthy()
	other := "values: {}\n"
	w.Environment, w.Mark = &other, nil
	w.Files = []generated.File{{Path: "same", Text: "a", Live: "a"}, {Path: "edited", Text: "a", Live: "b"}, {Path: "gone", Text: "a"}}
	var got []string
	for _, f := range Find(w) {
		if f.Kind != Definition || f.Hint != "pulumi up" {
			t.Errorf("%+v", f)
		}
		got = append(got, f.Message)
	}
	want := []string{
		"edited differs from what is declared", "gone does not exist", ".github/secrets.mark holds no mark",
		"environment acme/default/prod differs from what is declared",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	w.Environment = nil
	if found := Find(w); found[len(found)-1].Message != "environment acme/default/prod does not exist" {
		t.Errorf("%+v", found)
	}
}

func TestNames(t *testing.T) {
	found := []Finding{{Kind: Stale, Names: []string{"C", "A"}}, {Kind: Stale, Name: "B"}, {Kind: Stale, Name: "A"}, {Kind: Missing, Name: "M"}, {Kind: Stale}}
	if diff := cmp.Diff([]string{"A", "B", "C"}, Names(found, Stale)); diff != "" {
		t.Error(diff)
	}
	if got := Names(found, Changed); got == nil || len(got) > 0 {
		t.Errorf("got %#v, want an empty list", got)
	}
}

func TestOnlyPeopleEndThese(t *testing.T) {
	want := map[Kind]bool{Missing: true, Visibility: true, Undeclared: true, Undelivered: true}
	for _, k := range append(Kinds, Definition) {
		if k.ForPeople() != want[k] {
			t.Errorf("%s: %v", k, k.ForPeople())
		}
	}
}
