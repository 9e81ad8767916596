package engine

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// rotate runs secretctl rotate with a value on standard input, beside GitHub, which
// starts the sync when the mark is pushed.
func (w *world) rotate(name, value string) string {
	w.t.Helper()
	ended, stop := make(chan struct{}), make(chan struct{})
	marks := w.marks()
	go func() {
		defer close(ended)
		for w.marks() == marks {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
		_, _ = w.Sync(context.Background(), io.Discard, io.Discard)
	}()
	var out strings.Builder
	env := w.Credentials()
	c := &cli.CLI{Stdin: strings.NewReader(value), Stdout: &out, Stderr: &out, Environ: w.environ,
		Lookup: func(name string) (string, bool) { text, ok := env[name]; return text, ok }}
	code := c.Main(context.Background(), []string{"rotate", name, "--timeout", "3m", "--catalog", filepath.Join(w.Dir, "catalog.yaml")})
	close(stop)
	<-ended
	if code != 0 || strings.Contains(out.String(), marker) {
		w.t.Fatalf("rotate exits %d\n%s", code, out.String())
	}
	return out.String()
}

// environ is what a person's shell has: the stack's backend, and pulumi on the PATH.
func (w *world) environ() []string {
	all := os.Environ()
	for _, name := range []string{"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_HOME"} {
		if text, ok := w.Lookup(name); ok {
			all = append(all, name+"="+text)
		}
	}
	return all
}

// After a rotation of an adopted secret there is nothing left for an up to do: the mark
// that was pushed is the one that it wants, and Pulumi reads back what it knows.
func TestRotateAdopted(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.later()
	before := w.marks()
	w.contains(w.rotate("GITHUB_TOKEN", marker+"-rotated\n"), "organization secret GH_API_TOKEN (visibility private) is set", "applications read the value")
	if got := w.open()[fixture.RootKey].(map[string]any)["github_token"]; got != marker+"-rotated" {
		t.Error("the value did not arrive")
	}
	if n := w.marks() - before; n != 1 {
		t.Errorf("%d commits of the mark", n)
	}
	w.clean()
	w.quiet()
	w.secretctl(0, "verify")
	w.up()
	if n := w.marks() - before; n != 1 {
		t.Errorf("an up commits the mark again: %d", n)
	}
}

// A managed secret gets its value in the stack's config, from where an up sends it.
func TestRotateManaged(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	w.later()
	w.contains(w.rotate("OPENAI_API_KEY", marker+"-rotated\n"), "Pulumi.production.yaml holds the new value of OPENAI_API_KEY; GitHub and the store hold the old one", "to send it: pulumi up")
	if text, _, _ := w.Sandbox.Secret("OPENAI_API_KEY"); text == marker+"-rotated" {
		t.Error("it was sent without an up")
	}
	w.settle(0)
	if got := w.open()[fixture.RootKey].(map[string]any)["openai_api_key"]; got != marker+"-rotated" {
		t.Error("the value did not arrive")
	}
	w.clean()
	w.quiet()
}

// What is overdue is told by preview, strict preview and status in the same words.
func TestOverdueIsToldEverywhere(t *testing.T) {
	w := newWorld(t)
	w.Sandbox.SetClock(time.Now().Add(-100 * 24 * time.Hour))
	w.set("GH_API_TOKEN", marker+"-old")
	w.Sandbox.SetClock(time.Now())
	w.edit("github_name: GH_API_TOKEN", "github_name: GH_API_TOKEN\n    rotate_every: 90d\n    owner: platform team")
	w.up()
	w.sync(0)
	w.red("the value of GITHUB_TOKEN is at least 100 days old and was due on ", "(owner: platform team): secretctl rotate GITHUB_TOKEN")
}
