package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

const (
	creates     = `^/api/esc/environments/` + fixture.PulumiOrganization + `$`
	definitions = `^/api/esc/environments/` + fixture.Environment + `(-store)?$`
)

// The provider reports success for a write that ESC refused. The up that lost the
// write fails all the same and names the environment; the next one repairs it.
func TestLostWriteFailsTheUp(t *testing.T) {
	w := newWorld(t)
	w.up()
	w.sync(0)
	before := w.open()
	for _, status := range []int{500, 403, 409} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			w.t = t
			if err := w.Sandbox.SetDefinition(environmentName, "values:\n  other: x\n", "somebody"); err != nil {
				t.Fatal(err)
			}
			remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPatch, Path: definitions, Status: status})
			w.upFails("environment " + environmentName + " was not written")
			remove()
			w.up()
			w.clean()
			w.same(before, w.open())
		})
	}
}

// A write that succeeded but was answered with an error is not lost.
func TestWriteThatArrivedInSpiteOfAnError(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	if err := w.Sandbox.SetDefinition(environmentName, "values:\n  other: x\n", "somebody"); err != nil {
		t.Fatal(err)
	}
	remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPatch, Path: definitions, Status: 500, After: true})
	w.up()
	remove()
	w.clean()
}

// The same at the first up, for each of the two writes of a create.
func TestHalfFinishedCreate(t *testing.T) {
	for _, write := range []sandbox.Fault{
		{Method: http.MethodPost, Path: creates, Status: 500},
		{Method: http.MethodPost, Path: creates, Status: 500, After: true},
		{Method: http.MethodPatch, Path: definitions, Status: 500},
		{Method: http.MethodPatch, Path: definitions, Status: 500, After: true},
	} {
		t.Run(fmt.Sprintf("%s, after the effect %v", write.Method, write.After), func(t *testing.T) {
			w := newWorld(t)
			remove := w.Sandbox.Inject(write)
			// The provider's error does not name the environment; only the line
			// of the resource does.
			w.upFails("Environment store", "[500] Internal Server Error")
			remove()
			w.up()
			w.clean()
			w.sync(0)
			w.clean()
		})
	}
}

// The provider takes an error for a deletion. An outage during an up loses
// nothing, in the state or in the store, and the up after it is clean.
func TestOutageOfReads(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.up()
	w.sync(0)
	before := w.open()
	for _, skip := range []int{0, 1, 2, 3, 4} {
		t.Run(fmt.Sprintf("after %d reads", skip), func(t *testing.T) {
			w.t = t
			remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodGet, Path: definitions, Status: 500, Skip: skip})
			out, err := w.Up(context.Background(), io.Discard)
			remove()
			if err == nil && skip < 2 {
				t.Errorf("up succeeded in an outage:\n%s", out)
			}
			w.up()
			w.clean()
			w.same(before, w.open())
		})
	}
}

func TestOutageOfGitHub(t *testing.T) {
	w := newWorld(t)
	remove := w.Sandbox.Inject(sandbox.Fault{Path: `^/api/v3/orgs/` + fixture.Organization + `/actions/secrets$`, Status: 500})
	w.upFails("listing the secrets of organization " + fixture.Organization)
	remove()
	if _, _, ok := w.Sandbox.Definition(storeName); ok {
		t.Error("the store was created")
	}
	if _, ok := w.Sandbox.File(fixture.WorkflowPath); ok {
		t.Error("the workflow was written")
	}
}

// A read-only or unknown token writes nothing.
func TestTokensThatAreRefused(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	for _, tc := range []struct {
		name, variable, token, want string
	}{
		{"GitHub refuses", "GITHUB_TOKEN", "wrong", "401: GITHUB_TOKEN is wrong or has expired"},
		{"Pulumi refuses", "PULUMI_ACCESS_TOKEN", "wrong", "401"},
		{"no GitHub token", "GITHUB_TOKEN", "", "GITHUB_TOKEN is not set"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			was, _ := w.Lookup(tc.variable)
			if err := w.Setenv(tc.variable, tc.token); err != nil {
				t.Fatal(err)
			}
			w.upFails(tc.want)
			if err := w.Setenv(tc.variable, was); err != nil {
				t.Fatal(err)
			}
			if _, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); ok {
				t.Error("a secret was written")
			}
			if _, _, ok := w.Sandbox.Definition(storeName); ok {
				t.Error("the store was created")
			}
		})
	}
}

// With a new, empty state one up takes over everything that exists.
func TestStateLost(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.up()
	w.sync(0)
	before := w.open()
	mark, _ := w.Sandbox.File(fixture.MarkPath)
	if err := os.RemoveAll(filepath.Join(w.Dir, "state", ".pulumi", "stacks")); err != nil {
		t.Fatal(err)
	}
	if err := w.Recreate(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.contains(w.up(), "Environment store import", "Environment environment import")
	w.clean()
	w.same(before, w.open())
	now, _ := w.Sandbox.File(fixture.MarkPath)
	was, err := workflow.ParseMark([]byte(mark))
	is, err2 := workflow.ParseMark([]byte(now))
	if err != nil || err2 != nil || is.Serial != was.Serial+1 { // the managed secret was written again
		t.Errorf("the mark went from\n%s to\n%s", mark, now)
	}
	w.sync(0)
	w.clean()
}

// Destroying the stack deletes no value.
func TestDestroyKeepsWhatHoldsValues(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.up()
	w.sync(0)
	before, secrets := w.open(), w.Sandbox.Secrets()
	if err := w.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.same(before, w.open())
	for name, value := range secrets {
		if now, _, ok := w.Sandbox.Secret(name); !ok || now != value {
			t.Errorf("organization secret %s is gone or changed", name)
		}
	}
}
