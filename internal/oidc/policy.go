package oidc

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Policy is one rule of an issuer: whom it lets in, or keeps out, and as what.
type Policy struct {
	Decision    string            `json:"decision"`  // "allow" or "deny"
	TokenType   string            `json:"tokenType"` // such as "organization"
	TeamName    string            `json:"teamName"`
	UserLogin   string            `json:"userLogin"`
	RunnerID    string            `json:"runnerID"`
	Permissions []string          `json:"authorizedPermissions"`
	Rules       map[string]string `json:"rules"` // what each claim of the job's token must be
}

// Equal reports whether two policies say the same.
func (p Policy) Equal(other Policy) bool {
	return p.Decision == other.Decision && p.TokenType == other.TokenType && p.TeamName == other.TeamName &&
		p.UserLogin == other.UserLogin && p.RunnerID == other.RunnerID &&
		slices.Equal(p.Permissions, other.Permissions) && maps.Equal(p.Rules, other.Rules)
}

// IssuerName is what a stack calls the issuer that it declares.
func IssuerName(s secrets.Stack) string { return s.Project + "_" + s.Workflow }

// IssuerURL is the issuer of the tokens of a GitHub's jobs.
// https://docs.github.com/actions/reference/security/oidc
func IssuerURL(githubBaseURL string) string {
	u, err := url.Parse(githubBaseURL)
	host := ""
	if err == nil {
		host = strings.TrimPrefix(strings.ToLower(u.Host), "api.")
	}
	switch {
	case github.IsServer(githubBaseURL):
		return "https://" + host + "/_services/token"
	case strings.HasSuffix(host, ".ghe.com"):
		return "https://token.actions." + host
	}
	return "https://token.actions.githubusercontent.com"
}

// Policies let the job of a stack's workflow get an organization token: that of
// its GitHub environment, else that of the default branch. There are two, since
// the subject of a repository made or renamed after July 2026 holds the numbers of
// its owner and of itself, and that of an older one does not.
// https://docs.github.com/actions/reference/security/oidc
func Policies(s secrets.Stack, r github.Repository) []Policy {
	which := "ref:refs/heads/" + s.DefaultBranch
	if s.GitHubEnvironment != "" { // its subject names no branch
		which = "environment:" + s.GitHubEnvironment
	}
	var all []Policy
	for _, subject := range []string{
		fmt.Sprintf("repo:%s/%s:%s", s.Organization, s.Repository, which),
		fmt.Sprintf("repo:%s@%d/%s@%d:%s", s.Organization, r.Owner.ID, s.Repository, r.ID, which),
	} {
		all = append(all, Policy{Decision: "allow", TokenType: "organization", Rules: map[string]string{
			"aud": "urn:pulumi:org:" + s.Environment.Organization, "sub": subject,
		}})
	}
	return all
}

// With are the policies of an issuer and those of ours that it lacks.
func With(live, ours []Policy) []Policy {
	all := slices.Clone(live)
	for _, p := range ours {
		if !slices.ContainsFunc(all, p.Equal) {
			all = append(all, p)
		}
	}
	return all
}
