package github

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func startBox(t *testing.T) *sandbox.Server {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box
}

// pkcs8 is the other form of a private key; GitHub takes it, and some vaults
// convert to it.
func pkcs8(t *testing.T, text string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// The token has the rights that were asked for and no others.
func TestAppToken(t *testing.T) {
	box := startBox(t)
	id, key := box.App()
	for name, key := range map[string]string{"PKCS 1": key, "PKCS 8": pkcs8(t, key), "white space": "\n" + key + "\n"} {
		for access, status := range map[string]int{"read": http.StatusForbidden, "write": http.StatusNotFound} { // no such workflow
			token, err := App{id, secrets.NewValue(key)}.Token(t.Context(), box.GitHubAPI(), "acme", map[string]string{"contents": access}, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			client := New(box.GitHubAPI(), token, nil)
			if _, err := client.Secrets(t.Context(), "acme"); err != nil {
				t.Errorf("%s, %s: reading: %v", name, access, err)
			}
			var failed *failure
			if err := client.Dispatch(t.Context(), "acme", "platform", "no.yml"); !errors.As(err, &failed) || failed.status != status {
				t.Errorf("%s, %s: writing: %v, want %d", name, access, err, status)
			}
		}
	}
}

// Every error names what has to change, and quotes no key.
func TestAppTokenRefused(t *testing.T) {
	box := startBox(t)
	id, key := box.App()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	wrong := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(other)}))
	_, curve, _ := ed25519.GenerateKey(rand.Reader)
	der, _ := x509.MarshalPKCS8PrivateKey(curve)
	read := map[string]string{"contents": "read"}
	for _, tc := range []struct {
		name, id, key, organization string
		permissions                 map[string]string
		want                        string
	}{
		{"another key", id, wrong, "acme", read, "401: APP_ID and APP_PRIVATE_KEY do not belong together"},
		{"another App", "4321", key, "acme", read, "401: APP_ID and APP_PRIVATE_KEY do not belong together"},
		{"not installed", id, key, "initech", read, "finding the installation of the App 1234 in initech: 404: the App is not installed there"},
		{"too much", id, key, "acme", map[string]string{"members": "write"}, "422: the App does not have the permissions that were asked for"},
		{"no PEM", id, "m4rk3r", "acme", read, "APP_PRIVATE_KEY is not the private key of an App"},
		{"a cut PEM", id, key[:200], "acme", read, "APP_PRIVATE_KEY is not the private key of an App"},
		{"another kind", id, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "acme", read, "APP_PRIVATE_KEY is not the private key of an App"},
	} {
		_, err := App{tc.id, secrets.NewValue(tc.key)}.Token(t.Context(), box.GitHubAPI(), tc.organization, tc.permissions, nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "m4rk3r") || strings.Contains(err.Error(), "GITHUB_TOKEN") {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
}

// GitHub refuses an assertion that lives for more than ten minutes, or that begins
// in its future.
func TestAppClock(t *testing.T) {
	box := startBox(t)
	id, key := box.App()
	for ahead, fine := range map[time.Duration]bool{-2 * time.Minute: false, -30 * time.Second: true, 0: true, 4 * time.Minute: true, 6 * time.Minute: false} {
		box.SetClock(time.Now().Add(ahead))
		_, err := App{id, secrets.NewValue(key)}.Token(t.Context(), box.GitHubAPI(), "acme", map[string]string{"contents": "read"}, nil)
		if (err == nil) != fine {
			t.Errorf("GitHub's clock is %s ahead: %v", ahead, err)
		}
	}
}
