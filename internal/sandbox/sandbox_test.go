package sandbox_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	esc "github.com/pulumi/esc-sdk/sdk/go"
	"golang.org/x/crypto/nacl/box"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const (
	environment = "acme-cloud/default/production"
	store       = "acme-cloud/default/production-store"
	storePath   = "/api/esc/environments/" + store
	secretsPath = "/api/v3/orgs/acme/actions/secrets"
	repoPath    = "/api/v3/repos/acme/platform"
)

func start(t *testing.T) *sandbox.Server {
	t.Helper()
	return startWith(t, sandbox.Options{})
}

func startWith(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// answer is a response, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("reading %s: %v", a.body, err)
	}
	return v
}

// ask sends one request; body is JSON unless it is a string.
func ask(t *testing.T, s *sandbox.Server, token, method, path string, body any, header ...string) answer {
	t.Helper()
	a, err := try(s, token, method, path, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func try(s *sandbox.Server, token, method, path string, body any, header ...string) (answer, error) {
	text, isText := body.(string)
	if body != nil && !isText {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = string(raw)
	}
	q, err := http.NewRequestWithContext(context.Background(), method, s.URL()+path, strings.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		q.Header.Set("Authorization", "token "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = r.Body.Close() }()
	raw, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header, raw}, err
}

// want asks and fails on another status.
func want(t *testing.T, s *sandbox.Server, status int, token, method, path string, body any, header ...string) answer {
	t.Helper()
	a := ask(t, s, token, method, path, body, header...)
	if a.status != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

// seal encrypts a value as a client does, with the organization's public key.
func seal(t *testing.T, s *sandbox.Server, value, visibility string, ids ...int64) map[string]any {
	t.Helper()
	key := want(t, s, 200, s.Tokens().GitHub, "GET", secretsPath+"/public-key", nil).json(t)
	raw, err := base64.StdEncoding.DecodeString(key["key"].(string))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.SealAnonymous(nil, []byte(value), (*[32]byte)(raw), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"encrypted_value": base64.StdEncoding.EncodeToString(sealed), "key_id": key["key_id"],
		"visibility": visibility, "selected_repository_ids": ids,
	}
}

// marker is a value like no other.
func marker() string {
	b := make([]byte, 12)
	rand.Read(b)
	return "marker-" + hex.EncodeToString(b)
}

// escClient is the real SDK, pointed at the sandbox.
func escClient(s *sandbox.Server, token string) (context.Context, *esc.EscClient) {
	c := esc.NewConfiguration()
	c.Servers[0].URL = s.PulumiURL() + "/api/esc"
	c.HTTPClient = &http.Client{Timeout: 10 * time.Second}
	return esc.NewAuthContext(token), esc.NewClient(c)
}

// makeStore creates the store with a definition.
func makeStore(t *testing.T, s *sandbox.Server, yaml string) {
	t.Helper()
	if err := s.CreateEnvironment(store, "maria"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDefinition(store, yaml, "maria"); err != nil {
		t.Fatal(err)
	}
}
