package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
)

// story runs steps until one fails; later ones do nothing.
type story struct {
	ctx  context.Context
	out  io.Writer
	w    *engine.Project
	step int
	seen map[string]bool // diagnostics that were printed
	err  error
}

func (s *story) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) title(format string, args ...any) {
	if s.err == nil {
		s.step++
		s.say("\n== %d. "+format, append([]any{s.step}, args...)...)
	}
}

func (s *story) fail(err error) {
	if s.err == nil && err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n") // the output has been printed
		s.err = fmt.Errorf("step %d: %s", s.step, text)
	}
}

func (s *story) preview(want ...string) {
	s.pulumi("preview", func() (string, error) { return s.w.Preview(s.ctx, io.Discard, false) }, want)
}

func (s *story) clean() {
	s.pulumi("preview --expect-no-changes", func() (string, error) { return s.w.Preview(s.ctx, io.Discard, true) }, nil)
}

func (s *story) up(want ...string) {
	s.pulumi("up", func() (string, error) { return s.w.Up(s.ctx, io.Discard) }, want)
}

// pulumi is a step: the command must succeed and print these words. Its output is
// folded unless the step fails.
func (s *story) pulumi(command string, run func() (string, error), want []string) {
	if s.err != nil {
		return
	}
	s.say("$ pulumi %s", command)
	text, err := run()
	s.fail(err)
	for _, words := range want {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), words) {
			s.fail(fmt.Errorf("%q was not printed", words))
		}
	}
	if s.err == nil {
		text = foldPulumi(text, s.seen)
	}
	s.say("%s", strings.TrimRight(text, "\n"))
}

// sync is the step of the workflow: it must exit with this code.
func (s *story) sync(code int) {
	if s.err != nil {
		return
	}
	s.say("$ secretctl sync")
	var stdout, stderr bytes.Buffer
	got, err := s.w.Sync(s.ctx, &stdout, &stderr)
	s.fail(err)
	if got != code {
		s.fail(fmt.Errorf("secretctl sync exits %d instead of %d", got, code))
	}
	text := stdout.String()
	if s.err == nil {
		text = foldReport(text)
	}
	s.say("%s", strings.TrimRight(text+stderr.String(), "\n"))
}

func (s *story) secretctl(code int, args ...string) {
	if s.err != nil {
		return
	}
	s.say("$ secretctl %s", strings.Join(args, " "))
	var stdout, stderr bytes.Buffer
	got := s.w.Secretctl(s.ctx, s.w.Credentials(), &stdout, &stderr, args...)
	s.say("%s", strings.TrimRight(stdout.String()+stderr.String(), "\n"))
	if got != code || stdout.Len() == 0 {
		s.fail(fmt.Errorf("secretctl %s exits %d with %d bytes of output", args[0], got, stdout.Len()))
	}
}

// keep leaves the sandbox running. An installed Pulumi finds the catalog and the
// stack in the world's folder, and the program in the current one.
func (s *story) keep() error {
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the program: %w", err)
	}
	path := filepath.Join(s.w.Dir, "Pulumi.yaml")
	project, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the project: %w", err)
	}
	if err := os.WriteFile(path, fmt.Appendf(project, "main: %q\n", root), 0o600); err != nil {
		return fmt.Errorf("writing the project: %w", err)
	}
	s.say("\nThe sandbox runs until you press Ctrl-C. In another terminal, with Pulumi installed:\n")
	for _, name := range []string{"GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"} {
		text, _ := s.w.Lookup(name)
		s.say("  export %s=%s", name, text)
	}
	s.say("  cd %s", s.w.Dir)
	s.say("  pulumi preview --stack %s", fixture.StackName)
	s.say("  pulumi up --stack %s", fixture.StackName)
	<-s.ctx.Done()
	return nil
}
