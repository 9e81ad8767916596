package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

const (
	environmentName = fixture.Environment
	storeName       = fixture.Store
)

// Each drift shows in a plain preview and a plain up ends it, in one world that
// is clean after each. Synced values are lost only with the store itself.
func TestDriftThatUpRepairs(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY", "GITHUB_TOKEN")
	w.up()
	w.sync(0)
	w.clean()
	for _, tc := range []struct {
		name  string
		drift func() error
		shows []string
		check func(t *testing.T)
	}{
		{"workflow edited", func() error {
			text, _ := w.Sandbox.File(fixture.WorkflowPath)
			w.Sandbox.WriteFile(fixture.WorkflowPath, strings.Replace(text, "OPENAI_API_KEY", "OPENAI_KEY", 1), "somebody")
			return nil
		}, []string{"RepositoryFile workflow", "update"}, nil},
		{"workflow edited to look foreign", func() error {
			w.Sandbox.WriteFile(fixture.WorkflowPath, "name: by hand\n", "somebody")
			return nil
		}, []string{"RepositoryFile workflow", "update"}, nil},
		{"workflow deleted", func() error {
			w.Sandbox.RemoveFile(fixture.WorkflowPath, "somebody")
			return nil
		}, []string{"RepositoryFile workflow", "create"}, nil},
		{"mark edited", func() error {
			w.Sandbox.WriteFile(fixture.MarkPath, "date: 2020-01-01T00:00:00Z\n", "somebody")
			return nil
		}, []string{"RepositoryFile mark", "update"}, nil},
		{"environment edited", func() error {
			return w.Sandbox.SetDefinition(environmentName, "values:\n  app:\n    openai_api_key: overridden\n", "somebody")
		}, []string{"Environment environment", "update"}, nil},
		{"environment deleted", func() error {
			w.Sandbox.DeleteEnvironment(environmentName)
			return nil
		}, []string{"Environment environment", "create"}, nil},
		{"managed secret deleted", func() error {
			w.Sandbox.DeleteSecret("OPENAI_API_KEY")
			return nil
		}, []string{"ActionsOrganizationSecret OPENAI_API_KEY", "create"}, func(t *testing.T) {
			if _, info, ok := w.Sandbox.Secret("OPENAI_API_KEY"); !ok || info.Visibility != "private" {
				t.Errorf("the secret is there: %v, visibility %q", ok, info.Visibility)
			}
		}},
		{"managed secret widened", func() error {
			return w.Sandbox.SetVisibility("OPENAI_API_KEY", "all")
		}, []string{"ActionsOrganizationSecret OPENAI_API_KEY", "visibility"}, func(t *testing.T) {
			if _, info, _ := w.Sandbox.Secret("OPENAI_API_KEY"); info.Visibility != "private" {
				t.Errorf("visibility %q", info.Visibility)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			before := w.open()
			if err := tc.drift(); err != nil {
				t.Fatal(err)
			}
			w.drifts(tc.shows...)
			w.up()
			w.clean()
			w.same(before, w.open())
			if tc.check != nil {
				tc.check(t)
			}
		})
	}
}

// A deleted store is created anew and filled by the next sync.
func TestStoreDeleted(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.up()
	w.sync(0)
	before := w.open()
	if !w.Sandbox.DeleteEnvironment(storeName) {
		t.Fatal("there was no store")
	}
	w.drifts("Environment store", "create")
	w.up()
	w.clean()
	w.sync(0)
	w.same(before, w.open())
	w.clean()
}

// What only a person can repair is reported with the way to do it, and the
// preview is clean once it is done.
func TestDriftThatPeopleRepair(t *testing.T) {
	w := newWorld(t)
	w.edit("- name: ANTHROPIC_API_KEY", "- name: ANTHROPIC_API_KEY\n    visibility: private")
	w.up()
	for _, tc := range []struct {
		name           string
		drift, restore func() error
		shows          []string
	}{
		{"missing", func() error {
			w.Sandbox.DeleteSecret("GH_API_TOKEN")
			return nil
		}, func() error {
			return w.Sandbox.SetSecret("GH_API_TOKEN", marker+"-new", "private")
		}, []string{"Secret (GITHUB_TOKEN)", "organization secret GH_API_TOKEN is missing: gh secret set GH_API_TOKEN --org acme --visibility private"}},
		{"visibility", func() error {
			return w.Sandbox.SetVisibility("ANTHROPIC_API_KEY", "all")
		}, func() error {
			return w.Sandbox.SetVisibility("ANTHROPIC_API_KEY", "private")
		}, []string{"Secret (ANTHROPIC_API_KEY)", `the visibility of organization secret ANTHROPIC_API_KEY is "all", the catalog says "private"`}},
		{"undeclared", func() error {
			return w.Sandbox.SetSecret("LEFT_OVER", marker, "private")
		}, func() error {
			w.Sandbox.DeleteSecret("LEFT_OVER")
			return nil
		}, []string{"1 secret of the organization is not in the catalog: LEFT_OVER"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			if err := tc.drift(); err != nil {
				t.Fatal(err)
			}
			w.contains(w.preview(), tc.shows...)
			w.contains(w.up(), tc.shows...)
			if err := tc.restore(); err != nil {
				t.Fatal(err)
			}
			w.up() // a new date of an adopted secret moves the mark
			w.clean()
			if out := w.preview(); strings.Contains(out, tc.shows[0]) {
				t.Errorf("still reported:\n%s", out)
			}
		})
	}
}

// edit replaces text in the catalog, and pushes it.
func (w *world) edit(old, text string) {
	w.t.Helper()
	path := filepath.Join(w.Dir, "catalog.yaml")
	content, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	changed := strings.Replace(string(content), old, text, 1)
	if changed == string(content) {
		w.t.Fatalf("the catalog has no %q", old)
	}
	if err := errors.Join(os.WriteFile(path, []byte(changed), 0o600), w.Push()); err != nil {
		w.t.Fatal(err)
	}
}
