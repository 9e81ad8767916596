package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// maxAnswer is far over what a value may have, in bytes.
const maxAnswer = 1 << 20

// Ask puts a question on the terminal and returns the line that was typed; a hidden
// one is not echoed.
type Ask func(ctx context.Context, question string, hidden bool) (string, error)

// askTerminal is nil where in is no terminal.
func askTerminal(in *os.File, out io.Writer) Ask {
	fd := int(in.Fd())
	if !term.IsTerminal(fd) {
		return nil
	}
	return func(ctx context.Context, question string, hidden bool) (string, error) {
		before, err := term.GetState(fd)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprint(out, question)
		type answer struct {
			text string
			err  error
		}
		typed := make(chan answer, 1)
		go func() {
			if hidden {
				text, err := term.ReadPassword(fd)
				typed <- answer{string(text), err}
				return
			}
			text, err := bufio.NewReader(in).ReadString('\n')
			typed <- answer{strings.TrimRight(text, "\r\n"), err}
		}()
		select {
		case a := <-typed:
			if hidden {
				_, _ = fmt.Fprintln(out)
			}
			return a.text, a.err
		case <-ctx.Done(): // the reader stays behind; the echo comes back
			_ = term.Restore(fd, before)
			_, _ = fmt.Fprintln(out)
			return "", context.Cause(ctx)
		}
	}
}

// newValue reads a value: all of standard input, or a line that is not echoed. Line
// ends behind it are cut off, as gh secret set does.
func (c *CLI) newValue(ctx context.Context, name string) (secrets.Value, error) {
	var text string
	var err error
	if c.Ask != nil {
		text, err = c.Ask(ctx, "new value of "+name+": ", true)
	} else {
		text, err = readAll(ctx, c.Stdin)
	}
	return secrets.NewValue(strings.TrimRight(text, "\r\n")), err
}

// readAll returns early when ctx ends, since nobody may write to a pipe.
func readAll(ctx context.Context, in io.Reader) (string, error) {
	type answer struct {
		data []byte
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(in, maxAnswer))
		read <- answer{data, err}
	}()
	select {
	case a := <-read:
		return string(a.data), a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// confirm asks before something that a person has to decide; without a terminal a flag
// has to have decided it.
func (c *CLI) confirm(ctx context.Context, question, want, command string) error {
	if c.Ask == nil {
		return &failure{exitUsage, errors.New("nobody is there to ask: decide with --yes"), command + " --yes"}
	}
	typed, err := c.Ask(ctx, question, false)
	switch {
	case err != nil:
		return couldNot(fmt.Errorf("reading the answer: %w; nothing was changed", err), "")
	case strings.TrimSpace(typed) != want:
		return couldNot(errors.New("that was another answer; nothing was changed"), "")
	}
	return nil
}
