package cli

// How commands end. Every error and every hint, wherever it is written, is in lower
// case without a full stop. An "error:" line says what is wrong, a "hint:" line
// says the command to type.

import (
	"errors"
	"fmt"
	"io"

	"github.com/ai-cherry/sophia-secrets/internal/words"
)

// Exit codes.
const (
	exitFine = iota
	exitFindings
	exitUsage
	exitCouldNot
)

// failure is how a command ends when it does not end well.
type failure struct {
	code int
	err  error // nil when everything has been said already
	hint string
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit code %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

func (f *failure) print(w io.Writer) {
	if f.err != nil {
		_, _ = fmt.Fprintf(w, "error: %s\n", f.err)
	}
	if f.hint != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", f.hint)
	}
}

func usage(err error) *failure {
	return &failure{exitUsage, err, "secretctl --help"}
}

func couldNot(err error, hint string) *failure {
	return &failure{exitCouldNot, err, hint}
}

// findings ends a command that did its job and found something.
func findings(n int, what string) *failure {
	return &failure{code: exitFindings, err: errors.New(words.Count(n, what))}
}
