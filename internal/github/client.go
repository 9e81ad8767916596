package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

const (
	perPage   = 100
	maxPages  = 100 // GitHub has at most 1,000 secrets of a kind
	maxTries  = 4
	bodyLimit = 4 << 20 // a file of 1 MB, in base64, or a hundred repositories
)

// Client speaks to one GitHub with one token. Safe for concurrent use.
type Client struct {
	api  string
	http *transport.Client
	err  error // why nothing is sent there
}

// New makes a client for the API at apiURL, such as https://api.github.com; it
// sends nothing. It uses the Transport and the Timeout of h; nil is the default.
// If the address must not see a token, or the token cannot be sent, every call
// fails.
func New(apiURL string, token secrets.Value, h *http.Client) *Client {
	client, err := transport.New(transport.Options{
		Address: apiURL, Token: token, Name: "GITHUB_TOKEN", Scheme: "Bearer", Limit: bodyLimit, HTTP: h,
	})
	return &Client{strings.TrimRight(apiURL, "/"), client, err}
}

// get decodes the answer of one GET into target and returns its header.
func (c *Client) get(ctx context.Context, doing, path string, query url.Values, target any) (header http.Header, err error) {
	err = transport.Retry(ctx, maxTries, temporary, func(ctx context.Context) error {
		header, err = c.try(ctx, path, query, target)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return header, nil
}

func (c *Client) try(ctx context.Context, path string, query url.Values, target any) (http.Header, error) {
	answer, err := c.send(ctx, http.MethodGet, path+"?"+query.Encode(), nil, http.StatusOK)
	switch {
	case err != nil:
		return nil, err
	case json.Unmarshal(answer.Body, target) != nil:
		return nil, errNotUnderstood
	}
	return answer.Header, nil
}

// send makes one request. Every status but the wanted ones is an error.
func (c *Client) send(ctx context.Context, method, path string, body []byte, want ...int) (*transport.Answer, error) {
	if c.err != nil {
		return nil, c.err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.api+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	answer, err := c.http.Send(request)
	switch {
	case err != nil:
		return nil, &failure{err: err}
	case !slices.Contains(want, answer.Status):
		return nil, newFailure(answer)
	}
	return answer, nil
}
