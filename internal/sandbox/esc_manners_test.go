package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

func TestVersionETag(t *testing.T) {
	for _, c := range []struct {
		manner string
		want   func(own, newest string) string
	}{
		{"", func(own, _ string) string { return own }},
		{"own", func(own, _ string) string { return own }},
		{"newest", func(_, newest string) string { return newest }},
		{"none", func(string, string) string { return "" }},
	} {
		t.Run(c.manner, func(t *testing.T) {
			s := startWith(t, sandbox.Options{Manners: sandbox.Manners{VersionETag: c.manner}})
			token := s.Tokens().Pulumi
			etag := func(path string) string {
				return want(t, s, 200, token, "HEAD", storePath+path, nil).header.Get("ETag")
			}
			makeStore(t, s, "values: {a: 1}\n")
			own := etag("")
			want(t, s, 204, token, "POST", storePath+"/versions/tags", map[string]any{"name": "synced"})
			want(t, s, 200, token, "PATCH", storePath, "values: {a: 2}\n")
			newest := etag("")
			if own == "" || newest == "" || own == newest {
				t.Fatalf("ETags of the newest revision: %q, then %q", own, newest)
			}
			for _, path := range []string{"/versions/2", "/versions/synced"} {
				if got := etag(path); got != c.want(own, newest) {
					t.Errorf("%s: ETag %q of %q and %q", path, got, own, newest)
				}
			}
		})
	}
}

func TestUnknownVersionETag(t *testing.T) {
	manners := sandbox.Manners{VersionETag: "sometimes"}
	if s, err := sandbox.Start(sandbox.Options{Manners: manners}); err == nil {
		_ = s.Close()
		t.Error("it is accepted at the start")
	}
	defer func() {
		if recover() == nil {
			t.Error("it is accepted at run time")
		}
	}()
	start(t).SetManners(manners)
}

// With gaps, revisions are still found by number, and a number in a gap names
// none.
func TestRevisionStep(t *testing.T) {
	s := startWith(t, sandbox.Options{Manners: sandbox.Manners{RevisionStep: 3}})
	token := s.Tokens().Pulumi
	makeStore(t, s, "values: {a: 1}\n") // revisions 1 and 4
	got := want(t, s, 200, token, "PATCH", storePath, "values: {a: 2}\n").header.Get("Pulumi-ESC-Revision")
	if got != "7" {
		t.Errorf("third revision %s, want 7", got)
	}
	s.SetManners(sandbox.Manners{})
	want(t, s, 200, token, "PATCH", storePath, "values: {a: 3}\n")

	for query, numbers := range map[string][]int{"": {8, 7, 4, 1}, "?before=7": {4, 1}, "?before=6&count=1": {4}, "?count=2": {8, 7}} {
		var list []struct{ Number int }
		if err := json.Unmarshal(want(t, s, 200, token, "GET", storePath+"/versions"+query, nil).body, &list); err != nil {
			t.Fatal(err)
		}
		got := []int{}
		for _, v := range list {
			got = append(got, v.Number)
		}
		if !slices.Equal(got, numbers) {
			t.Errorf("versions%s: %v, want %v", query, got, numbers)
		}
	}
	if got := string(want(t, s, 200, token, "GET", storePath+"/versions/4", nil).body); got != "values: {a: 1}\n" {
		t.Errorf("version 4 is %q", got)
	}
	want(t, s, 404, token, "GET", storePath+"/versions/2", nil)
	want(t, s, 404, token, "POST", storePath+"/versions/tags", map[string]any{"name": "synced", "revision": 5})
	want(t, s, 204, token, "POST", storePath+"/versions/tags", map[string]any{"name": "synced", "revision": 7})
	if r := s.Revisions(store); r[1].Number != 7 || !slices.Equal(r[1].Tags, []string{"synced"}) {
		t.Errorf("revision %d has the tags %v", r[1].Number, r[1].Tags)
	}
	if got := string(want(t, s, 200, token, "GET", storePath+"/versions/synced", nil).body); got != "values: {a: 2}\n" {
		t.Errorf("the tag names %q", got)
	}
}

func TestNoRevisionHeader(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	makeStore(t, s, "values: {a: 1}\n")
	for _, hidden := range []bool{false, true} {
		s.SetManners(sandbox.Manners{NoRevisionHeader: hidden})
		for _, a := range []answer{
			want(t, s, 200, token, "GET", storePath, nil),
			want(t, s, 200, token, "HEAD", storePath, nil),
			want(t, s, 200, token, "GET", storePath+"/versions/1", nil),
			want(t, s, 200, token, "PATCH", storePath, "values: {a: 2}\n"),
		} {
			if got := a.header.Get("Pulumi-ESC-Revision"); (got == "") != hidden {
				t.Errorf("hidden %v: Pulumi-ESC-Revision is %q", hidden, got)
			}
			if a.header.Get("ETag") == "" {
				t.Error("the ETag is gone")
			}
		}
	}
}

