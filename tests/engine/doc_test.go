// Package engine runs the pipeline with the real Pulumi engine, the real GitHub
// provider and a sandbox. Without the toolchain it runs nothing.
package engine

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func TestMain(m *testing.M) {
	if _, err := engine.FindToolchain(root); err != nil {
		if os.Getenv("TOOLCHAIN") == "required" {
			fmt.Println(err)
			os.Exit(1)
		}
		// The first line makes go test say so beside the package's name.
		fmt.Printf("testing: warning: no tests to run\nleft out the engine tests: %v\n", err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const root = "../.."

// world is a sandbox with a stack, for one test.
type world struct {
	*engine.Project
	t *testing.T
}

// newWorld has every secret of the catalog: the managed ones in the stack's
// config, the others in the organization. It makes the test parallel.
func newWorld(t *testing.T, managed ...string) *world {
	t.Helper()
	t.Parallel()
	return &world{buildWorld(t, fixture.Grow(0), managed...), t}
}

// buildWorld is newWorld for the text of a catalog.
func buildWorld(t testing.TB, text string, managed ...string) *engine.Project {
	t.Helper()
	c, problems := secrets.Parse("catalog.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	options := engine.Options{Root: root, Catalog: text, Adopted: map[string]string{}, Managed: map[string]secrets.Value{}}
	for _, s := range c.Secrets {
		options.Adopted[s.GitHubName] = engine.NewValue(marker, s)
	}
	for _, name := range managed {
		s, ok := c.ByName(name)
		if !ok {
			t.Fatalf("the catalog has no %s", name)
		}
		delete(options.Adopted, s.GitHubName)
		options.Managed[name] = secrets.NewValue(engine.NewValue(marker, s))
	}
	w, err := engine.New(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func catalog(t testing.TB) *secrets.Catalog {
	t.Helper()
	c, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// marker starts every generated value, so that a leak can be found.
const marker = "marker-of-a-value"

func (w *world) up() string {
	w.t.Helper()
	out, err := w.Up(context.Background(), io.Discard)
	if err != nil {
		w.t.Fatalf("up: %v\n%s", err, out)
	}
	return out
}

// upFails runs an up that must fail with all of these words.
func (w *world) upFails(want ...string) {
	w.t.Helper()
	out, err := w.Up(context.Background(), io.Discard)
	if err == nil {
		w.t.Fatalf("up succeeded:\n%s", out)
	}
	w.contains(out, want...)
}

func (w *world) preview() string {
	w.t.Helper()
	out, err := w.Preview(context.Background(), io.Discard, false)
	if err != nil {
		w.t.Fatalf("preview: %v\n%s", err, out)
	}
	return out
}

// clean asserts that preview --expect-no-changes has nothing to say.
func (w *world) clean() {
	w.t.Helper()
	if out, err := w.Preview(context.Background(), io.Discard, true); err != nil {
		w.t.Fatalf("the preview is not clean: %v\n%s", err, out)
	}
}

// drifts asserts that preview --expect-no-changes exits 7 and shows these words.
func (w *world) drifts(want ...string) {
	w.t.Helper()
	out, err := w.Preview(context.Background(), io.Discard, true)
	if err == nil {
		w.t.Fatalf("preview sees no drift:\n%s", out)
	}
	w.contains(out, want...)
}

func (w *world) contains(out string, want ...string) {
	w.t.Helper()
	for _, text := range want {
		if !strings.Contains(out, text) {
			w.t.Errorf("%q is missing in:\n%s", text, out)
		}
	}
}

// sync runs the job and wants this exit code.
func (w *world) sync(code int) string {
	w.t.Helper()
	var out, errs strings.Builder
	got, err := w.Sync(context.Background(), &out, &errs)
	if err != nil {
		w.t.Fatal(err)
	}
	if got != code {
		w.t.Fatalf("sync exits %d, want %d\n%s%s", got, code, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

// open is what an application gets from the environment.
func (w *world) open() map[string]any {
	w.t.Helper()
	values, err := w.Sandbox.Open(fixture.Environment)
	if err != nil {
		w.t.Fatal(err)
	}
	return values
}

// same compares what applications get, without printing a value.
func (w *world) same(before, after map[string]any) {
	w.t.Helper()
	was, _ := before[fixture.RootKey].(map[string]any)
	is, _ := after[fixture.RootKey].(map[string]any)
	if !slices.Equal(keys(was), keys(is)) {
		w.t.Errorf("keys were %v, are %v", keys(was), keys(is))
	}
	for key, value := range was {
		if is[key] != value {
			w.t.Errorf("%s has another value", key)
		}
	}
}

func keys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
