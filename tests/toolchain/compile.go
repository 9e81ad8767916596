package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// compile writes the program to file and reports each package to shown.
func (t tool) compile(ctx context.Context, file string, shown *progress) error {
	ldflags := "-s -w"
	if t.version != "" {
		version, err := t.list(ctx, shown, "-m", "-f", "{{.Version}}", t.stamped)
		if err != nil {
			return err
		}
		ldflags += " -X " + t.version + "=" + version
	}
	stale, err := t.list(ctx, shown, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", t.pkg)
	if err != nil {
		return err
	}
	shown.expect(len(strings.Fields(stale)))
	args := append([]string{"build", "-v", "-ldflags=" + ldflags, "-o", file}, flags()...)
	return t.run(ctx, shown, io.Discard, append(args, t.pkg)...)
}

func (t tool) list(ctx context.Context, shown *progress, args ...string) (string, error) {
	var answer bytes.Buffer
	err := t.run(ctx, shown, &answer, append([]string{"list", "-mod=readonly"}, args...)...)
	return strings.TrimSpace(answer.String()), err
}

func (t tool) run(ctx context.Context, shown *progress, stdout io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = t.module
	cmd.Env = append(os.Environ(), environment()...)
	cmd.Stdout, cmd.Stderr = stdout, shown
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted")
	}
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, shown.trouble())
	}
	return nil
}

// flags and environment make the build the same on every machine: it changes
// no go.mod, and asks for no git, C compiler or workspace.
func flags() []string       { return []string{"-mod=readonly", "-buildvcs=false"} }
func environment() []string { return []string{"CGO_ENABLED=0", "GOWORK=off"} }
