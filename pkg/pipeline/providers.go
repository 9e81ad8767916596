package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	api "github.com/ai-cherry/sophia-secrets/internal/github"
)

// providers are explicit, with their addresses: the defaults of both read
// variables that point elsewhere, token included.
type providers struct {
	github, pulumi *pulumi.ProviderResourceState
}

// newProviders registers both without the SDKs' constructors, which would copy
// GITHUB_TOKEN and PULUMI_BACKEND_URL into the state.
func (s *settings) newProviders(ctx *pulumi.Context) (*providers, error) {
	p := &providers{&pulumi.ProviderResourceState{}, &pulumi.ProviderResourceState{}}
	gh := pulumi.Map{
		"owner":   pulumi.String(s.Organization),
		"baseUrl": pulumi.String(s.GitHubBaseURL),
	}
	if api.IsServer(s.GitHubBaseURL) { // no secondary rate limit to keep below
		gh["writeDelayMs"] = pulumi.Int(1)
	}
	if err := ctx.RegisterResource("pulumi:providers:github", "github", gh, p.github, pluginVersion(githubSDK)); err != nil {
		return nil, fmt.Errorf("registering the GitHub provider: %w", err)
	}
	esc := pulumi.Map{"apiUrl": pulumi.String(s.PulumiAPIURL)}
	if err := ctx.RegisterResource("pulumi:providers:pulumiservice", "pulumiservice", esc, p.pulumi, pluginVersion(pulumiserviceSDK)); err != nil {
		return nil, fmt.Errorf("registering the Pulumi Cloud provider: %w", err)
	}
	return p, nil
}

// organizationSecrets lists the organization and asserts that the provider
// really asked the one that was configured: GITHUB_OWNER and
// GITHUB_ORGANIZATION override it without a word.
func (s *settings) organizationSecrets(ctx *pulumi.Context, p *providers) ([]api.Secret, error) {
	list, err := github.GetActionsOrganizationSecrets(ctx, pulumi.Provider(p.github))
	if err != nil {
		return nil, fmt.Errorf("listing the secrets of organization %s: %w; GITHUB_TOKEN needs organization secrets: read and write", s.Organization, err)
	}
	if list.Id != s.Organization {
		return nil, fmt.Errorf("the GitHub provider asks %q instead of organization %q: unset GITHUB_OWNER and GITHUB_ORGANIZATION", list.Id, s.Organization)
	}
	var all []api.Secret
	for _, l := range list.Secrets {
		at, err := parseDate(l.UpdatedAt)
		if err != nil {
			return nil, fmt.Errorf("reading the date of organization secret %s: %w", l.Name, err)
		}
		all = append(all, api.Secret{Name: l.Name, Visibility: l.Visibility, UpdatedAt: at})
	}
	return all, nil
}
