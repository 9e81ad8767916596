package github

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Secret is an organization secret as listed: its value is never to be read.
type Secret struct {
	Name       string    `json:"name"`
	Visibility string    `json:"visibility"` // "all", "private" or "selected"
	UpdatedAt  time.Time `json:"updated_at"` // moves with the access too
}

// Secrets lists the secrets of an organization, a request for each hundred.
func (c *Client) Secrets(ctx context.Context, organization string) ([]Secret, error) {
	var all []Secret
	for page := 1; ; page++ {
		var answer struct {
			Secrets []Secret `json:"secrets"`
		}
		more, err := c.get(ctx, "listing the secrets of organization "+organization,
			"/orgs/"+url.PathEscape(organization)+"/actions/secrets", paging(page), &answer)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Secrets...)
		if !more {
			return all, nil
		}
	}
}

// Secret reads one secret of an organization.
func (c *Client) Secret(ctx context.Context, organization, name string) (Secret, error) {
	var answer Secret
	_, err := c.get(ctx, "reading organization secret "+name,
		"/orgs/"+url.PathEscape(organization)+"/actions/secrets/"+url.PathEscape(name), nil, &answer)
	return answer, err
}

// Repository is one of an organization.
type Repository struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	DefaultBranch string `json:"default_branch"` // "" in allow lists
}

// Repositories lists who may read an organization secret of visibility
// "selected".
func (c *Client) Repositories(ctx context.Context, organization, secret string) ([]Repository, error) {
	var all []Repository
	for page := 1; ; page++ {
		var answer struct {
			Repositories []Repository `json:"repositories"`
		}
		more, err := c.get(ctx, "listing the repositories of organization secret "+secret,
			"/orgs/"+url.PathEscape(organization)+"/actions/secrets/"+url.PathEscape(secret)+"/repositories", paging(page), &answer)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Repositories...)
		if !more {
			return all, nil
		}
	}
}

// Repository finds a repository by name.
func (c *Client) Repository(ctx context.Context, organization, name string) (Repository, error) {
	var answer Repository
	_, err := c.get(ctx, "reading repository "+organization+"/"+name,
		"/repos/"+url.PathEscape(organization)+"/"+url.PathEscape(name), nil, &answer)
	return answer, err
}

// File reads a file of the default branch; "" when it is not there. A repository
// that is not there, or that the token may not see, is ErrNotFound.
func (c *Client) File(ctx context.Context, organization, repository, path string) (string, error) {
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
		return "", fmt.Errorf("%s: GitHub does not answer its text: it is no file, or over 1 MB", doing)
	}
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(answer.Content, "\n", ""))
	if err != nil {
		return "", fmt.Errorf("%s: decoding it: %w", doing, err)
	}
	return string(text), nil
}

func paging(page int) url.Values {
	return url.Values{"per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(page)}}
}
