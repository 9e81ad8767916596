package command

// All words of an ending stand here. Lower case, no full stop. An "error:" line
// says what is wrong, a "hint:" line says the command to type.

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/output"
)

// Exit codes.
const (
	exitFine = iota
	exitFindings
	exitUsage
	exitCouldNot
)

// failure is how secretaudit ends when it does not end well.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func (f *failure) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "error: %s\n", f.err)
	if f.hint != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", f.hint)
	}
}

func usage(err error) *failure { return &failure{exitUsage, err, "secretaudit --help"} }

func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }

func couldNot(err error, hint string) error { return &failure{exitCouldNot, err, hint} }

func found(n int, hint string) error {
	what := "findings"
	if n == 1 {
		what = "finding"
	}
	return &failure{exitFindings, fmt.Errorf("%d %s", n, what), hint}
}

var formats = output.Formats()

func formatNames() []string { return slices.Sorted(maps.Keys(formats)) }

func quoted(words []string) string {
	var all []string
	for _, word := range words {
		all = append(all, fmt.Sprintf("%q", word))
	}
	return strings.Join(all, ", ")
}
