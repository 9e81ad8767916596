package sync_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	gosync "sync"
	"syscall"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// binary is secretctl, built for the tests that need a process.
var binary = gosync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryFolder, "secretctl")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/secretctl").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building secretctl: %w\n%s", err, out)
	}
	return path, nil
})

var binaryFolder string

func TestMain(m *testing.M) {
	if os.Getenv(childAPI) != "" {
		os.Exit(syncAsChild())
	}
	folder, err := os.MkdirTemp("", "secretctl")
	if err != nil {
		panic(err)
	}
	binaryFolder = folder
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// gate is a proxy of the sandbox that holds back one request, before or after its
// effect.
type gate struct {
	*httptest.Server
	mu      gosync.Mutex
	left    int // requests until the held one
	after   bool
	reached chan struct{}
	release chan struct{}
}

func newGate(w *world, position int, after bool) *gate {
	to, err := url.Parse(w.box.PulumiURL())
	if err != nil {
		w.Fatal(err)
	}
	g := &gate{left: position, after: after, reached: make(chan struct{}), release: make(chan struct{})}
	proxy := httputil.NewSingleHostReverseProxy(to)
	g.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if !g.holds() {
			proxy.ServeHTTP(out, in)
			return
		}
		if g.after {
			proxy.ServeHTTP(httptest.NewRecorder(), in)
		}
		close(g.reached)
		<-g.release
	}))
	return g
}

// wait returns when the request is held. A process that never sends it fails the
// test instead of hanging it.
func (g *gate) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.reached:
	case <-time.After(time.Minute):
		t.Fatal("the request was never sent")
	}
}

func (g *gate) holds() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left--
	return g.left == 0
}

func (g *gate) open() {
	close(g.release)
	g.Close()
}

// command is secretctl sync as a process, with the job's values in its
// environment, speaking to api.
func (w *world) command(api string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	w.Helper()
	path, err := binary()
	if err != nil {
		w.Fatal(err)
	}
	var said bytes.Buffer
	command := exec.CommandContext(w.Context(), path, append([]string{"sync", "--environment", strings.TrimSuffix(w.store(), "-store"), "--root-key", root}, args...)...)
	command.Dir, command.Stdout, command.Stderr = w.TempDir(), &said, &said
	command.Env = []string{"PULUMI_API=" + api, "PULUMI_ACCESS_TOKEN=" + w.box.Tokens().Pulumi}
	for name, value := range w.job {
		command.Env = append(command.Env, name+"="+value)
	}
	files := map[string]string{
		"catalog.yaml":   "secrets:\n",
		fixture.MarkPath: workflow.RenderMark(*w.sync.Mark),
	}
	for _, s := range w.sync.Catalog.Secrets {
		files["catalog.yaml"] += "  - name: " + s.Name + "\n"
	}
	for name, text := range files {
		path := filepath.Join(command.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.Fatal(err)
		}
	}
	return command, &said
}

// TestKilled kills a real process with -9 at every request, before and after its
// effect, once or twice in a row. The store then holds the old values and record or
// the new ones, and the next sync completes it with one revision in all.
func TestKilled(t *testing.T) {
	for step, request := range steps {
		for _, after := range []bool{false, true} {
			for _, times := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s, after the effect %v, %d times", request, after, times), func(t *testing.T) {
					w := newWorld(t, 5)
					w.fill()
					w.mustRun()
					old, before := w.sent(), w.revision()
					w.fill()
					w.mark(2, noon.Add(time.Hour))
					for range times {
						w.kill(t, step, after)
						now, serial := w.values(), w.record().Serial
						if isOld, isNew := cmp.Equal(now, old) && serial == 1, cmp.Equal(now, w.sent()) && serial == 2; !isOld && !isNew {
							t.Errorf("the store holds a mix, with serial %d", serial)
						}
					}
					next, said := w.command(w.box.PulumiURL())
					if err := next.Run(); err != nil {
						t.Errorf("the next sync: %v: %s", err, said)
					}
					sameValues(t, w.sent(), w.values())
					if n := w.revision() - before; n != 1 {
						t.Errorf("%d revisions", n)
					}
					w.checkRecord()
				})
			}
		}
	}
}

// kill starts a sync and kills it at a request. One that has nothing to write sends
// one request less.
func (w *world) kill(t *testing.T, step int, after bool) {
	t.Helper()
	if w.record().Serial == w.sync.Mark.Serial {
		step = min(step, write+1)
	}
	g := newGate(w, step+1, after)
	command, said := w.command(g.URL)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	g.wait(t)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Errorf("it ended well: %s", said)
	}
	g.open()
}

// Signals end a sync at once, with exit code 3, and say so.
func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			w := newWorld(t, 1)
			w.fill()
			w.mustRun()
			before := w.revision()
			w.fill()
			g := newGate(w, 4, false)
			command, said := w.command(g.URL)
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			g.wait(t)
			if err := command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			err := command.Wait()
			g.open()
			if command.ProcessState.ExitCode() != 3 || !strings.Contains(said.String(), "signal received") {
				t.Errorf("%v: %s", err, said)
			}
			if w.revision() != before {
				t.Error("it wrote")
			}
		})
	}
}

// One deadline bounds everything, and the error names it.
func TestTimeout(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	g := newGate(w, 2, false)
	command, said := w.command(g.URL, "--timeout", "300ms")
	start := time.Now()
	err := command.Run()
	g.open()
	if command.ProcessState.ExitCode() != 3 || !strings.Contains(said.String(), "not done after 300ms (--timeout)") || time.Since(start) > 3*time.Second {
		t.Errorf("after %s: %v: %s", time.Since(start), err, said)
	}
}
