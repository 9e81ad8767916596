package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const (
	// requestTimeout leaves an operation time for another try.
	requestTimeout = 30 * time.Second
	maxRedirects   = 3
	maxFailure     = 64 << 10 // bytes that are read of an unsuccessful answer
)

// ErrTooLong is an answer over the size limit.
var ErrTooLong = errors.New("the answer is too long")

// Options say where a service is and who asks.
type Options struct {
	Address string        // what secrets.CheckAddress takes
	Token   secrets.Value // white space around it is cut off
	Name    string        // what errors call the token
	Scheme  string        // of the Authorization header, such as "Bearer"
	Limit   int           // of an answer, in bytes
	HTTP    *http.Client  // its Transport and Timeout are used; nil is the default
}

// Client sends requests with a token. Safe for concurrent use.
type Client struct {
	authorization secrets.Value
	base          http.RoundTripper
	timeout       time.Duration
	limit         int
}

// New makes a client; it sends nothing. The error is about the address or the
// token and quotes neither.
func New(o Options) (*Client, error) {
	if err := secrets.CheckAddress(o.Address); err != nil {
		return nil, err
	}
	token, err := ParseToken(o.Token.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%s %w", o.Name, err)
	}
	c := &Client{secrets.NewValue(o.Scheme + " " + token.Reveal()), http.DefaultTransport, requestTimeout, o.Limit}
	if o.HTTP != nil && o.HTTP.Transport != nil {
		c.base = o.HTTP.Transport
	}
	if o.HTTP != nil && o.HTTP.Timeout > 0 {
		c.timeout = o.HTTP.Timeout
	}
	if kept, ok := c.base.(*http.Transport); ok {
		c.base = quiet(kept)
	}
	return c, nil
}

// quiet is a transport that keeps no HTTP/1 connection idle: net/http logs what
// arrives on one, to the letter, and that may be a value. HTTP/2 has no such
// answers, and keeps its connections in a pool that the limit does not bound.
func quiet(t *http.Transport) *http.Transport {
	t = t.Clone()
	t.MaxIdleConnsPerHost = -1
	return t
}

// Answer is what a service said, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send sends a request once and follows its redirects. An unsuccessful status is
// an answer, not an error, even if its body cannot be read. If the body of a
// success cannot be read, Send returns the answer and the error.
func (c *Client) Send(request *http.Request) (*Answer, error) {
	late := fmt.Errorf("no answer within %s", c.timeout)
	ctx, cancel := context.WithTimeoutCause(request.Context(), c.timeout, late)
	defer cancel()
	request = request.Clone(ctx)
	request.Header.Set("Authorization", c.authorization.Reveal())
	for hops := 0; ; hops++ {
		answer, err := c.exchange(request)
		next := redirect(request, answer)
		if err != nil || next == nil || hops == maxRedirects {
			return answer, err
		}
		request = request.Clone(ctx)
		request.URL, request.Host = next, ""
	}
}

func (c *Client) exchange(request *http.Request) (*Answer, error) {
	response, err := c.base.RoundTrip(request)
	if err != nil {
		return nil, explain(request.Context(), err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, limit := &Answer{Status: response.StatusCode, Header: response.Header}, c.limit
	failed := answer.Status >= http.StatusMultipleChoices
	if failed {
		limit = min(limit, maxFailure)
	}
	body, err := read(response, limit)
	switch {
	case failed:
		answer.Body = body
		return answer, nil
	case err != nil && !errors.Is(err, ErrTooLong):
		return answer, explain(request.Context(), err)
	}
	answer.Body = body
	return answer, err
}

// read reads a body of at most limit bytes.
func read(response *http.Response, limit int) ([]byte, error) {
	if response.ContentLength > int64(limit) {
		return nil, ErrTooLong
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > limit:
		return nil, ErrTooLong
	}
	return body, nil
}

// redirect returns the address to ask instead; nil if there is none, or if it
// must not see the token.
func redirect(request *http.Request, answer *Answer) *url.URL {
	if answer == nil || request.Method != http.MethodGet {
		return nil
	}
	switch answer.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	from, location := request.URL, answer.Header.Get("Location")
	next, err := from.Parse(location)
	if location == "" || err != nil || next.User != nil ||
		next.Scheme != from.Scheme || !strings.EqualFold(next.Host, from.Host) {
		return nil
	}
	return next
}
