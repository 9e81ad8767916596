package esc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Revision is one version of an environment. It never changes, but its tags do.
type Revision struct {
	Number  int
	Created time.Time // zero if the service does not say
	Author  string    // the login
	Tags    []string  // sorted; "latest" is the service's own
}

// Tagged reports whether the revision has a tag.
func (r Revision) Tagged(tag string) bool { return slices.Contains(r.Tags, tag) }

// Revisions lists the newest revisions, newest first, at most count.
func (c *Client) Revisions(ctx context.Context, name secrets.EnvironmentName, count int) ([]Revision, error) {
	k := call{op: "listing the revisions of environment", name: name, permission: mayRead,
		send: func(ctx context.Context) (*http.Response, error) {
			_, response, err := c.api.ListEnvironmentRevisions(ctx, name.Organization, name.Project, name.Name).
				Count(int32(count)).Execute()
			return response, err
		}}
	a, err := c.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var list []struct {
		Number       int
		Created      string
		CreatorLogin string
		Tags         []string
	}
	if err := k.decode(a, &list); err != nil {
		return nil, err
	}
	var all []Revision
	for _, r := range list {
		created, _ := time.Parse(time.RFC3339, r.Created)
		all = append(all, Revision{r.Number, created, r.CreatorLogin, slices.Sorted(slices.Values(r.Tags))})
	}
	slices.SortFunc(all, func(a, b Revision) int { return b.Number - a.Number })
	return all, nil
}

// Tag is the value of one of the environment's own tags; "" if there is none.
func (c *Client) Tag(ctx context.Context, name secrets.EnvironmentName, key string) (string, error) {
	k := call{op: "reading tag " + key + " of environment", name: name, permission: mayRead,
		send: func(ctx context.Context) (*http.Response, error) {
			_, response, err := c.api.GetEnvironmentTag(ctx, name.Organization, name.Project, name.Name, key).Execute()
			return response, err
		}}
	a, err := c.do(ctx, k)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var tag struct{ Value string }
	err = k.decode(a, &tag)
	return tag.Value, err
}
