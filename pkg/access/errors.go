package access

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// MissingError means that a key has no value.
type MissingError struct {
	Key     string
	Nearest []string // keys that have a value and look like Key, at most three
	Empty   bool     // no key has a value
}

func newMissingError(key string, values map[string]secrets.Value) *MissingError {
	return &MissingError{key, secrets.Nearest(key, slices.Collect(maps.Keys(values))), len(values) == 0}
}

// Error names the key and those that look like it.
func (e *MissingError) Error() string {
	text := fmt.Sprintf("no value for key %q", e.Key)
	switch {
	case e.Empty:
		return text + ": the environment has no keys at all"
	case len(e.Nearest) > 0:
		return text + ": did you mean " + list(e.Nearest, " or ") + "?"
	}
	return text
}

// RootKeyError means that the environment has no object under the root key.
type RootKeyError struct {
	Environment, RootKey string
	Top                  []string // the keys that it has instead, at most ten
}

// Error names the root key and the keys that the environment has.
func (e *RootKeyError) Error() string {
	text := fmt.Sprintf("environment %s has no secrets under the root key %q", e.Environment, e.RootKey)
	if len(e.Top) == 0 {
		return text + ": it has no keys at all"
	}
	return text + ": at the top it has " + list(e.Top, " and ")
}

// UnavailableError means that the values could not be read.
type UnavailableError struct {
	LastRead time.Time // of the last fetch that succeeded; zero if none did
	Err      error     // why the last one failed
	Remedy   string    // what to do about it; may be ""
}

func newUnavailableError(old *snapshot, err error) *UnavailableError {
	e := &UnavailableError{Err: err, Remedy: remedy(err)}
	if old != nil {
		e.LastRead = old.read
	}
	return e
}

// Error says since when, why, and what to do about it.
func (e *UnavailableError) Error() string {
	text := e.Err.Error()
	if !e.LastRead.IsZero() {
		text = fmt.Sprintf("the values read at %s are too old to serve: %s", e.LastRead.UTC().Format(time.RFC3339), text)
	}
	if e.Remedy != "" {
		text += ": " + e.Remedy
	}
	return text
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// list joins quoted words, with last before the last one.
func list(words []string, last string) string {
	text := ""
	for i, word := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += last
		default:
			text += ", "
		}
		text += fmt.Sprintf("%q", word)
	}
	return text
}
