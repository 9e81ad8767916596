package github

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// App is a GitHub App that is installed in an organization.
type App struct {
	ID  string        // or its client id
	Key secrets.Value // the private key, as GitHub hands it out
}

// Token asks for a token of the App's installation in organization, which is good
// for an hour and for these permissions alone. It fails if the App lacks one of
// them.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
func (a App) Token(ctx context.Context, apiURL, organization string, permissions map[string]string, h *http.Client) (secrets.Value, error) {
	assertion, err := a.assertion(time.Now())
	if err != nil {
		return secrets.Value{}, err
	}
	client := New(apiURL, assertion, h)
	var installation struct{ ID int }
	doing := fmt.Sprintf("finding the installation of the App %s in %s", a.ID, organization)
	if _, err := client.get(ctx, doing, "/orgs/"+url.PathEscape(organization)+"/installation", nil, &installation); err != nil {
		return secrets.Value{}, explainApp(doing, err)
	}
	doing = "asking for a token of the App " + a.ID
	body, err := json.Marshal(map[string]any{"permissions": permissions})
	if err != nil {
		return secrets.Value{}, err
	}
	answer, err := client.send(ctx, http.MethodPost, "/app/installations/"+strconv.Itoa(installation.ID)+"/access_tokens", body, http.StatusCreated)
	if err != nil {
		return secrets.Value{}, explainApp(doing, err)
	}
	var issued struct{ Token secrets.Value }
	if json.Unmarshal(answer.Body, &issued) != nil || issued.Token.Reveal() == "" {
		return secrets.Value{}, fmt.Errorf("%s: %w", doing, errNotUnderstood)
	}
	return issued.Token, nil
}

// explainApp says of an App what the client says of GITHUB_TOKEN.
func explainApp(doing string, err error) error {
	var failed *failure
	if !errors.As(err, &failed) {
		return err
	}
	said := map[int]string{
		http.StatusUnauthorized:        "APP_ID and APP_PRIVATE_KEY do not belong together",
		http.StatusNotFound:            "the App is not installed there",
		http.StatusUnprocessableEntity: "the App does not have the permissions that were asked for",
	}[failed.status]
	if said != "" {
		failed = &failure{status: failed.status, err: errors.New(said)}
	}
	return fmt.Errorf("%s: %w", doing, failed)
}

// assertion is the JSON web token with which the App identifies itself.
func (a App) assertion(now time.Time) (secrets.Value, error) {
	key, err := a.privateKey()
	if err != nil {
		return secrets.Value{}, err
	}
	claims, err := json.Marshal(map[string]any{
		"iss": a.ID,
		"iat": now.Add(-time.Minute).Unix(), // the clocks may differ
		"exp": now.Add(5 * time.Minute).Unix(),
	})
	if err != nil {
		return secrets.Value{}, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return secrets.Value{}, fmt.Errorf("signing with APP_PRIVATE_KEY: %w", err)
	}
	return secrets.NewValue(signed + "." + encode(signature)), nil
}

var errNoKey = errors.New("APP_PRIVATE_KEY is not the private key of an App, a PEM file that begins with -----BEGIN RSA PRIVATE KEY-----")

// privateKey reads the key. The error quotes nothing of it.
func (a App) privateKey() (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(a.Key.Reveal()))
	if block == nil {
		return nil, errNoKey
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := parsed.(*rsa.PrivateKey); ok && err == nil {
		return key, nil
	}
	return nil, errNoKey
}
