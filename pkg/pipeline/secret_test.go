package pipeline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Never wider than what was applied, nor than what is live, unless the catalog
// says so.
func TestVisibility(t *testing.T) {
	all := []string{"", "selected", "private", "all"}
	for _, live := range all {
		for _, last := range all {
			for _, catalog := range all {
				p := &Pipeline{settings: &settings{}, world: &world{last: &previous{Applied: map[string]applied{}}}}
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
			p := &Pipeline{world: &world{last: &previous{Applied: map[string]applied{"A": {UpdatedAt: tc.last, Trigger: "before"}}}}}
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

func TestMayReplace(t *testing.T) {
	name := secrets.EnvironmentName{Organization: "o", Project: "default", Name: "e"}
	for _, tc := range []struct {
		name              string
		last              string
		adopt             bool
		environment, held string
		lost              string // "" when it may be replaced
	}{
		{"ours", "", false, store.EnvironmentText(name.Store()), "", ""},
		{"ours by the import", "", false, "imports:\n  - default/e-store\n", "", ""},
		{"written by this stack", "o/default/e", false, "values:\n  a: x\n", "", ""},
		{"written by a stack that had another", "o/default/other", false, "values:\n  a: x\n", "", "a"},
		{"empty", "", false, "values: {}\n", "", ""},
		{"no text", "", false, "", "", ""},
		{"values", "", false, "values:\n  a: x\n  b:\n    c: x\n", "values:\n  a: x\n", "a, b.c"},
		{"an import", "", false, "imports:\n  - default/other\n", "", "import of default/other"},
		{"unreadable", "", true, "values: [\n", "", "values"},
		{"adopted, all in the store", "", true, "imports:\n  - default/other\nvalues:\n  a: x\n", "imports:\n  - default/other\nvalues:\n  a: y\n", ""},
		{"adopted, one is not", "", true, "values:\n  a: x\n  b: x\n", "values:\n  a: y\n", "b"},
		{"adopted, no store", "", true, "values:\n  a: x\n", "", "a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &settings{Stack: secrets.Stack{Environment: name, Adopt: tc.adopt}}
			w := &world{last: &previous{Environment: tc.last}}
			w.Environment, w.Store.Text = &tc.environment, tc.held
			err := s.mayReplaceEnvironment(w)
			if (err == nil) != (tc.lost == "") || (err != nil && !strings.Contains(err.Error(), "would be lost: "+tc.lost+"; ")) {
				t.Errorf("error %v, want %q to be lost", err, tc.lost)
			}
		})
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
