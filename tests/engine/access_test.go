package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// selected asserts that only these repositories may read OPENAI_API_KEY.
func (w *world) selected(repositories ...int64) {
	w.t.Helper()
	_, info, _ := w.Sandbox.Secret("OPENAI_API_KEY")
	if info.Visibility != "selected" || !slices.Equal(info.Repositories, repositories) {
		w.t.Errorf("visibility %q for %v, want \"selected\" for %v", info.Visibility, info.Repositories, repositories)
	}
}

// The catalog says which repositories may read a managed secret: one up undoes
// any change of that in GitHub.
func TestAllowListOfTheCatalog(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.edit("- name: OPENAI_API_KEY\n", "- name: OPENAI_API_KEY\n    visibility: selected\n    repositories: [platform]\n")
	w.settle(0)
	w.selected(sandbox.RepositoryID)
	for _, tc := range []struct {
		name, visibility string
		repositories     []int64
	}{
		{"widened", "all", nil},
		{"list emptied", "selected", nil},
		{"list replaced", "selected", []int64{1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.later()
			if err := w.Sandbox.SetVisibility("OPENAI_API_KEY", tc.visibility, tc.repositories...); err != nil {
				t.Fatal(err)
			}
			w.drifts("ActionsOrganizationSecret OPENAI_API_KEY")
			w.settle(0)
			w.selected(sandbox.RepositoryID)
		})
	}
}

// Without a list in the catalog, the list that people made is kept. It also comes
// back with the secret, which nobody could read otherwise.
func TestAllowListOfPeople(t *testing.T) {
	w := newWorld(t)
	if err := w.Sandbox.SetVisibility("OPENAI_API_KEY", "selected", sandbox.RepositoryID); err != nil {
		t.Fatal(err)
	}
	if err := w.Manage(context.Background(), map[string]secrets.Value{"OPENAI_API_KEY": secrets.NewValue(marker + "-configured")}); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
	w.selected(sandbox.RepositoryID)

	w.later()
	if err := w.Sandbox.SetVisibility("OPENAI_API_KEY", "private"); err != nil {
		t.Fatal(err)
	}
	w.drifts("ActionsOrganizationSecret OPENAI_API_KEY", "visibility")
	w.settle(0)
	w.selected(sandbox.RepositoryID)

	w.Sandbox.DeleteSecret("OPENAI_API_KEY")
	w.drifts("ActionsOrganizationSecret OPENAI_API_KEY", "create")
	w.settle(0)
	w.selected(sandbox.RepositoryID)

	w.later()
	if err := w.Sandbox.SetVisibility("OPENAI_API_KEY", "selected"); err != nil {
		t.Fatal(err)
	}
	w.later()
	w.up()
	w.sync(1) // nobody may read it, so it does not arrive; the store keeps it
	w.clean()
	w.contains(w.preview(), "repository platform may not read organization secret OPENAI_API_KEY")
	w.selected()
}

// The list of an adopted secret is checked under each of its names.
func TestAllowListOfAnAdoptedSecret(t *testing.T) {
	w := newWorld(t)
	w.edit("    aliases: [ASANA_API_TOKEN]\n", "    aliases: [ASANA_API_TOKEN]\n    visibility: selected\n    repositories: [platform]\n")
	w.Sandbox.DeleteSecret("ASANA_ACCESS_TOKEN")
	if err := w.Sandbox.SetSecret("ASANA_API_TOKEN", marker, "selected"); err != nil {
		t.Fatal(err)
	}
	const want = "organization secret ASANA_API_TOKEN may be read by nobody, the catalog says platform"
	w.contains(w.preview(), want)
	w.contains(w.secretctl(1, "status"), want)
	if err := w.Sandbox.SetVisibility("ASANA_API_TOKEN", "selected", sandbox.RepositoryID); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
	w.secretctl(0, "status")
}
