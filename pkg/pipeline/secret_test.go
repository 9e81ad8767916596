package pipeline

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Never wider than what was applied, nor than what is live, unless the catalog
// says so.
func TestVisibility(t *testing.T) {
	all := []string{"", "selected", "private", "all"}
	for _, live := range all {
		for _, last := range all {
			for _, catalog := range all {
				p := &pipeline{settings: &settings{}, world: &world{last: &previous{Applied: map[string]applied{}}}}
				if live != "" {
					p.Live = []drift.Live{{Name: "A", Visibility: live}}
				}
				if last != "" {
					p.last.Applied["A"] = applied{Visibility: last}
				}
				got := p.visibility(secrets.Secret{Name: "A", GitHubName: "A", Visibility: catalog})
				switch {
				case catalog != "":
					if got != catalog {
						t.Errorf("live %q, last %q: got %q, the catalog says %q", live, last, got, catalog)
					}
				case live == "" && last == "":
					if got != "private" {
						t.Errorf("a new one is %q", got)
					}
				default:
					want := slices.Index(widths, got)
					for _, known := range []string{live, last} {
						if known != "" && want > slices.Index(widths, known) {
							t.Errorf("live %q, last %q: got %q, which is wider", live, last, got)
						}
					}
					if got != live && got != last {
						t.Errorf("live %q, last %q: got %q", live, last, got)
					}
				}
			}
		}
	}
}

// The trigger changes with a date that is not that of our last write, and only
// then: each change is one PUT.
func TestTrigger(t *testing.T) {
	for _, tc := range []struct {
		name          string
		live, last    string
		moves, exists bool
	}{
		{"as we left it", "2026-08-01T10:00:00Z", "2026-08-01 10:00:00 +0000 UTC", false, true},
		{"changed", "2026-08-02T10:00:00Z", "2026-08-01 10:00:00 +0000 UTC", true, true},
		{"an older date, of a replica that lags", "2026-07-02T10:00:00Z", "2026-08-01 10:00:00 +0000 UTC", false, true},
		{"our date is not known", "2026-08-02T10:00:00Z", "", false, true},
		{"deleted", "", "2026-08-01 10:00:00 +0000 UTC", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &pipeline{world: &world{last: &previous{Applied: map[string]applied{"A": {UpdatedAt: tc.last, Trigger: "before"}}}}}
			if tc.exists {
				at, err := parseDate(tc.live)
				if err != nil {
					t.Fatal(err)
				}
				p.Live = []drift.Live{{Name: "A", UpdatedAt: at}}
			}
			got := p.trigger(secrets.Secret{Name: "A", GitHubName: "A"})
			if (got != "before") != tc.moves {
				t.Errorf("the trigger is %q", got)
			}
			if first := p.trigger(secrets.Secret{Name: "NEW", GitHubName: "A"}); first != "" {
				t.Errorf("the trigger of a new one is %q", first)
			}
		})
	}
}

// A header or an import of the store proves nothing: what the environment holds of
// its own decides. What adoption compares is tried in package adopt.
func TestMayReplace(t *testing.T) {
	name := secrets.EnvironmentName{Organization: "o", Project: "default", Name: "e"}
	header := store.EnvironmentText(name.Store())
	for _, tc := range []struct {
		name        string
		last        string
		environment string
		lost        string // "" when it may be replaced
	}{
		{"ours", "", header, ""},
		{"ours by the import", "", "imports:\n  - default/e-store\n", ""},
		{"values under our header", "", header + "values:\n  a: x\n", "a"},
		{"values beside the import", "", "imports:\n  - default/e-store\nvalues:\n  a: x\n", "a"},
		{"another import beside it", "", "imports:\n  - default/e-store\n  - default/other\n", "import of default/other"},
		{"written by this stack", "o/default/e", "values:\n  a: x\n", ""},
		{"written by a stack that had another", "o/default/other", "values:\n  a: x\n", "a"},
		{"empty", "", "values: {}\n", ""},
		{"no text", "", "", ""},
		{"values", "", "values:\n  a: x\n  b:\n    c: x\n", "a, b.c"},
		{"an import", "", "imports:\n  - default/other\n", "import of default/other"},
		{"unreadable", "", "values: [\n", "values"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &settings{Stack: secrets.Stack{Environment: name}}
			w := &world{last: &previous{Environment: tc.last}}
			w.Environment = &tc.environment
			err := s.mayReplaceEnvironment(t.Context(), w)
			if (err == nil) != (tc.lost == "") || (err != nil && !strings.Contains(err.Error(), "would be lost: "+tc.lost+"; ")) {
				t.Errorf("error %v, want %q to be lost", err, tc.lost)
			}
		})
	}
}

