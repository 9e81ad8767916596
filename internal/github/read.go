package github

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// Secret is an organization secret as GitHub lists it, which is never with its
// value.
type Secret struct {
	Name       string    `json:"name"`
	Visibility string    `json:"visibility"` // "all", "private" or "selected"
	UpdatedAt  time.Time `json:"updated_at"` // moves with the access too
}

// Secrets lists the secrets of an organization, a request for each hundred.
func (c *Client) Secrets(ctx context.Context, organization string) ([]Secret, error) {
	return c.secrets(ctx, "listing the secrets of organization "+organization, "/orgs/"+url.PathEscape(organization)+"/actions/secrets")
}

func (c *Client) secrets(ctx context.Context, doing, path string) ([]Secret, error) {
	return list[Secret](ctx, c, doing, path, "secrets")
}

// Secret reads one secret of an organization.
func (c *Client) Secret(ctx context.Context, organization, name string) (Secret, error) {
	var answer Secret
	_, err := c.get(ctx, "reading organization secret "+name,
		"/orgs/"+url.PathEscape(organization)+"/actions/secrets/"+url.PathEscape(name), nil, &answer)
	return answer, err
}

// Repository is a repository of an organization.
type Repository struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	DefaultBranch string `json:"default_branch"` // "" in allow lists
	Owner         struct {
		ID int `json:"id"`
	} `json:"owner"`
}

// Repositories lists the repositories that may read an organization secret of
// visibility "selected".
func (c *Client) Repositories(ctx context.Context, organization, secret string) ([]Repository, error) {
	return list[Repository](ctx, c, "listing the repositories of organization secret "+secret,
		"/orgs/"+url.PathEscape(organization)+"/actions/secrets/"+url.PathEscape(secret)+"/repositories", "repositories")
}

// list reads all pages of a list, which each answer holds under field.
func list[T any](ctx context.Context, c *Client, doing, path, field string) ([]T, error) {
	ctx, end := transport.Begin(ctx)
	defer end()
	var all []T
	for page := 1; page <= maxPages; page++ {
		var answer map[string]json.RawMessage
		query := url.Values{"per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(page)}}
		header, err := c.get(ctx, doing, path, query, &answer)
		if err != nil {
			return nil, err
		}
		var items []T
		if json.Unmarshal(answer[field], &items) != nil || items == nil {
			return nil, fmt.Errorf("%s: %w", doing, errNotUnderstood)
		}
		all = append(all, items...)
		if !strings.Contains(header.Get("Link"), `rel="next"`) {
			return all, nil
		}
	}
	return nil, fmt.Errorf("%s: GitHub announces more than %d pages", doing, maxPages)
}

// Repository finds a repository by name.
func (c *Client) Repository(ctx context.Context, organization, name string) (Repository, error) {
	doing := "reading repository " + organization + "/" + name
	var answer Repository
	_, err := c.get(ctx, doing, "/repos/"+url.PathEscape(organization)+"/"+url.PathEscape(name), nil, &answer)
	if err == nil && answer.ID == 0 {
		err = fmt.Errorf("%s: %w", doing, errNotUnderstood)
	}
	return answer, err
}

// File reads a file of the default branch; "" if there is none. It is ErrNotFound
// if there is no such repository, or if the token may not see it.
func (c *Client) File(ctx context.Context, organization, repository, path string) (string, error) {
	ctx, end := transport.Begin(ctx)
	defer end()
	doing := fmt.Sprintf("reading %s of %s/%s", path, organization, repository)
	var answer struct {
		Encoding string `json:"encoding"`
		Content  string `json:"content"`
	}
	_, err := c.get(ctx, doing, "/repos/"+url.PathEscape(organization)+"/"+url.PathEscape(repository)+"/contents/"+path, nil, &answer)
	if errors.Is(err, ErrNotFound) {
		_, err = c.Repository(ctx, organization, repository)
		return "", err
	}
	if err != nil {
		return "", err
	}
	if answer.Encoding != "base64" { // over 1 MB it is "none", and the content is left out
		return "", fmt.Errorf("%s: GitHub returned no content: not a file, or over 1 MB", doing)
	}
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(answer.Content, "\n", ""))
	if err != nil {
		return "", fmt.Errorf("%s: decoding it: %w", doing, err)
	}
	return string(text), nil
}
