package esc

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	sdk "github.com/pulumi/esc-sdk/sdk/go"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

const maxTries = 4

// Options say where the service is and who asks.
type Options struct {
	APIURL string // https://api.pulumi.com when empty; without /api
	Token  secrets.Value
	HTTP   *http.Client // its Transport and Timeout are used; nil is the default
}

// Client speaks to one service with one token. Safe for concurrent use.
type Client struct {
	api  *sdk.EscAPIService
	http *http.Client
	base string
	err  error // why nothing is sent there
}

// New makes a client; it sends nothing. If the address must not see a token, or
// the token cannot be sent, every call fails.
func New(o Options) *Client {
	c := &Client{base: strings.TrimRight(cmp.Or(o.APIURL, secrets.PublicPulumiURL), "/") + "/api/esc"}
	var client *transport.Client
	client, c.err = transport.New(transport.Options{
		Address: c.base, Token: o.Token, Name: "the Pulumi access token", Scheme: "token", Limit: bodyLimit, HTTP: o.HTTP,
	})
	c.http = &http.Client{Transport: roundTripper{client}}
	config := sdk.NewConfiguration()
	config.HTTPClient = c.http
	config.Servers[0].URL = c.base
	c.api = sdk.NewRawAPIClient(config).EscAPI
	return c
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

// do sends a call and repeats it where that is safe.
func (c *Client) do(ctx context.Context, k call) (a answer, err error) {
	tries := maxTries
	if k.once {
		tries = 1
	}
	err = transport.Retry(ctx, tries, temporary, func(ctx context.Context) error {
		a, err = c.try(ctx, k)
		return err
	})
	return a, err
}

// try sends a call once. The error is an *Error.
func (c *Client) try(ctx context.Context, k call) (answer, error) {
	failed := &Error{Op: k.op, Environment: k.name.String(), Err: c.err, permission: k.permission}
	if c.err != nil {
		return answer{}, failed
	}
	e := &exchange{etag: k.etag}
	_, err := k.send(context.WithValue(ctx, exchangeKey{}, e)) //nolint:bodyclose // the transport has read and closed it
	switch {
	case !e.sent:
		failed.Err = err
	case e.err != nil:
		failed.Err, failed.sent = e.err, true
	case e.answer.Status >= http.StatusMultipleChoices:
		failed.describe(e.answer)
	default:
		return answer{e.answer}, nil
	}
	return answer{}, failed
}

// decode reads the body of an answer.
func (k call) decode(a answer, into any) error {
	if err := a.decode(into); err != nil {
		return k.misunderstood(a)
	}
	return nil
}

func (k call) misunderstood(a answer) error {
	return &Error{Op: k.op, Environment: k.name.String(), Status: a.Status, Err: errNotUnderstood}
}
