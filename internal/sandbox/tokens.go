package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
)

// Role is what a token may do, and on which side.
type Role string

// The roles. A GitHub token is unknown on the Pulumi side and the reverse.
const (
	GitHubFull            Role = "github-full"
	GitHubReader          Role = "github-reader"           // 403 on every write
	GitHubWithoutWorkflow Role = "github-without-workflow" // 404 on writes under .github/workflows
	PulumiFull            Role = "pulumi-full"
	PulumiOpener          Role = "pulumi-opener" // reads and opens; 403 on every write
	PulumiReader          Role = "pulumi-reader" // reads definitions; 403 on open, decrypt and every write
)

// Tokens are those made at the start, one of each role.
type Tokens struct {
	GitHub, GitHubReader, GitHubWithoutWorkflow string
	Pulumi, PulumiOpener, PulumiReader          string
}

// Tokens returns the tokens made at the start. Those with full rights belong to
// the login "pipeline".
func (s *Server) Tokens() Tokens { return s.own }

// Token makes a token for somebody: login is the author of what is done with it.
func (s *Server) Token(login string, role Role) string {
	prefix := "pul-"
	if role.side() == GitHub {
		prefix = "ghp_"
	}
	token := prefix + randomHex(20)
	defer s.lock()()
	s.tokens[token] = identity{login, role}
	return token
}

func (s *Server) issueTokens() Tokens {
	return Tokens{
		GitHub:                s.Token("pipeline", GitHubFull),
		GitHubReader:          s.Token("reader", GitHubReader),
		GitHubWithoutWorkflow: s.Token("committer", GitHubWithoutWorkflow),
		Pulumi:                s.Token("pipeline", PulumiFull),
		PulumiOpener:          s.Token("application", PulumiOpener),
		PulumiReader:          s.Token("reader", PulumiReader),
	}
}

// identity is who a request comes from; the zero value is nobody.
type identity struct {
	login string
	role  Role
}

func (r Role) side() Side {
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
	who := s.tokens[token]
	fits := strings.EqualFold(scheme, "token") || (side == GitHub && strings.EqualFold(scheme, "bearer"))
	if fits && who.role.side() == side {
		return who
	}
	return identity{}
}

// allows reports whether the role may make a request at all. The workflow
// right is the handler's to check, since GitHub hides it behind a 404.
func (r Role) allows(q *http.Request) bool {
	path := q.URL.Path
	read := q.Method == http.MethodGet || q.Method == http.MethodHead
	check := strings.HasSuffix(path, "/yaml/check")
	switch r {
	case GitHubReader:
		return read
	case PulumiOpener:
		return read || check || strings.HasSuffix(path, "/open")
	case PulumiReader:
		reveals := strings.Contains(path, "/open/") || strings.HasSuffix(path, "/decrypt") ||
			q.URL.Query().Get("showSecrets") == "true"
		return (read || check) && !reveals
	}
	return true
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}
