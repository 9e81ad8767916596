package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// The errors of this package, for errors.Is.
var (
	// ErrNotFound means missing, or not visible to the token: GitHub does not say
	// which.
	ErrNotFound     = errors.New("not found")
	ErrUnauthorized = errors.New("GITHUB_TOKEN is wrong or has expired")
	ErrForbidden    = errors.New("GITHUB_TOKEN may not do this")
	ErrRateLimited  = errors.New("the rate limit of GITHUB_TOKEN is used up")
)

var errNotUnderstood = errors.New("the answer was not understood: is this the address of GitHub's API?")

// failure is one failed request.
type failure struct {
	status int    // 0 when no answer came
	detail string // what to know beyond err, in our words
	wait   time.Duration
	err    error // one of the above; why no answer came; nil for another status
}

func (f *failure) Error() string {
	var parts []string
	switch {
	case f.err == nil:
		parts = append(parts, fmt.Sprintf("%d %s", f.status, http.StatusText(f.status)))
	case f.status > 0:
		parts = append(parts, strconv.Itoa(f.status), f.err.Error())
	default:
		parts = append(parts, f.err.Error())
	}
	text := strings.TrimSpace(strings.Join(parts, ": "))
	if f.detail != "" {
		text += ", " + f.detail
	}
	return text
}

func (f *failure) Unwrap() error { return f.err }

// Wait is how long GitHub asks to wait, for transport.Retry.
func (f *failure) Wait() time.Duration { return f.wait }

// temporary reports whether the same request may work a moment later.
func temporary(err error) bool {
	var f *failure
	if !errors.As(err, &f) {
		return false
	}
	if f.status > 0 {
		return errors.Is(err, ErrRateLimited) || transport.Temporary(f.status, nil)
	}
	return transport.Temporary(0, f.err)
}

// newFailure takes from an answer what an error may quote.
func newFailure(a *transport.Answer) *failure {
	f := &failure{status: a.Status, wait: a.RetryAfter()}
	switch {
	case a.Status == http.StatusNotFound:
		f.err, f.detail = ErrNotFound, "or GITHUB_TOKEN may not see it"
	case a.Status == http.StatusUnauthorized:
		f.err = ErrUnauthorized
	case f.limit(a):
	case a.Status == http.StatusForbidden && a.Header.Get("X-GitHub-SSO") != "":
		f.err, f.detail = ErrForbidden, "because the organization requires SAML single sign-on: authorize the token with Configure SSO at https://github.com/settings/tokens"
	case a.Status == http.StatusForbidden:
		f.err = ErrForbidden
	case a.Status >= http.StatusMultipleChoices && a.Status < http.StatusBadRequest:
		f.detail = "a redirect that is not followed"
	case f.wait > 0:
		f.detail = fmt.Sprintf("it asks to wait %s", f.wait)
	}
	return f
}

// limit tells a rate limit from missing rights, the way GitHub documents it.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func (f *failure) limit(a *transport.Answer) bool {
	if a.Status != http.StatusForbidden && a.Status != http.StatusTooManyRequests {
		return false
	}
	primary := a.Header.Get("X-RateLimit-Remaining") == "0"
	if !primary && !isSecondary(a.Body) {
		return false
	}
	f.err = ErrRateLimited
	if f.wait == 0 && primary {
		f.wait = untilReset(a.Header.Get("X-RateLimit-Reset"))
	}
	if f.wait == 0 {
		f.wait = time.Minute // what GitHub asks for when it names no time
	}
	f.detail = fmt.Sprintf("try again in %s", f.wait)
	return true
}

func isSecondary(body []byte) bool {
	var said struct {
		URL string `json:"documentation_url"`
	}
	return json.Unmarshal(body, &said) == nil && strings.HasSuffix(said.URL, "secondary-rate-limits")
}

// untilReset is the time until the limit resets, at most an hour.
func untilReset(text string) time.Duration {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return min(max(time.Until(time.Unix(seconds, 0)).Round(time.Second), time.Second), time.Hour)
}