// The evaluator keeps a description to the letter, beside secrets too, and nobody
// who imports or opens the environment sees it.
func TestDescription(t *testing.T) {
	s := start(t)
	token, value, note := s.Tokens().Pulumi, marker(), marker()
	text := "description: |\n  " + note + "\n  GH_ONE: \"2026-08-01T12:00:00Z\"\nvalues:\n  sophia:\n    a:\n      fn::secret: " + value + "\n"
	makeStore(t, s, "values: {}\n")
	want(t, s, 200, token, "POST", "/api/esc/environments/acme-cloud/yaml/check", text)
	want(t, s, 200, token, "PATCH", storePath, text)
	at := string(want(t, s, 200, token, "GET", storePath, nil).body)
	head, _, _ := strings.Cut(text, "values:")
	if !strings.HasPrefix(at, head) || strings.Contains(at, value) {
		t.Errorf("at rest:\n%s", at)
	}
	want(t, s, 200, token, "PATCH", storePath, at)
	if again, _, _ := s.Definition(store); again != at {
		t.Errorf("sent back (-want +got):\n%s", cmp.Diff(at, again))
	}

	if err := s.CreateEnvironment(environment, "maria"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDefinition(environment, "imports:\n  - default/production-store\n", "maria"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{store, environment} {
		opened, err := s.Open(name)
		if diff := cmp.Diff(map[string]any{"sophia": map[string]any{"a": value}}, opened); err != nil || diff != "" {
			t.Errorf("%s opens: %v (-want +got):\n%s", name, err, diff)
		}
		path := "/api/esc/environments/" + name + "/open"
		id := want(t, s, 200, token, "POST", path, nil).json(t)["id"].(string)
		if got := want(t, s, 200, token, "GET", path+"/"+id, nil).body; strings.Contains(string(got), note) {
			t.Errorf("%s shows the description to who opens it", name)
		}
	}
}

func TestRefusedDescription(t *testing.T) {
	described := func(n int) string { return "description: " + strings.Repeat("é", n/2) + "\nvalues: {}\n" }
	for _, c := range []struct {
		name    string
		manners sandbox.Manners
		text    string
		status  int
	}{
		{"refused", sandbox.Manners{RefuseDescription: true}, described(2), 400},
		{"refused, but there is none", sandbox.Manners{RefuseDescription: true}, "values: {description: x}\n", 200},
		{"at the limit", sandbox.Manners{DescriptionLimit: 20}, described(20), 200},
		{"over the limit in bytes", sandbox.Manners{DescriptionLimit: 20}, described(22), 400},
		{"no limit", sandbox.Manners{}, described(1 << 20), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			makeStore(t, s, "description: before\nvalues: {}\n")
			s.SetManners(c.manners)
			a := want(t, s, c.status, s.Tokens().Pulumi, "PATCH", storePath, c.text)
			if c.status == 200 {
				return
			}
			if list, _ := a.json(t)["diagnostics"].([]any); len(list) == 0 {
				t.Errorf("no diagnostics in %s", a.body)
			}
			if got := len(s.Revisions(store)); got != 2 {
				t.Errorf("%d revisions, want 2", got)
			}
			if _, err := s.Open(store); err != nil {
				t.Errorf("what stood there before does not open: %v", err)
			}
		})
	}
}

// Following the tokens lists every tag once; the default is one page.
func TestTagPages(t *testing.T) {
	s := start(t)
	token, names := s.Tokens().Pulumi, []string{}
	makeStore(t, s, "values: {}\n")
	for i := range 7 {
		names = append(names, fmt.Sprintf("tag%d", i))
		want(t, s, 200, token, "POST", storePath+"/tags", map[string]string{"name": names[i], "value": "v"})
		want(t, s, 204, token, "POST", storePath+"/versions/tags", map[string]string{"name": names[i]})
	}
	for path, first := range map[string]string{"/tags": "2", "/versions/tags": "tag0"} { // latest sorts before tag0
		if got := want(t, s, 200, token, "GET", storePath+path+"?count=2", nil).json(t)["nextToken"]; got != first {
			t.Errorf("%s: two at a time, then %v", path, got)
		}
	}
	for _, c := range []struct{ size, tagPages, versionPages int }{{0, 1, 1}, {3, 3, 3}, {4, 2, 2}, {7, 1, 2}, {100, 1, 1}} {
		t.Run(fmt.Sprint(c.size), func(t *testing.T) {
			s.SetManners(sandbox.Manners{TagPageSize: c.size})
			got, pages := tagPages[map[string]any](t, s, "/tags", "0", func(page map[string]any) []string { return slices.Collect(maps.Keys(page)) })
			if diff := cmp.Diff(names, got); diff != "" || pages != c.tagPages {
				t.Errorf("%d pages of environment tags (-want +got):\n%s", pages, diff)
			}
			got, pages = tagPages(t, s, "/versions/tags", "", func(page []struct{ Name string }) (names []string) {
				for _, tag := range page {
					names = append(names, tag.Name)
				}
				return names
			})
			if diff := cmp.Diff(append([]string{"latest"}, names...), got); diff != "" || pages != c.versionPages {
				t.Errorf("%d pages of revision tags (-want +got):\n%s", pages, diff)
			}
		})
	}
}

// tagPages reads all pages and returns the sorted names.
func tagPages[T any](t *testing.T, s *sandbox.Server, path, end string, namesOf func(T) []string) (names []string, pages int) {
	t.Helper()
	for after := ""; pages == 0 || after != end; pages++ {
		var page struct {
			Tags      T
			NextToken string
		}
		a := want(t, s, 200, s.Tokens().Pulumi, "GET", storePath+path+"?after="+after, nil)
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		names, after = append(names, namesOf(page.Tags)...), page.NextToken
	}
	slices.Sort(names)
	return names, pages
}
