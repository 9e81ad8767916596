package esc

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// bodyLimit bounds an answer: some hundred values of 48 KB, opened, with room
// for the traces that come with them.
const bodyLimit = 32 << 20

var errNotUnderstood = errors.New("the answer of the service was not understood")

// exchange is one request and what came of it, whatever the SDK makes of it.
type exchange struct {
	etag   string // the precondition, if any
	sent   bool
	answer *transport.Answer
	err    error
}

type exchangeKey struct{}

// roundTripper sends the SDK's requests and keeps their answers. It passes on no
// more than the status, so that the SDK has nothing to decode or to follow.
type roundTripper struct{ client *transport.Client }

func (t roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	e := request.Context().Value(exchangeKey{}).(*exchange)
	if e.etag != "" {
		// The API documents If-Match; Pulumi's own command line sends ETag.
		request = request.Clone(request.Context())
		request.Header.Set("If-Match", e.etag)
		request.Header.Set("ETag", e.etag)
	}
	e.sent = true
	e.answer, e.err = t.client.Send(request)
	if e.answer != nil && request.Method != http.MethodGet && request.Method != http.MethodPost {
		e.err = nil // a write is proven by its status alone
	}
	if e.err != nil {
		return nil, e.err
	}
	return &http.Response{StatusCode: e.answer.Status, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
}

// answer is what the service said to a call.
type answer struct{ *transport.Answer }

// decode reads a JSON object or list. The error does not quote it.
func (a answer) decode(into any) error {
	if !plausible(a.Body) || json.Unmarshal(a.Body, into) != nil {
		return errNotUnderstood
	}
	return nil
}

// isPage reports whether a proxy or a portal answered instead of the service.
func (a answer) isPage() bool {
	return strings.HasPrefix(strings.TrimSpace(a.Header.Get("Content-Type")), "text/html")
}

// revision is the number that the answer names; 0 without one.
func (a answer) revision() int {
	n, _ := strconv.Atoi(a.Header.Get("Pulumi-ESC-Revision"))
	return n
}

// The limits are far above any real environment: a short text can take much
// memory, or much time, to decode.
const (
	maxDepth = 100
	maxParts = 300_000
	maxText  = 1 << 20
)

// plausible reports whether a JSON text is an object or a list within the limits.
func plausible(text []byte) bool {
	depth, parts, quote := 0, 0, -1 // where the string under way begins
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && quote < 0:
			quote = i
		case c == '"' && i-quote > maxText:
			return false
		case c == '"':
			quote = -1
		case quote >= 0 && c == '\\':
			i++
		case quote >= 0:
		case c == '{' || c == '[':
			depth++
			parts++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			parts++
		}
		if depth > maxDepth || parts > maxParts {
			return false
		}
	}
	return parts > 0
}
