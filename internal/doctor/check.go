package doctor

import (
	"fmt"
	"slices"
)

// State is what a check found.
type State string

// The states.
const (
	Pass    State = "pass"
	Fail    State = "fail"
	Unknown State = "unknown" // it cannot be proven without writing, or something else failed first
)

// Check is one precondition.
type Check struct {
	Name     string
	State    State
	Evidence string
	Command  string // what mends it; "" when it passes, or when nothing can be typed
}

// Failed reports whether any of the checks failed.
func Failed(checks []Check) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.State == Fail })
}

func pass(name, format string, args ...any) Check {
	return Check{Name: name, State: Pass, Evidence: fmt.Sprintf(format, args...)}
}

func fail(name, command, format string, args ...any) Check {
	return Check{Name: name, State: Fail, Command: command, Evidence: fmt.Sprintf(format, args...)}
}

func unknown(name, format string, args ...any) Check {
	return Check{Name: name, State: Unknown, Evidence: fmt.Sprintf(format, args...)}
}
