package esc

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	sdk "github.com/pulumi/esc-sdk/sdk/go"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// requestTimeout bounds one request, so that a service that hangs leaves time
// for another try.
const requestTimeout = 30 * time.Second

// Options say where the service is and who asks.
type Options struct {
	APIURL string // https://api.pulumi.com when empty; without /api
	Token  secrets.Value
	HTTP   *http.Client // nil is one with a timeout; redirects are never followed
}

// Client speaks to one service with one token. Safe for concurrent use.
type Client struct {
	token secrets.Value
	api   *sdk.EscAPIService
	http  *http.Client
	base  string
	err   error // why no token is sent there
}

// New makes a client; it sends nothing. With an address that is neither https
// nor on this machine every call is an error, since it would show the token.
func New(o Options) *Client {
	c := &Client{token: o.Token, http: newHTTP(o.HTTP)}
	c.base = strings.TrimRight(cmp.Or(o.APIURL, secrets.PublicPulumiURL), "/") + "/api/esc"
	c.err = secrets.CheckAddress(c.base)
	config := sdk.NewConfiguration()
	config.HTTPClient = c.http
	config.Servers[0].URL = c.base
	c.api = sdk.NewRawAPIClient(config).EscAPI
	return c
}

// newHTTP copies a client and puts the transport in. A redirect is an error:
// following it could send a document to another host.
func newHTTP(given *http.Client) *http.Client {
	h := http.Client{Timeout: requestTimeout}
	if given != nil {
		h = *given
	}
	base := h.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	h.Transport = &transport{base}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h
}

// call is one request: what it is for, and whether it may be sent twice.
type call struct {
	op         string // a gerund, for errors
	name       secrets.EnvironmentName
	permission string // what a 403 lacks
	once       bool   // must not be repeated
	etag       string // the precondition, if any
	send       func(ctx context.Context) (*http.Response, error)
}

// do sends a call, as often as it takes and may be.
func (c *Client) do(ctx context.Context, k call) (a *answer, err error) {
	tries := maxTries
	if k.once {
		tries = 1
	}
	err = Retry(ctx, tries, temporary, func() error {
		a, err = c.try(ctx, k)
		return err
	})
	return a, err
}

// try sends a call once. The error is an *Error.
func (c *Client) try(ctx context.Context, k call) (*answer, error) {
	if c.err != nil {
		return nil, &Error{Op: k.op, Environment: k.name.String(), Err: c.err}
	}
	a := &answer{etag: k.etag}
	ctx = context.WithValue(ctx, answerKey{}, a)
	ctx = context.WithValue(ctx, sdk.ContextAPIKeys, map[string]sdk.APIKey{
		"Authorization": {Key: c.token.Reveal(), Prefix: "token"},
	})
	_, err := k.send(ctx) //nolint:bodyclose // the transport has read and closed it
	failed := &Error{Op: k.op, Environment: k.name.String(), permission: k.permission}
	switch {
	case a.err != nil:
		failed.Err, failed.sent = withoutURL(ctx, a.err), true
	case a.status == 0:
		failed.Err = withoutURL(ctx, err)
	case a.status >= http.StatusMultipleChoices:
		failed.describe(a)
	default:
		return a, nil
	}
	return nil, failed
}

// decode reads the body of an answer.
func (k call) decode(a *answer, into any) error {
	if err := a.decode(into); err != nil {
		return &Error{Op: k.op, Environment: k.name.String(), Status: a.status, Err: err}
	}
	return nil
}
