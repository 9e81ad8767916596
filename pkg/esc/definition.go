package esc

import (
	"context"
	"net/http"
	"strconv"

	sdk "github.com/pulumi/esc-sdk/sdk/go"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Permissions, as an error names them.
// https://www.pulumi.com/docs/administration/access-identity/rbac/scopes/
const (
	mayRead   = "environment:read"
	mayOpen   = "environment:open"
	mayWrite  = "environment:write"
	mayCreate = "environment:create"
)

// Definition is one revision of an environment's text, its secrets encrypted.
type Definition struct {
	Text     string
	ETag     string // what Update takes; may be "" for an old revision
	Revision int
}

// Get reads the newest definition. It is ErrNotFound if there is none, or if the
// token may not see it.
func (c *Client) Get(ctx context.Context, name secrets.EnvironmentName) (Definition, error) {
	return c.definition(ctx, name, func(ctx context.Context) (*http.Response, error) {
		_, response, err := c.api.GetEnvironment(ctx, name.Organization, name.Project, name.Name).Execute()
		return response, err
	})
}

func (c *Client) definition(ctx context.Context, name secrets.EnvironmentName, send func(context.Context) (*http.Response, error)) (Definition, error) {
	k := call{op: "reading environment", name: name, permission: mayRead, send: send}
	a, err := c.do(ctx, k)
	switch {
	case err != nil:
		return Definition{}, err
	case a.isPage():
		return Definition{}, k.misunderstood(a)
	}
	return Definition{Text: string(a.Body), ETag: a.Header.Get("ETag"), Revision: a.revision()}, nil
}

// Update replaces the whole definition and returns the new revision, 0 if the
// service does not say which. With an etag, it is ErrConflict if another revision
// was written since. It is sent once: after an error without a status, or with a
// status of 500 and above, the definition may have been replaced.
func (c *Client) Update(ctx context.Context, name secrets.EnvironmentName, text, etag string) (int, error) {
	a, err := c.do(ctx, call{op: "updating environment", name: name, permission: mayWrite, once: true, etag: etag,
		send: func(ctx context.Context) (*http.Response, error) {
			_, response, err := c.api.UpdateEnvironmentYaml(ctx, name.Organization, name.Project, name.Name).Body(text).Execute()
			return response, err
		}})
	if err != nil {
		return 0, err
	}
	return a.revision(), nil
}

// Create makes an environment with an empty definition. It is ErrConflict if the
// environment exists.
func (c *Client) Create(ctx context.Context, name secrets.EnvironmentName) error {
	_, err := c.do(ctx, call{op: "creating environment", name: name, permission: mayCreate, once: true,
		send: func(ctx context.Context) (*http.Response, error) {
			body := sdk.CreateEnvironment{Project: name.Project, Name: name.Name}
			return c.api.CreateEnvironment(ctx, name.Organization).CreateEnvironment(body).Execute()
		}})
	return err
}

// at is a revision as the service's paths name it.
func at(revision int) string { return strconv.Itoa(revision) }
