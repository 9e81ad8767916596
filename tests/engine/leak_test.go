package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Every generated value carries the marker. Whatever happens, neither the marker
// nor a token is in any output or any file left behind: not in the state, the
// config or a log.
func TestNoValueIsLeftBehind(t *testing.T) {
	arguments := watchArguments(t)
	w := newWorld(t, "OPENAI_API_KEY", "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY", "SLACK_WEBHOOK_URL")
	var out strings.Builder
	out.WriteString(w.preview())
	out.WriteString(w.up())
	out.WriteString(w.sync(0))
	w.editStore()
	w.Sandbox.SetVisibility("OPENAI_API_KEY", "all") //nolint:errcheck // it exists
	out.WriteString(w.preview())
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodPost} {
		remove := w.Sandbox.Inject(sandbox.Fault{Method: method, Status: 422})
		text, _ := w.Up(context.Background(), &out)
		out.WriteString(text)
		out.WriteString(w.sync(map[string]int{http.MethodPut: 1, http.MethodPatch: 3, http.MethodPost: 3}[method]))
		remove()
	}
	if err := w.Manage(context.Background(), map[string]secrets.Value{"FIGMA_PAT": secrets.NewValue(marker + "-refused-<placeholder")}); err != nil {
		t.Fatal(err)
	}
	out.WriteString(w.up())
	for _, args := range [][]string{{"status"}, {"status", "--format", "json"}, {"adopt"}, {"check"}, {"render"}, {"list"}, {"get", "openai"}} {
		_ = w.Secretctl(context.Background(), w.Credentials(), &out, &out, args...)
	}
	if seen := arguments(); seen != "" {
		t.Errorf("a value was an argument: %s", seen)
	}
	if leaks(out.String()) {
		t.Errorf("a value was printed:\n%s", out.String())
	}
	err := filepath.WalkDir(w.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if leaks(string(text)) {
			t.Errorf("a value stands in %s", path)
		}
		for name, token := range w.Credentials() {
			if bytes.Contains(text, []byte(token)) {
				t.Errorf("%s stands in %s", name, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leaks looks for the marker plain and in base64 at each of the three offsets.
func leaks(text string) bool {
	if strings.Contains(text, marker) {
		return true
	}
	for skip := range 3 {
		shifted := append(bytes.Repeat([]byte{'x'}, skip), marker...)
		encoded := base64.StdEncoding.EncodeToString(shifted)
		if strings.Contains(text, encoded[4:len(encoded)-4]) {
			return true
		}
	}
	return false
}

// watchArguments watches the arguments of all processes until the returned
// function is called, which returns those that hold a value. It first proves that
// it sees a short-lived process.
func watchArguments(t *testing.T) func() string {
	t.Helper()
	const control = "argument-of-the-control-process"
	var mu sync.Mutex
	var seen string
	controlled, done := make(chan bool, 1), make(chan bool)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, path := range paths {
				text, _ := os.ReadFile(path)
				if bytes.Contains(text, []byte(control)) {
					select {
					case controlled <- true:
					default:
					}
				}
				if leaks(string(text)) {
					mu.Lock()
					seen = strings.ReplaceAll(string(text), "\x00", " ")
					mu.Unlock()
				}
			}
		}
	}()
	if _, err := os.Stat("/proc/self/cmdline"); err == nil {
		if err := exec.CommandContext(t.Context(), "sh", "-c", "sleep 0.3; true", control).Run(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-controlled:
		default:
			t.Error("the control process was not seen")
		}
	}
	return func() string {
		close(done)
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}
