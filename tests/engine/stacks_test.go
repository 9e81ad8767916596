package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const (
	stagingEnvironment = fixture.PulumiOrganization + "/default/staging"
	stagingCatalog     = "secrets:\n  - name: STAGING_TOKEN\n  - name: OPENAI_API_KEY\n"
)

// Two stacks share a repository, each with its files, its catalog and its
// environment: neither touches the other's.
func TestTwoStacks(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	staging, err := w.Another(context.Background(), "staging", map[string]string{
		"environment": stagingEnvironment, "rootKey": fixture.RootKey,
		"organization": fixture.Organization, "repository": fixture.Repository, "statusToken": fixture.StatusToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &world{staging, t}
	if err := w.Sandbox.SetSecret("STAGING_TOKEN", marker+"-staging", "private"); err != nil {
		t.Fatal(err)
	}
	s.upFails("belongs to environment "+fixture.Environment, "pulumi config set workflow NAME")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(s.Dir, "staging"), 0o700),
		os.WriteFile(filepath.Join(s.Dir, "staging", "catalog.yaml"), []byte(stagingCatalog), 0o600),
		s.SetConfig(context.Background(), "workflow", "staging"),
		s.SetConfig(context.Background(), "catalog", "staging/catalog.yaml")); err != nil {
		t.Fatal(err)
	}
	w.Sandbox.WriteFile("staging/catalog.yaml", stagingCatalog, "ana")
	s.up()
	files := func() map[string]string {
		all := map[string]string{}
		for _, path := range []string{fixture.WorkflowPath, fixture.MaintenancePath, fixture.MarkPath} {
			all[path], _ = w.Sandbox.File(path)
		}
		return all
	}
	s.sync(0)
	w.rounds(s)
	before := files()
	text, _ := w.Sandbox.File(".github/workflows/staging.yml")
	w.contains(text, "group: staging", "--catalog staging/catalog.yaml --mark .github/staging.mark", "SECRET_STAGING_TOKEN")
	if own := before[fixture.WorkflowPath]; strings.Contains(own, "group: staging") || strings.Contains(own, "STAGING_TOKEN") {
		t.Error("the two workflows are in one concurrency group, or pass each other's secrets")
	}
	if err := s.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	for path, text := range files() {
		if text != before[path] {
			t.Errorf("destroying the other stack took %s", path)
		}
	}
	if _, ok := w.Sandbox.File(".github/workflows/staging.yml"); ok {
		t.Error("destroy left its own workflow")
	}
	w.clean()
}

// rounds are ten, in each of which a secret of both stacks and one of the second
// change. The stacks take turns, and each leaves the other's files, values and
// revisions alone.
func (w *world) rounds(s *world) {
	w.t.Helper()
	files := map[*world][]string{
		w: {fixture.WorkflowPath, fixture.MaintenancePath, fixture.MarkPath}, s: {".github/workflows/staging.yml", ".github/workflows/staging_maintenance.yml", ".github/staging.mark"},
	}
	environments := map[*world]string{w: fixture.Environment, s: stagingEnvironment}
	all := func(x *world) (texts []string) {
		for _, path := range files[x] {
			text, _ := w.Sandbox.File(path)
			texts = append(texts, text)
		}
		for _, name := range []string{environments[x], environments[x] + "-store"} {
			text, _, _ := w.Sandbox.Definition(name)
			texts = append(texts, text)
		}
		return texts
	}
	for round := range 10 {
		value := fmt.Sprintf("%s-round-%d", marker, round)
		w.set("OPENAI_API_KEY", value)
		w.set("STAGING_TOKEN", value)
		turns := []*world{w, s}
		if round%2 == 1 {
			slices.Reverse(turns)
		}
		for i, x := range turns {
			others := turns[1-i]
			before := all(others)
			w.later()
			x.up()
			x.sync(0)
			x.clean()
			x.quiet()
			if now := all(others); !slices.Equal(now, before) {
				w.t.Fatalf("round %d: a stack changed what is the other's", round)
			}
		}
		for x, name := range environments {
			values, err := w.Sandbox.Open(name)
			if err != nil {
				w.t.Fatal(err)
			}
			if got := values[fixture.RootKey].(map[string]any)["openai_api_key"]; got != value {
				w.t.Errorf("round %d: the value did not reach %s", round, name)
			}
			x.clean()
		}
	}
}

