package esc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// bodyLimit bounds an answer: a thousand values of 48 KB, opened, with room for
// the traces that come with them.
const bodyLimit = 256 << 20

// answer is what the service said, whatever the SDK makes of it.
type answer struct {
	etag   string // in: the precondition
	status int
	header http.Header
	body   []byte
	err    error // the connection failed, perhaps in the middle of the body
}

type answerKey struct{}

// transport adds the precondition, keeps the whole answer, and passes it on
// without its body, so that the SDK has nothing to decode.
type transport struct{ base http.RoundTripper }

func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	a := request.Context().Value(answerKey{}).(*answer)
	if a.etag != "" {
		// The API documents If-Match; Pulumi's own command line sends ETag.
		request = request.Clone(request.Context())
		request.Header.Set("If-Match", a.etag)
		request.Header.Set("ETag", a.etag)
	}
	response, err := t.base.RoundTrip(request)
	if err != nil {
		a.err = err
		return nil, err
	}
	a.status, a.header = response.StatusCode, response.Header
	a.body, err = io.ReadAll(io.LimitReader(response.Body, bodyLimit))
	if len(a.body) == bodyLimit {
		err = errors.New("the answer is too long")
	}
	_ = response.Body.Close()
	response.Body = http.NoBody
	// A write is proven by its status alone.
	if request.Method == http.MethodGet || request.Method == http.MethodPost {
		a.err = err
	}
	return response, a.err
}

// decode reads a JSON body. The error does not quote it.
func (a *answer) decode(into any) error {
	if json.Unmarshal(a.body, into) != nil {
		return errors.New("the answer of the service was not understood")
	}
	return nil
}

// revision is the one the answer is about; 0 if it does not say.
func (a *answer) revision() int {
	n, _ := strconv.Atoi(a.header.Get("Pulumi-ESC-Revision"))
	return n
}

// retryAfter is how long the service asks to wait: seconds or a date.
func (a *answer) retryAfter() time.Duration {
	text := a.header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(n, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// withoutURL takes the address off an error, since an address may name an open
// session, and says why the context ended when it did.
func withoutURL(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
