package esc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// What an *Error may be, for errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("changed in between")
)

// Error is a request that failed. It quotes nothing of a document.
type Error struct {
	Op          string // such as "updating"
	Environment string
	Status      int           // of HTTP; 0 when no answer came
	Detail      string        // what to know beyond the status, in our words
	RetryAfter  time.Duration // how long the service asks to wait
	Err         error         // why no answer came, or why it was not understood

	permission string
	sent       bool
}

// Error names the environment, the status and, for 401 and 403, what is missing.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: ", e.Op, e.Environment)
	if e.Err != nil {
		return text + e.Err.Error()
	}
	text += strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap is for errors.Is with ErrNotFound, ErrConflict and the errors of a
// context.
func (e *Error) Unwrap() error {
	switch e.Status {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return ErrConflict
	}
	return e.Err
}

// Temporary reports whether the same request may work a moment later.
func (e *Error) Temporary() bool {
	return (e.Err == nil || e.sent) && transport.Temporary(e.Status, e.Err)
}

// Wait is RetryAfter, for transport.Retry.
func (e *Error) Wait() time.Duration { return e.RetryAfter }

// temporary is for requests that may simply be sent again.
func temporary(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Temporary()
}

// describe takes from an answer what an error may quote.
func (e *Error) describe(a *transport.Answer) {
	e.Status, e.RetryAfter = a.Status, a.RetryAfter()
	switch {
	case a.Status < http.StatusBadRequest:
		e.Detail = "a redirect that is not followed"
	case a.Status == http.StatusUnauthorized:
		e.Detail = "the Pulumi access token is missing, wrong or expired"
	case a.Status == http.StatusForbidden:
		e.Detail = "the Pulumi access token lacks the permission " + e.permission
	case a.Status == http.StatusBadRequest:
		e.Detail = describeDiagnostics(a.Body)
	case e.RetryAfter > 0:
		e.Detail = fmt.Sprintf("it asks to wait %s", e.RetryAfter)
	}
}

// safeSummaries are the summaries of diagnostics that an error may quote: these
// words, never what is around them.
var safeSummaries = [...]string{
	"unknown property", "unknown environment", "duplicate key", "cyclic reference",
	"cyclic import", "reserved key", "cannot override final value", "secret values must be string literals",
	"invalid ciphertext", "decrypting", "decoding base64 string", "missing property name",
	"unsupported",
}

// describeDiagnostics says what is wrong with a definition and where. The texts
// of diagnostics quote the definition and stay out.
func describeDiagnostics(body []byte) string {
	var said struct {
		Diagnostics []struct {
			Summary string
			Range   *struct {
				Begin struct{ Line, Column int }
			}
		}
	}
	if json.Unmarshal(body, &said) != nil || len(said.Diagnostics) == 0 {
		return ""
	}
	var all []string
	for _, d := range said.Diagnostics[:min(len(said.Diagnostics), 5)] {
		text := "a problem"
		for _, phrase := range safeSummaries {
			if strings.Contains(d.Summary, phrase) {
				text = phrase
				break
			}
		}
		if d.Range != nil {
			text += fmt.Sprintf(" at %d:%d", d.Range.Begin.Line, d.Range.Begin.Column)
		}
		all = append(all, text)
	}
	return "the service refuses the definition: " + strings.Join(all, ", ")
}
