package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// gitHubApp is the role of an App that identifies itself: it may ask for a token
// of its installation and nothing else.
const gitHubApp role = "github-app"

const installationID = 9001

// app is the App that is installed in the organization.
type app struct {
	id  string
	key *rsa.PrivateKey
}

// App returns the id and the private key of an App that is installed in the
// organization. A call replaces the App of the call before.
func (s *Server) App() (id, key string) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // no randomness: cannot happen
	}
	defer s.lock()()
	s.github.app = app{"1234", private}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}
	return s.github.app.id, string(pem.EncodeToMemory(block))
}

// appPaths are those where an App identifies itself with a JSON web token.
var appPaths = regexp.MustCompile(`^/api/v3/(orgs/[^/]+/installation|app/installations/[^/]+/access_tokens)$`)

// identify checks a JSON web token the way GitHub documents it.
// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
func (a app) identify(token string, now time.Time) identity {
	parts := strings.Split(token, ".")
	if a.key == nil || len(parts) != 3 {
		return identity{}
	}
	var header struct{ Alg string }
	var claims struct {
		Iss      string
		Iat, Exp int64
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	switch {
	case err != nil || !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) || header.Alg != "RS256" || claims.Iss != a.id:
		return identity{}
	case rsa.VerifyPKCS1v15(&a.key.PublicKey, crypto.SHA256, digest[:], signature) != nil:
		return identity{}
	}
	expires := time.Unix(claims.Exp, 0)
	if time.Unix(claims.Iat, 0).After(now) || expires.Before(now) || expires.After(now.Add(10*time.Minute)) {
		return identity{}
	}
	return identity{"app", gitHubApp}
}

func decodePart(part string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

// getInstallation: https://docs.github.com/en/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app
func (g *github) getInstallation(*request) response {
	return reply(http.StatusOK, map[string]any{"id": installationID, "target_type": "Organization"})
}

// issueInstallationToken gives a token that may write if any of the permissions is
// to write. https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
func (s *Server) issueInstallationToken(q *request) response {
	var in struct{ Permissions map[string]string }
	switch {
	case q.PathValue("id") != strconv.Itoa(installationID):
		return notFound()
	case len(q.body) > 0 && !q.decode(&in):
		return noJSON()
	}
	granted := gitHubReader
	for name, access := range in.Permissions {
		switch limit := appPermissions[name]; {
		case access != "read" && access != "write", limit == "", limit == "read" && access == "write":
			return unprocessable("The permissions requested are not granted to this installation.")
		case access == "write":
			granted = gitHubFull
		}
	}
	if in.Permissions == nil { // all that the App has
		granted = gitHubFull
	}
	token := s.issue("app[bot]", granted)
	return reply(http.StatusCreated, map[string]any{
		"token": token, "expires_at": s.now().Add(time.Hour).UTC().Format(time.RFC3339),
		"permissions": in.Permissions,
	})
}

// appPermissions are what the organization granted the App.
var appPermissions = map[string]string{
	"organization_secrets": "write", "secrets": "read", "environments": "read", "metadata": "read",
	"contents": "write", "workflows": "write", "actions": "write",
}