// A file is replaced when this stack declared it, or when it is the declared one.
func TestMayReplaceFiles(t *testing.T) {
	environment := secrets.EnvironmentName{Organization: "o", Project: "default", Name: "e"}
	stack := secrets.Stack{Organization: "acme", Repository: "platform", Environment: environment, Workflow: secrets.DefaultWorkflow}
	catalog := &secrets.Catalog{}
	own := workflow.Render(stack, catalog)
	moved := stack
	moved.Environment.Name = "other"
	others := workflow.Render(moved, catalog)
	known := files{"platform/" + stack.WorkflowPath()}
	for _, tc := range []struct {
		name  string
		live  string
		last  previous
		adopt bool
		want  string
	}{
		{"none", "", previous{}, false, ""},
		{"the declared text", own, previous{}, false, ""},
		{"our header with another text", own + "# more\n", previous{}, false, "exists in acme/platform with another text"},
		{"by people", "name: x\n", previous{}, false, "exists in acme/platform with another text"},
		{"by people, adopted", "name: x\n", previous{}, true, ""},
		{"declared by this stack", "name: x\n", previous{Files: known}, false, ""},
		{"of another environment", others, previous{}, false, "belongs to environment o/default/other"},
		{"of another environment, adopted", others, previous{}, true, "pulumi config set workflow NAME"},
		{"of another environment, in the place of ours", others, previous{Files: known, Environment: "o/default/e"}, false, "belongs to environment o/default/other"},
		{"nothing but a mark by people", "", previous{}, false, "exists in acme/platform with another text"},
		{"nothing but a mark by people, adopted", "", previous{}, true, ""},
		{"nothing but a mark by people, in the place of ours", "", previous{Files: known}, false, ""},
		{"of the environment that the stack had", others, previous{Files: known, Environment: "o/default/other"}, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &settings{Stack: stack}
			s.Adopt = tc.adopt
			w := &world{last: &tc.last}
			w.Files = generated.Files(stack, catalog)
			w.Files[0].Live, w.NoMark = tc.live, strings.HasPrefix(tc.name, "nothing but a mark")
			err := s.mayReplaceFiles(w)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// The first edition left lists and a protected store.
func TestOutputsOfTheFirstEdition(t *testing.T) {
	for text, want := range map[string]files{`["b","a"]`: {"b", "a"}, `{"b":"workflow","a":"mark"}`: {"a", "b"}} {
		var got files
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]allowList{`[7,5]`: {7, 5}, `{"7":true,"5":true,"11":true}`: {5, 7, 11}, `null`: nil, `{}`: nil} {
		var got allowList
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	s := &settings{Stack: secrets.Stack{Environment: secrets.EnvironmentName{Organization: "o", Project: "p", Name: "new"}}}
	for _, tc := range []struct {
		last    previous
		refused bool
	}{
		{previous{}, false},
		{previous{Environment: "o/p/new"}, false},
		{previous{Environment: "o/p/old"}, true},
		{previous{Environment: "o/p/old", Edition: edition}, false},
	} {
		if err := s.mayMove(&world{last: &tc.last}); (err != nil) != tc.refused || err != nil && !strings.Contains(err.Error(), "pulumi config set environment o/p/old") {
			t.Errorf("%+v: %v", tc.last, err)
		}
	}
}

func TestRetry(t *testing.T) {
	for _, tc := range []struct{ failures, calls int }{{0, 1}, {2, 3}, {3, 3}, {9, 3}} {
		calls := 0
		err := retry(3, 0, func() error {
			if calls++; calls <= tc.failures {
				return errors.New("not yet")
			}
			return nil
		})
		if calls != tc.calls || (err != nil) != (tc.failures >= 3) {
			t.Errorf("%d failures: %d calls, %v", tc.failures, calls, err)
		}
	}
}
