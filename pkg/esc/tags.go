package esc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	sdk "github.com/pulumi/esc-sdk/sdk/go"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
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

// TagRevision makes tag name a revision, whether it named another before or
// none.
func (c *Client) TagRevision(ctx context.Context, name secrets.EnvironmentName, tag string, revision int) error {
	k := call{op: fmt.Sprintf("tagging revision %d as %s of environment", revision, tag), name: name, permission: mayWrite}
	move, create := k, k
	move.send = func(ctx context.Context) (*http.Response, error) {
		return c.api.UpdateEnvironmentRevisionTag(ctx, name.Organization, name.Project, name.Name, tag).
			UpdateEnvironmentRevisionTag(sdk.UpdateEnvironmentRevisionTag{Revision: int32(revision)}).Execute()
	}
	create.once = true
	create.send = func(ctx context.Context) (*http.Response, error) {
		return c.api.CreateEnvironmentRevisionTag(ctx, name.Organization, name.Project, name.Name).
			CreateEnvironmentRevisionTag(sdk.CreateEnvironmentRevisionTag{Name: tag, Revision: int32(revision)}).Execute()
	}
	return settle(ctx, func(ctx context.Context) error {
		_, err := c.do(ctx, move)
		if errors.Is(err, ErrNotFound) {
			_, err = c.do(ctx, create)
		}
		return err
	})
}

// Tags are the environment's own tags, by name.
func (c *Client) Tags(ctx context.Context, name secrets.EnvironmentName) (map[string]string, error) {
	k := call{op: "reading the tags of environment", name: name, permission: mayRead,
		send: func(ctx context.Context) (*http.Response, error) {
			_, response, err := c.api.ListEnvironmentTags(ctx, name.Organization, name.Project, name.Name).Execute()
			return response, err
		}}
	a, err := c.do(ctx, k)
	if err != nil {
		return nil, err
	}
	var list struct {
		Tags map[string]struct{ Value string }
	}
	if err := k.decode(a, &list); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for key, tag := range list.Tags {
		tags[key] = tag.Value
	}
	return tags, nil
}

// SetTag gives the environment a tag, or the tag another value. One request when
// it has that value already, two when not.
func (c *Client) SetTag(ctx context.Context, name secrets.EnvironmentName, key, value string) error {
	k := call{op: "setting tag " + key + " of environment", name: name, permission: mayWrite, once: true}
	return settle(ctx, func(ctx context.Context) error {
		tags, err := c.Tags(ctx, name)
		old, exists := tags[key]
		if err != nil || (exists && old == value) {
			return err
		}
		k.send = func(ctx context.Context) (*http.Response, error) {
			_, response, err := c.api.CreateEnvironmentTag(ctx, name.Organization, name.Project, name.Name).
				CreateEnvironmentTag(sdk.CreateEnvironmentTag{Name: key, Value: value}).Execute()
			return response, err
		}
		if exists {
			k.send = func(ctx context.Context) (*http.Response, error) {
				_, response, err := c.api.UpdateEnvironmentTag(ctx, name.Organization, name.Project, name.Name, key).
					UpdateEnvironmentTag(sdk.UpdateEnvironmentTag{
						CurrentTag: sdk.UpdateEnvironmentTagCurrentTag{Value: old},
						NewTag:     sdk.UpdateEnvironmentTagNewTag{Name: key, Value: value},
					}).Execute()
				return response, err
			}
		}
		_, err = c.do(ctx, k)
		return err
	})
}

// settle repeats a look-then-write that another writer, or an answer that was
// lost, got in the way of.
func settle(ctx context.Context, write func(context.Context) error) error {
	return transport.Retry(ctx, maxTries, func(err error) bool { return temporary(err) || errors.Is(err, ErrConflict) }, write)
}
