package cli

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// pipeline is what a command that looks at both sides starts from.
func (c *CLI) pipeline() (*secrets.Catalog, secrets.Stack, services, error) {
	catalog, err := c.catalog()
	if err != nil {
		return nil, secrets.Stack{}, services{}, err
	}
	stack, err := c.stack()
	if err != nil {
		return nil, secrets.Stack{}, services{}, err
	}
	clients, err := c.services(stack)
	return catalog, stack, clients, err
}

// services are the clients of both sides.
type services struct {
	github *github.Client
	esc    *esc.Client
}

// services reads the two tokens. GITHUB_API_URL and PULUMI_API go before the
// addresses of the stack.
func (c *CLI) services(stack secrets.Stack) (services, error) {
	tokens := map[string]secrets.Value{}
	for _, name := range []string{"GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN"} {
		text, _ := c.Lookup(name)
		if text == "" {
			return services{}, couldNot(fmt.Errorf("%s is not set", name), "export "+name+"=...")
		}
		tokens[name] = secrets.NewValue(text)
	}
	githubAPI, pulumiAPI := github.APIURL(stack.GitHubBaseURL), stack.PulumiAPIURL
	if url, _ := c.Lookup("GITHUB_API_URL"); url != "" {
		githubAPI = url
	}
	if url, _ := c.Lookup("PULUMI_API"); url != "" {
		pulumiAPI = url
	}
	for name, address := range map[string]string{"GITHUB_API_URL": githubAPI, "PULUMI_API": pulumiAPI} {
		if err := secrets.CheckAddress(address); err != nil {
			return services{}, couldNot(fmt.Errorf("reading %s: %w", name, err), "unset "+name)
		}
	}
	return services{
		github: github.New(githubAPI, tokens["GITHUB_TOKEN"], c.HTTP),
		esc:    esc.New(esc.Options{APIURL: pulumiAPI, Token: tokens["PULUMI_ACCESS_TOKEN"], HTTP: c.HTTP}),
	}, nil
}

// serviceHint says how to get on after a service refused or failed.
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
