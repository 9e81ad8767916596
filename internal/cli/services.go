package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/observe"
	"github.com/ai-cherry/sophia-secrets/internal/oidc"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// input is what most commands start from.
type input struct {
	catalog *secrets.Catalog
	stack   secrets.Stack
	uses    *uses.Uses // who reads what; nil when nothing is known
}

// input loads the catalog and the config of the chosen stack.
func (c *CLI) input(ctx context.Context) (input, error) {
	catalog, err := c.catalog(ctx)
	if err != nil {
		return input{}, err
	}
	stack, err := c.stack()
	if err != nil {
		return input{}, err
	}
	read, err := c.uses()
	return input{catalog, stack, read}, err
}

// services are the clients of both sides.
type services struct {
	github *github.Client
	esc    *esc.Client
	oidc   *oidc.Client
}

// services makes both clients with the tokens of the environment.
func (c *CLI) services(stack secrets.Stack) (services, error) {
	githubAPI, err := c.address("GITHUB_API_URL", github.APIURL(stack.GitHubBaseURL))
	if err != nil {
		return services{}, err
	}
	token, err := c.token("GITHUB_TOKEN")
	if err != nil {
		return services{}, err
	}
	api, pulumiToken, err := c.pulumiCloud(stack)
	return services{
		github.New(githubAPI, token, c.HTTP),
		esc.New(esc.Options{APIURL: api, Token: pulumiToken, HTTP: c.HTTP}),
		oidc.New(api, pulumiToken, c.HTTP),
	}, err
}

// escClient makes a client of the stack's Pulumi Cloud.
func (c *CLI) escClient(stack secrets.Stack) (*esc.Client, error) {
	api, token, err := c.pulumiCloud(stack)
	return esc.New(esc.Options{APIURL: api, Token: token, HTTP: c.HTTP}), err
}

// pulumiCloud is the address of the stack's Pulumi Cloud, and the token for it.
func (c *CLI) pulumiCloud(stack secrets.Stack) (api string, token secrets.Value, err error) {
	if api, err = c.address("PULUMI_API", stack.PulumiAPIURL); err != nil {
		return "", secrets.Value{}, err
	}
	token, err = c.token("PULUMI_ACCESS_TOKEN")
	return api, token, err
}

// token reads a token from the environment.
func (c *CLI) token(name string) (secrets.Value, error) {
	text, _ := c.Lookup(name)
	if text = strings.TrimSpace(text); text == "" {
		return secrets.Value{}, couldNot(fmt.Errorf("%s is not set", name), "export "+name+"=...")
	}
	return secrets.NewValue(text), nil
}

// address is the address of a service. The variable overrides the stack's config.
func (c *CLI) address(variable, configured string) (string, error) {
	address, _ := c.Lookup(variable)
	if address == "" {
		return configured, nil
	}
	if err := secrets.CheckAddress(address); err != nil {
		return "", couldNot(fmt.Errorf("reading %s: %w", variable, err), "unset "+variable)
	}
	return address, nil
}

// serviceHint says how to go on after a service refused or failed.
func serviceHint(err error, again string) string {
	var failed *esc.Error
	switch {
	case errors.Is(err, github.ErrUnauthorized):
		return "export GITHUB_TOKEN=..."
	case errors.As(err, &failed) && failed.Status == http.StatusUnauthorized:
		return "export PULUMI_ACCESS_TOKEN=..."
	}
	return again
}

// observed is the whole world, with what it was read by.
type observed struct {
	input
	services
	world drift.World
}

// observe reads the whole world; command is the one to type again when that failed.
func (c *CLI) observe(ctx context.Context, command string) (observed, error) {
	in, err := c.input(ctx)
	if err != nil {
		return observed{}, err
	}
	clients, err := c.services(in.stack)
	if err != nil {
		return observed{}, err
	}
	world, err := in.observe(ctx, clients)
	if err != nil {
		err = couldNot(err, serviceHint(err, command))
	}
	return observed{in, clients, world}, err
}

func (in input) observe(ctx context.Context, clients services) (drift.World, error) {
	observer := observe.Observer{Stack: in.stack, Catalog: in.catalog, Uses: in.uses, GitHub: clients.github, ESC: clients.esc, OIDC: clients.oidc, Now: time.Now()}
	return observer.World(ctx)
}
