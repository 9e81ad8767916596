package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
)

// So may every other file that a flag names.
func TestInterruptedReadingOfAFlag(t *testing.T) {
	for _, args := range []string{"sync --mark", "render --check", "render python --check"} {
		t.Run(args, func(t *testing.T) {
			catalog := catalogFolder(t)
			pipe := filepath.Join(filepath.Dir(catalog), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skip(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			held := make(chan *os.File, 1)
			go func() {
				writer, _ := os.OpenFile(pipe, os.O_WRONLY, 0) // comes back when somebody reads
				held <- writer
				cancel(errors.New("interrupt"))
			}()
			var out bytes.Buffer
			c := &cli.CLI{Stdout: &out, Stderr: &out, Lookup: func(name string) (string, bool) {
				text, ok := map[string]string{"PULUMI_ACCESS_TOKEN": "generated"}[name]
				return text, ok
			}}
			code := c.Main(ctx, append(strings.Fields(args), pipe, "--catalog", catalog))
			select {
			case writer := <-held:
				_ = writer.Close()
			case <-time.After(10 * time.Second):
				t.Error("nobody reads the pipe")
			}
			if code != 3 || !strings.Contains(out.String(), "reading "+pipe+": interrupt\n") {
				t.Errorf("exit %d: %s", code, out.String())
			}
		})
	}
}

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
