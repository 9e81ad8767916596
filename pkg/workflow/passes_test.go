package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a workflow passes is what it was rendered from, whatever its comments say.
func TestPasses(t *testing.T) {
	if got := Variable("GH_TOKEN"); got != "SECRET_GH_TOKEN" {
		t.Errorf("variable %s", got)
	}
	in := small(t)
	text := in.render()
	want := map[string]string{}
	for _, name := range in.catalog.Sources() {
		want[Variable(name)] = name
	}
	commented := strings.NewReplacer(" }}\n", " }} # why\n", "    steps:", "    # a comment\n    steps:").Replace(text)
	for name, text := range map[string]string{"rendered": text, "with other comments": commented} {
		if diff := cmp.Diff(want, Passes(text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := Passes(strings.Replace(text, "${{ secrets.Z }}", "x${{ secrets.Z }}", 1)); got["SECRET_Z"] != "" {
		t.Error("a value with more than the secret in it passes the secret")
	}
	for _, text := range []string{"", "[", "jobs: 1", "name: x"} {
		if got := Passes(text); len(got) > 0 {
			t.Errorf("%q passes %v", text, got)
		}
	}
}

func TestReferences(t *testing.T) {
	text := "env:\n  A: ${{ secrets.B_2 }}\n  C: ${{ format('{0}', secrets.A) }} # secrets.A again\n  D: mysecrets.X\n"
	if diff := cmp.Diff([]string{"A", "B_2"}, References(text)); diff != "" {
		t.Error(diff)
	}
}

// A workflow says which environment it syncs, so that no other stack replaces it.
func TestSyncedEnvironment(t *testing.T) {
	if got := SyncedEnvironment(small(t).render()); got != "org/project/env" {
		t.Errorf("got %q", got)
	}
	for _, text := range []string{"", "name: by hand\n", "run: secretctl sync\n"} {
		if got := SyncedEnvironment(text); got != "" {
			t.Errorf("%q syncs %q", text, got)
		}
	}
}
