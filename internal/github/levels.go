package github

import (
	"context"
	"net/url"
)

// Granted lists the organization's secrets that the jobs of a repository receive,
// whatever their number: a job gets the first hundred. Names and dates alone.
// https://docs.github.com/rest/actions/secrets#list-repository-organization-secrets
func (c *Client) Granted(ctx context.Context, organization, repository string) ([]Secret, error) {
	return c.secrets(ctx, "listing the organization secrets that "+repository+" may read",
		repositoryPath(organization, repository)+"/actions/organization-secrets")
}

// RepositorySecrets lists the secrets of a repository: names and dates.
func (c *Client) RepositorySecrets(ctx context.Context, organization, repository string) ([]Secret, error) {
	return c.secrets(ctx, "listing the secrets of repository "+repository, repositoryPath(organization, repository)+"/actions/secrets")
}

// EnvironmentSecrets lists the secrets of a repository's environment: names and
// dates.
func (c *Client) EnvironmentSecrets(ctx context.Context, organization, repository, environment string) ([]Secret, error) {
	return c.secrets(ctx, "listing the secrets of GitHub environment "+environment,
		repositoryPath(organization, repository)+"/environments/"+url.PathEscape(environment)+"/secrets")
}

func repositoryPath(organization, repository string) string {
	return "/repos/" + url.PathEscape(organization) + "/" + url.PathEscape(repository)
}
