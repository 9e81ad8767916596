package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

const (
	maxTries  = 4
	bodyLimit = 4 << 20
)

// ErrForbidden means that the token is not that of an admin of the organization.
var ErrForbidden = errors.New("PULUMI_ACCESS_TOKEN may not see the OIDC issuers")

var errNotUnderstood = errors.New("the answer was not understood: is this the address of Pulumi Cloud's API?")

// Issuer is a service whose tokens a Pulumi organization exchanges.
type Issuer struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	URL           string   `json:"url"`
	Thumbprints   []string `json:"thumbprints"`
	MaxExpiration int      `json:"maxExpiration"` // of a token, in seconds
	Policies      []Policy `json:"-"`
}

// Client reads the issuers of one Pulumi Cloud. Safe for concurrent use.
type Client struct {
	api  string
	http *transport.Client
	err  error // why nothing is sent there
}

// New makes a client; it sends nothing. If the address must not see a token, or
// the token cannot be sent, every call fails.
func New(apiURL string, token secrets.Value, h *http.Client) *Client {
	client, err := transport.New(transport.Options{
		Address: apiURL, Token: token, Name: "the Pulumi access token", Scheme: "token", Limit: bodyLimit, HTTP: h,
	})
	return &Client{strings.TrimRight(apiURL, "/") + "/api/orgs/", client, err}
}

// Find reads an organization's issuer for an address, with its policies; nil if it
// has none. It is ErrForbidden if the token may not see it.
// https://www.pulumi.com/docs/reference/cloud-rest-api/oidc-issuers/
func (c *Client) Find(ctx context.Context, organization, address string) (*Issuer, error) {
	ctx, end := transport.Begin(ctx)
	defer end()
	var list struct {
		Issuers []Issuer `json:"oidcIssuers"`
	}
	if err := c.get(ctx, url.PathEscape(organization)+"/oidc/issuers", &list); err != nil {
		return nil, fmt.Errorf("listing the OIDC issuers of %s: %w", organization, err)
	}
	for _, issuer := range list.Issuers {
		if !strings.EqualFold(strings.TrimRight(issuer.URL, "/"), address) {
			continue
		}
		var policies struct {
			Policies []Policy `json:"policies"`
		}
		if err := c.get(ctx, url.PathEscape(organization)+"/auth/policies/oidcissuers/"+url.PathEscape(issuer.ID), &policies); err != nil {
			return nil, fmt.Errorf("reading the policies of OIDC issuer %s of %s: %w", issuer.Name, organization, err)
		}
		issuer.Policies = policies.Policies
		return &issuer, nil
	}
	return nil, nil
}

// failure is an answer that is not the wanted one.
type failure struct{ status int }

func (f *failure) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", f.status, http.StatusText(f.status)))
}

func (f *failure) Unwrap() error {
	if f.status == http.StatusForbidden {
		return ErrForbidden
	}
	return nil
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	if c.err != nil {
		return c.err
	}
	return transport.Retry(ctx, maxTries, temporary, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api+path, nil)
		if err != nil {
			return err
		}
		request.Header.Set("Accept", "application/vnd.pulumi+8")
		answer, err := c.http.Send(request)
		switch {
		case err != nil:
			return err
		case answer.Status != http.StatusOK:
			return &failure{answer.Status}
		case json.Unmarshal(answer.Body, into) != nil:
			return errNotUnderstood
		}
		return nil
	})
}

func temporary(err error) bool {
	var f *failure
	if errors.As(err, &f) {
		return transport.Temporary(f.status, nil)
	}
	return !errors.Is(err, errNotUnderstood) && transport.Temporary(0, err)
}
