package esc

import (
	"context"
	"net/http"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// sessionLength is how long the service keeps what we open: we read it at once.
const sessionLength = "5m"

const maxSessionID = 1024 // it becomes part of a path

// Kind is what a value of an opened environment is.
type Kind string

// The kinds. Unknown is a value that the service could not compute.
const (
	Null    Kind = "null"
	Bool    Kind = "bool"
	Number  Kind = "number"
	String  Kind = "string"
	List    Kind = "list"
	Object  Kind = "object"
	Unknown Kind = "unknown"
)

// Value is a value of an opened environment. It prints without its text.
type Value struct {
	Kind   Kind
	Secret bool
	Text   secrets.Value    // of a string; of a bool or a number as the service writes it
	List   []Value          // of a list
	Object map[string]Value // of an object
}

// At follows keys down through objects; false when one is not there.
func (v Value) At(keys ...string) (Value, bool) {
	for _, key := range keys {
		below, ok := v.Object[key]
		if !ok {
			return Value{}, false
		}
		v = below
	}
	return v, true
}

// Open evaluates the newest revision of an environment and returns its values,
// as an object. Two requests.
func (c *Client) Open(ctx context.Context, name secrets.EnvironmentName) (Value, error) {
	return c.open(ctx, name, func(ctx context.Context) (*http.Response, error) {
		_, response, err := c.api.OpenEnvironment(ctx, name.Organization, name.Project, name.Name).Duration(sessionLength).Execute()
		return response, err
	})
}

// OpenAt is Open for one revision.
func (c *Client) OpenAt(ctx context.Context, name secrets.EnvironmentName, revision int) (Value, error) {
	return c.open(ctx, name, func(ctx context.Context) (*http.Response, error) {
		_, response, err := c.api.OpenEnvironmentAtVersion(ctx, name.Organization, name.Project, name.Name, at(revision)).
			Duration(sessionLength).Execute()
		return response, err
	})
}

func (c *Client) open(ctx context.Context, name secrets.EnvironmentName, send func(context.Context) (*http.Response, error)) (Value, error) {
	ctx, end := transport.Begin(ctx)
	defer end()
	k := call{op: "opening environment", name: name, permission: mayOpen, send: send}
	a, err := c.do(ctx, k)
	if err != nil {
		return Value{}, err
	}
	var session struct{ ID string }
	if err := k.decode(a, &session); err != nil {
		return Value{}, err
	}
	if session.ID == "" || len(session.ID) > maxSessionID {
		return Value{}, k.misunderstood(a)
	}
	k.send = func(ctx context.Context) (*http.Response, error) {
		_, response, err := c.api.ReadOpenEnvironment(ctx, name.Organization, name.Project, name.Name, session.ID).Execute()
		return response, err
	}
	if a, err = c.do(ctx, k); err != nil {
		return Value{}, err
	}
	opened, err := decodeOpened(a)
	if err != nil {
		return Value{}, k.misunderstood(a)
	}
	return opened, nil
}
