package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// ErrNotFound is in every error about something that is not there, or that the
// token may not see: GitHub makes no difference. ErrUnauthorized is in those
// about the token itself.
var (
	ErrNotFound     = errors.New("not found")
	ErrUnauthorized = errors.New("GITHUB_TOKEN is wrong or has expired")
)

const (
	perPage        = 100
	requestTimeout = 30 * time.Second
	maxAnswerBytes = 8 << 20
)

// Client reads one GitHub with one token. Safe for concurrent use.
type Client struct {
	api   string
	token secrets.Value
	http  *http.Client
	err   error // why no token is sent there
}

// New makes a client for the API at apiURL, such as https://api.github.com; it
// sends nothing. A nil http is a client with a timeout. With an address that is
// neither https nor on this machine every call is an error, since it would show
// the token.
func New(apiURL string, token secrets.Value, h *http.Client) *Client {
	if h == nil {
		h = &http.Client{Timeout: requestTimeout}
	}
	return &Client{strings.TrimRight(apiURL, "/"), token, h, secrets.CheckAddress(apiURL)}
}

// APIURL is the REST API that belongs to the base URL of the GitHub provider, as
// the provider finds it: github.com and ghe.com have a host for the API, every
// other host is Enterprise Server, with its API under /api/v3.
// https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
func APIURL(baseURL string) string {
	base := strings.TrimRight(baseURL, "/")
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return base
	case u.Host != "github.com" && u.Host != "api.github.com" && !strings.HasSuffix(u.Host, ".ghe.com"):
		return strings.TrimSuffix(base, "/api/v3") + "/api/v3"
	case !strings.HasPrefix(u.Host, "api."):
		u.Host = "api." + u.Host
	}
	return u.String()
}

// get decodes the answer of one GET into target and returns whether there is
// another page.
func (c *Client) get(ctx context.Context, doing, path string, query url.Values, target any) (more bool, err error) {
	answer, err := c.send(ctx, doing, http.MethodGet, path+"?"+query.Encode(), nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswerBytes)).Decode(target); err != nil {
		return false, fmt.Errorf("%s: reading the answer: %w", doing, err)
	}
	return strings.Contains(answer.Header.Get("Link"), `rel="next"`), nil
}

// send makes one request. Every status but 200, and 204 for a write, is an error.
func (c *Client) send(ctx context.Context, doing, method, path string, body io.Reader) (*http.Response, error) {
	if c.err != nil {
		return nil, fmt.Errorf("%s: %w", doing, c.err)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.api+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if answer.StatusCode != http.StatusOK && (method == http.MethodGet || answer.StatusCode != http.StatusNoContent) {
		_ = answer.Body.Close()
		return nil, statusError(doing, answer.StatusCode)
	}
	return answer, nil
}

func statusError(doing string, status int) error {
	switch status {
	case http.StatusNotFound:
		return fmt.Errorf("%s: 404: %w, or GITHUB_TOKEN may not see it", doing, ErrNotFound)
	case http.StatusUnauthorized:
		return fmt.Errorf("%s: 401: %w", doing, ErrUnauthorized)
	case http.StatusForbidden:
		return fmt.Errorf("%s: 403: GITHUB_TOKEN may not do this, or the rate limit is used up", doing)
	}
	return fmt.Errorf("%s: %d %s", doing, status, http.StatusText(status))
}
