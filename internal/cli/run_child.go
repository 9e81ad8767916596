package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// runChild runs a command and ends as the command does: with its exit code, or with
// 128 plus the number of the signal that ended it. Once the command runs, the end of
// ctx is ignored: the command gets the signal and decides.
func (c *CLI) runChild(ctx context.Context, child *exec.Cmd) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, passed()...)
	defer signal.Stop(signals)
	if ctx.Err() != nil {
		return couldNot(fmt.Errorf("starting %s: %w", child.Args[0], context.Cause(ctx)), "")
	}
	if err := child.Start(); err != nil {
		return couldNot(fmt.Errorf("starting the command: %w", err), "")
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case got := <-signals:
			if !c.typed(got) {
				_ = child.Process.Signal(got) // it may have ended
			}
		case err := <-ended:
			return childEnd(child, err)
		}
	}
}

// typed reports whether a signal comes from the keyboard: a terminal sends these to
// the command as well, and many take a second one for impatience.
func (c *CLI) typed(got os.Signal) bool {
	return (got == syscall.SIGINT || got == syscall.SIGQUIT) && (isTerminal(c.Stdin) || isTerminal(c.Stdout) || isTerminal(c.Stderr))
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

func childEnd(child *exec.Cmd, err error) error {
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return couldNot(fmt.Errorf("running %s: %w", child.Args[0], err), "")
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &failure{code: 128 + int(status.Signal())}
	}
	if code := child.ProcessState.ExitCode(); code != 0 {
		return &failure{code: code}
	}
	return nil
}
