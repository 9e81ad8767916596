package drift

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

var (
	day1 = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	day2 = day1.Add(24 * time.Hour)
	now  = day2.Add(2 * time.Hour)
)

// healthy is a world in which nothing drifts: A and B as people set them, M
// managed and last written on day 1.
func healthy() World {
	return World{
		Organization: "acme",
		Catalog: &secrets.Catalog{Secrets: []secrets.Secret{
			{Name: "A", GitHubName: "A", Key: "a", Aliases: []string{"OLD_A"}, Required: true},
			{Name: "B", GitHubName: "GH_B", Key: "b", Visibility: "selected", Repositories: []string{"web", "api"}, Required: true},
			{Name: "M", GitHubName: "M", Key: "m", Aliases: []string{"OLD_M"}, Visibility: "private", Required: true},
			{Name: "OPTIONAL", GitHubName: "OPTIONAL", Key: "optional"},
		}},
		Live: []Live{
			{Name: "A", Visibility: "private", UpdatedAt: day1},
			{Name: "GH_B", Visibility: "selected", Repositories: []string{"api", "web"}, UpdatedAt: day1},
			{Name: "M", Visibility: "private", UpdatedAt: day1},
		},
		Managed: map[string]Managed{"M": {UpdatedAt: day1}},
		Store:   Store{Exists: true, Mark: day1, Revisions: []Revision{{Number: 7, Created: day1, Author: "pipeline", Synced: true}}},
		Mark:    day1,
		Now:     now,
	}
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
		{"an alias will do", func(w *World) { w.Live[0].Name = "OLD_A" }, nil},
		{"managed secret missing", func(w *World) { w.drop("M") }, nil}, // the provider plans to create it
		{"undeclared", func(w *World) { w.Live = append(w.Live, Live{Name: "X", UpdatedAt: day2}) }, []Finding{{Kind: Undeclared, Name: "X",
			Message: "organization secret X is not in the catalog",
			Hint:    "name it in catalog.yaml, or delete it at https://github.com/organizations/acme/settings/secrets/actions/X"}}},
		{"visibility", func(w *World) { w.Live[1].Visibility = "all" }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: `the visibility of organization secret GH_B is "all", the catalog says "selected"`}}},
		{"visibility of a managed one", func(w *World) { w.Live[2].Visibility = "all" }, nil}, // the provider shows it
		{"visibility the catalog leaves open", func(w *World) { w.Live[0].Visibility = "all" }, nil},
		{"another repository", func(w *World) { w.Live[1].Repositories = []string{"other"} }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by other, the catalog says api, web"}}},
		{"no repository", func(w *World) { w.Live[1].Repositories = []string{} }, []Finding{{Kind: Visibility, Name: "B", Hint: page0 + "GH_B",
			Message: "organization secret GH_B may be read by nobody, the catalog says api, web"}}},
		{"repositories not asked for", func(w *World) { w.Live[1].Repositories = nil }, nil},
		{"managed value changed", func(w *World) { w.Live[2].UpdatedAt = day1.Add(-time.Second) }, []Finding{{Kind: Changed, Name: "M",
			Message: "organization secret M was changed in GitHub 26 h ago",
			Hint:    "pulumi up sets the configured value again; to keep the new one instead: pulumi config rm --path values.M"}}},
		{"managed value before the first up", func(w *World) { w.Managed["M"] = Managed{} }, nil},
		{"newer in GitHub than the mark", func(w *World) { w.Live[0].UpdatedAt = day2 }, []Finding{{Kind: Stale, Name: "A",
			Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}}},
		{"newer in GitHub than the sync", func(w *World) { w.Live[0].UpdatedAt, w.Mark = day2, day2 }, []Finding{{Kind: Stale, Name: "A",
			Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: syncAgain}}},
		{"alias of a managed one is newer", func(w *World) {
			w.Live = append(w.Live, Live{Name: "OLD_M", UpdatedAt: day2})
		}, []Finding{{Kind: Stale, Name: "M", Message: "OLD_M was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}}},
		{"mark without its sync", func(w *World) { w.Mark = day2 }, []Finding{{Kind: Stale, Message: "the last mark is not synced yet", Hint: syncAgain}}},
		{"sync newer than the mark", func(w *World) { w.Store.Mark = day2 }, nil},
		{"never synced", func(w *World) { w.Store.Mark = time.Time{}; w.Store.Revisions[0].Synced = false }, []Finding{{Kind: Stale, Names: []string{"A", "B", "M"},
			Message: "nothing was synced into the store yet", Hint: syncAgain}}},
		{"no store", func(w *World) { w.Store = Store{} }, nil}, // the provider plans to create it
		{"hand edit", func(w *World) { w.Store.Revisions[0] = Revision{Number: 8, Author: "ana", Created: now} }, []Finding{{Kind: Tampered, Names: []string{"store revision 8"},
			Message: "store revision 8 was written by ana just now, not by sync", Hint: "pulumi up, and the sync that it starts, restore it"}}},
		{"hand edit that the mark knows of", func(w *World) {
			w.Store.Revisions[0] = Revision{Number: 8, Created: day1}
			w.Mark = day2
		}, []Finding{{Kind: Tampered, Names: []string{"store revision 8"},
			Message: "store revision 8 was written by somebody 26 h ago, not by sync", Hint: syncAgain}}},
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

func TestHandEdit(t *testing.T) {
	synced, edited := Revision{Number: 1, Synced: true}, Revision{Number: 2, Author: "ana"}
	for _, tc := range []struct {
		name  string
		store Store
		want  Revision
	}{
		{"no store", Store{}, Revision{}},
		{"never synced", Store{Exists: true, Revisions: []Revision{edited}}, Revision{}},
		{"no revisions", Store{Exists: true, Mark: day1}, Revision{}},
		{"sync was last", Store{Exists: true, Mark: day1, Revisions: []Revision{{Number: 3, Synced: true}, edited, synced}}, Revision{}},
		{"somebody was last", Store{Exists: true, Mark: day1, Revisions: []Revision{edited, synced}}, edited},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := tc.store.HandEdit()
			if got != tc.want || ok != (tc.want != Revision{}) {
				t.Errorf("got %+v, %v", got, ok)
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

func TestRows(t *testing.T) {
	w := healthy()
	w.drop("M")
	w.Live[0].UpdatedAt = day2
	w.Live = append(w.Live, Live{Name: "OLD_A", UpdatedAt: day1})
	rows := Rows(w, func(name string) bool { return name == "OLD_A" || name == "M" }, []string{"a", "optional"})
	stale := Finding{Kind: Stale, Name: "A", Message: "A was changed in GitHub 2 h ago and is not synced yet", Hint: "pulumi up"}
	unwritten := Finding{Kind: Missing, Name: "M", Message: "organization secret M is missing, and the stack holds its value", Hint: "pulumi up"}
	want := []struct {
		Row
		drifts bool
	}{
		{Row{Source: "A", UpdatedAt: day2, Passed: true, Revision: 7, Findings: []Finding{stale}}, true},
		{Row{Source: "GH_B", UpdatedAt: day1}, true}, // not passed, not held
		{Row{Managed: true, Passed: true, Findings: []Finding{unwritten}}, true},
		{Row{Revision: 7}, false}, // optional
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows", len(rows))
	}
	for i := range want {
		want[i].Secret = w.Catalog.Secrets[i]
		if diff := cmp.Diff(want[i].Row, rows[i], cmp.AllowUnexported(secrets.Format{})); diff != "" {
			t.Error(diff)
		}
		if got := rows[i].Drifts(); got != want[i].drifts {
			t.Errorf("%s drifts: %v", rows[i].Secret.Name, got)
		}
	}
	for _, passed := range []bool{true, false} {
		for _, r := range Rows(healthy(), func(string) bool { return passed }, []string{"a", "b", "m"}) {
			if r.Drifts() != (r.Secret.Required && !passed) {
				t.Errorf("passed %v: %+v", passed, r)
			}
		}
	}
}

// A newer alias is the source that the sync takes; without revisions no key has one.
func TestRowsOfAliasAndOfAnEmptyHistory(t *testing.T) {
	w := healthy()
	w.Live = append(w.Live, Live{Name: "OLD_A", UpdatedAt: day2})
	w.Store.Revisions = nil
	row := Rows(w, func(string) bool { return true }, []string{"a"})[0]
	if row.Source != "OLD_A" || row.Revision != 0 {
		t.Errorf("source %s, revision %d", row.Source, row.Revision)
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
	want := map[Kind]bool{Missing: true, Visibility: true, Undeclared: true}
	for _, k := range append(Kinds, Definition) {
		if k.ForPeople() != want[k] {
			t.Errorf("%s: %v", k, k.ForPeople())
		}
	}
}
