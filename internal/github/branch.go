package github

import (
	"context"
	"net/url"
	"strings"
)

// Branch is a branch of a repository, and the scopes of the token that read it.
type Branch struct {
	Protected bool
	Scopes    []string // nil if the token is none of the classic ones, which alone have scopes
}

// Branch reads a branch.
// https://docs.github.com/rest/branches/branches#get-a-branch
func (c *Client) Branch(ctx context.Context, organization, repository, name string) (Branch, error) {
	var answer struct {
		Protected bool `json:"protected"`
	}
	header, err := c.get(ctx, "reading branch "+name+" of "+organization+"/"+repository,
		repositoryPath(organization, repository)+"/branches/"+url.PathEscape(name), nil, &answer)
	b := Branch{Protected: answer.Protected}
	// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
	for _, scopes := range header.Values("X-OAuth-Scopes") {
		b.Scopes = append([]string{}, strings.FieldsFunc(scopes, func(c rune) bool { return c == ',' || c == ' ' })...)
	}
	return b, err
}
