package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
)

// role is what a token may do, and on which side.
type role string

// The roles, one for each field of Tokens. A GitHub token is unknown on the
// Pulumi side, and the other way round.
const (
	gitHubFull             role = "github-full"
	gitHubReader           role = "github-reader"
	gitHubRepositoryReader role = "github-repository-reader"
	gitHubWithoutSecrets   role = "github-without-secrets"
	gitHubWithoutWorkflow  role = "github-without-workflow"
	pulumiFull             role = "pulumi-full"
	pulumiOpener           role = "pulumi-opener"
	pulumiReader           role = "pulumi-reader"
)

// Tokens are made at the start. GitHub and Pulumi have full rights; each of the
// others lacks some.
type Tokens struct {
	GitHub                 string
	GitHubReader           string // 403 on every write
	GitHubRepositoryReader string // 403 on every write, and on the organization's secrets
	GitHubWithoutSecrets   string // 403 on the secrets of the repository and its environments
	GitHubWithoutWorkflow  string // 404 on writes under .github/workflows

	Pulumi       string
	PulumiOpener string // reads and opens; 403 on every write, and on OIDC issuers
	PulumiReader string // reads definitions; 403 on open, decrypt, every write, and OIDC issuers
}

// Tokens returns the tokens made at the start. Those with full rights belong to
// the login "pipeline".
func (s *Server) Tokens() Tokens { return s.own }

// Token makes a token with the same rights as another, of an account named login.
// It panics if the sandbox does not know the other.
func (s *Server) Token(login, like string) string {
	defer s.lock()()
	other, ok := s.tokens[like]
	if !ok {
		panic("like is no token of this sandbox")
	}
	return s.issue(login, other.role)
}

func (s *Server) issue(login string, r role) string {
	prefix := "pul-"
	if r.side() == GitHub {
		prefix = "ghp_"
	}
	token := prefix + randomHex(20)
	s.tokens[token] = identity{login, r}
	return token
}

func (s *Server) issueTokens() Tokens {
	return Tokens{
		GitHub:                 s.issue("pipeline", gitHubFull),
		GitHubReader:           s.issue("reader", gitHubReader),
		GitHubRepositoryReader: s.issue("repository-reader", gitHubRepositoryReader),
		GitHubWithoutSecrets:   s.issue("organization-reader", gitHubWithoutSecrets),
		GitHubWithoutWorkflow:  s.issue("committer", gitHubWithoutWorkflow),
		Pulumi:                 s.issue("pipeline", pulumiFull),
		PulumiOpener:           s.issue("application", pulumiOpener),
		PulumiReader:           s.issue("reader", pulumiReader),
	}
}

// identity is the sender of a request; the zero value is nobody.
type identity struct {
	login string
	role  role
}

func (r role) side() Side {
	if strings.HasPrefix(string(r), string(GitHub)) {
		return GitHub
	}
	return Pulumi
}

// identify reads the Authorization header: nobody if the token is missing,
// unknown or of the other side.
func (s *Server) identify(q *http.Request) identity {
	scheme, token, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	side := sideOf(q.URL.Path)
	if appPaths.MatchString(q.URL.Path) {
		return s.github.app.identify(token, s.now())
	}
	who := s.tokens[token]
	fits := strings.EqualFold(scheme, "token") || (side == GitHub && strings.EqualFold(scheme, "bearer"))
	if fits && who.role.side() == side {
		return who
	}
	return identity{}
}

// Paths that need the right to read the secrets of a level, or an admin of the
// Pulumi organization.
var (
	issuers             = regexp.MustCompile(`^/api/orgs/[^/]+/(oidc|auth)/`)
	organizationSecrets = regexp.MustCompile(`^/api/v3/orgs/[^/]+/actions/`)
	repositorySecrets   = regexp.MustCompile(`^/api/v3/(repos/[^/]+/[^/]+|repositories/[^/]+)/(actions|environments)/`)
)

// allows reports whether the role may make a request at all. The workflow
// right is the handler's to check, since GitHub hides it behind a 404.
func (r role) allows(q *http.Request) bool {
	path := q.URL.Path
	read := q.Method == http.MethodGet || q.Method == http.MethodHead
	check := strings.HasSuffix(path, "/yaml/check")
	switch r {
	case gitHubReader:
		return read
	case gitHubRepositoryReader:
		return read && !organizationSecrets.MatchString(path)
	case gitHubWithoutSecrets:
		return !repositorySecrets.MatchString(path)
	case pulumiOpener:
		return !issuers.MatchString(path) && (read || check || strings.HasSuffix(path, "/open"))
	case pulumiReader:
		reveals := strings.Contains(path, "/open/") || strings.HasSuffix(path, "/decrypt") ||
			q.URL.Query().Get("showSecrets") == "true"
		return (read || check) && !reveals && !issuers.MatchString(path)
	}
	return true
}

// scopes are what GitHub says of a classic token with these rights.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
func (r role) scopes() string {
	if r == gitHubWithoutWorkflow {
		return "admin:org, repo"
	}
	return "admin:org, repo, workflow"
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}