// Another environment: the new one is made and filled, the old one stays.
func TestAnotherEnvironment(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	before := w.open()
	const next = "acme-cloud/default/next"
	if err := w.SetConfig(context.Background(), "environment", next); err != nil {
		t.Fatal(err)
	}
	w.later()
	w.up()
	w.sync(0)
	w.clean()
	w.quiet()
	after, err := w.Sandbox.Open(next)
	if err != nil {
		t.Fatal(err)
	}
	w.same(before, after)
	w.same(before, w.open())
	w.secretctl(0, "status")
}

// Another root key: sync writes under the new one; the old tree is a finding until
// somebody removes it.
func TestAnotherRootKey(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	values := w.open()[fixture.RootKey].(map[string]any)
	if err := w.SetConfig(context.Background(), "rootKey", "next"); err != nil {
		t.Fatal(err)
	}
	w.later()
	w.up()
	w.sync(0)
	w.clean()
	w.red("the store gives applications more than next: app: pulumi env edit " + storeName)
	now := w.open()["next"].(map[string]any)
	for key, value := range values {
		if now[key] != value {
			t.Errorf("%s is not under the new root key", key)
		}
	}
	text, _, _ := w.Sandbox.Definition(storeName)
	start, end := strings.Index(text, "  app:\n"), strings.Index(text, "  next:\n")
	if start < 0 || end < start {
		t.Fatalf("the store:\n%s", text)
	}
	if err := w.Sandbox.SetDefinition(storeName, text[:start]+text[end:], "ana"); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
	w.secretctl(0, "status")
}

// Leaving takes the generated files and nothing else; who comes back finds all.
func TestLeavingAndComingBack(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	before := w.open()
	value, _, _ := w.Sandbox.Secret("OPENAI_API_KEY")
	if err := w.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fixture.WorkflowPath, fixture.MaintenancePath, fixture.MarkPath} {
		if _, ok := w.Sandbox.File(path); ok {
			t.Errorf("%s is left", path)
		}
	}
	if now, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); !ok || now != value {
		t.Error("the organization secret is gone or changed")
	}
	w.same(before, w.open())
	w.settle(0)
	w.same(before, w.open())
}

// Another repository, by the words of docs/changes.md: what it may not read yet is
// named, the command grants it, and no value is lost on the way.
func TestAnotherRepository(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.must(w.Sandbox.SetVisibility("FIGMA_PAT", "selected", sandbox.RepositoryID))
	w.settle(0)
	before := w.open()
	w.must(w.Destroy(context.Background()))
	w.Sandbox.ReplaceRepository("infrastructure")
	w.must(errors.Join(w.SetConfig(context.Background(), "repository", "infrastructure"), w.Push()))
	w.later()
	w.up()
	w.sync(1) // one arrives empty, and its old value is kept
	w.same(before, w.open())
	w.red("repository infrastructure may not read organization secret FIGMA_PAT: gh api --method PUT /orgs/acme/actions/secrets/FIGMA_PAT/repositories/7002")
	w.must(w.Sandbox.SetVisibility("FIGMA_PAT", "selected", sandbox.RepositoryID, sandbox.RepositoryID+1))
	w.settle(0)
	w.same(before, w.open())
	w.secretctl(0, "status")
}

// A secret that leaves the catalog stays in GitHub, and in the store until its key
// is retired.
func TestRemovedSecret(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.edit("  - name: LINEAR_API_KEY\n", "")
	w.settle(0)
	if _, ok := w.open()[fixture.RootKey].(map[string]any)["linear_api_key"]; !ok {
		t.Error("the value is gone")
	}
	w.edit("secrets:\n", "retired: [linear_api_key]\nsecrets:\n")
	w.settle(0)
	if _, ok := w.open()[fixture.RootKey].(map[string]any)["linear_api_key"]; ok {
		t.Error("the value is still there")
	}
	if _, _, ok := w.Sandbox.Secret("LINEAR_API_KEY"); !ok {
		t.Error("the organization secret is gone")
	}
}

// Another name of the workflow moves the workflow and the mark.
func TestAnotherWorkflowName(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	before := w.open()
	if err := w.SetConfig(context.Background(), "workflow", "production"); err != nil {
		t.Fatal(err)
	}
	w.later()
	w.up()
	for path, want := range map[string]bool{
		fixture.WorkflowPath: false, fixture.MaintenancePath: false, fixture.MarkPath: false,
		".github/workflows/production.yml": true, ".github/workflows/production_maintenance.yml": true, ".github/production.mark": true,
	} {
		if _, ok := w.Sandbox.File(path); ok != want {
			t.Errorf("%s is there: %v", path, ok)
		}
	}
	w.clean()
	w.contains(w.secretctl(1, "status"), "gh workflow run production.yml --repo acme/platform")
	w.settle(0)
	w.same(before, w.open())
	w.secretctl(0, "status")
}
