package cli_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
)

// A catalog may be a pipe that nobody writes to: an interrupt ends the wait.
func TestInterruptedReading(t *testing.T) {
	for _, args := range []string{"check", "list", "sync", "status", "adopt", "render", "run -- true"} {
		t.Run(args, func(t *testing.T) {
			pipe := filepath.Join(filepath.Dir(catalogFolder(t)), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skip(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("interrupt")) })
			var out bytes.Buffer
			c := &cli.CLI{Stdout: &out, Stderr: &out, Lookup: func(string) (string, bool) { return "", false }}
			code := c.Main(ctx, append([]string{"--catalog", pipe}, strings.Fields(args)...))
			if code != 3 || !strings.Contains(out.String(), "error: reading the catalog "+pipe+": interrupt\n") {
				t.Errorf("exit %d: %s", code, out.String())
			}
		})
	}
}
