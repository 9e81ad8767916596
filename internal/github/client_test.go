package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const token = "token-of-the-test"

// serve answers each path with a status and a body; any other is a 404.
func serve(t *testing.T, answers map[string]string, statuses map[string]int) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("authorization %q", got)
		}
		text, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if status := statuses[r.URL.Path]; status != 0 {
			w.WriteHeader(status)
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return New(server.URL+"/", secrets.NewValue(token), nil)
}

// The lists are whole, whatever their length, at one request for a hundred.
func TestPaging(t *testing.T) {
	for _, n := range []int{0, 1, 100, 101, 250} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			box, err := sandbox.Start(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = box.Close() }()
			for i := range n {
				if err := box.SetSecret(fmt.Sprintf("S_%03d", i), "x", "private"); err != nil {
					t.Fatal(err)
				}
			}
			c := New(box.GitHubAPI(), secrets.NewValue(box.Tokens().GitHub), nil)
			got, err := c.Secrets(t.Context(), "acme")
			if err != nil || len(got) != n {
				t.Fatalf("%d secrets, %v", len(got), err)
			}
			for i, s := range got {
				if s.Name != fmt.Sprintf("S_%03d", i) || s.Visibility != "private" || s.UpdatedAt.IsZero() {
					t.Errorf("secret %d is %+v", i, s)
				}
			}
			if requests := len(box.Requests()); requests != max(1, (n+99)/100) {
				t.Errorf("%d requests", requests)
			}
		})
	}
}

func TestRepositories(t *testing.T) {
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	if err := box.SetSecret("A", "x", "selected", sandbox.RepositoryID); err != nil {
		t.Fatal(err)
	}
	c := New(box.GitHubAPI(), secrets.NewValue(box.Tokens().GitHub), nil)
	want := Repository{ID: sandbox.RepositoryID, Name: "platform", DefaultBranch: "main"}
	list, err := c.Repositories(t.Context(), "acme", "A")
	if diff := cmp.Diff([]Repository{want}, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	one, err := c.Repository(t.Context(), "acme", "platform")
	if one != want || err != nil {
		t.Error(one, err)
	}
	if _, err := c.Repository(t.Context(), "acme", "other"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

const (
	repoPath = "/repos/acme/web"
	filePath = repoPath + "/contents/a/b.yml"
)

func TestFile(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers map[string]string
		want    string
		err     string
	}{
		{"there", map[string]string{filePath: `{"encoding":"base64","content":"aGVs\nbG8=\n"}`}, "hello", ""},
		{"not there", map[string]string{repoPath: `{}`}, "", ""},
		{"no repository", nil, "", "reading repository acme/web: 404: not found, or GITHUB_TOKEN may not see it"},
		{"too big", map[string]string{filePath: `{"encoding":"none","content":""}`}, "", "reading a/b.yml of acme/web: GitHub does not answer its text"},
		{"no answer at all", map[string]string{filePath: `{}`}, "", "GitHub does not answer its text"},
		{"a folder", map[string]string{filePath: `[]`}, "", "reading a/b.yml of acme/web: reading the answer"},
		{"not base64", map[string]string{filePath: `{"encoding":"base64","content":"!"}`}, "", "decoding it"},
		{"cut off", map[string]string{filePath: `{"encoding":"base64","cont`}, "", "reading the answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := serve(t, tc.answers, nil).File(t.Context(), "acme", "web", "a/b.yml")
			if got != tc.want || (err == nil) != (tc.err == "") || (err != nil && !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// No answer but a clear one counts, and no error shows the token.
func TestErrors(t *testing.T) {
	const path = "/orgs/acme/actions/secrets"
	for status, want := range map[int]string{
		401: "listing the secrets of organization acme: 401: GITHUB_TOKEN is wrong or has expired",
		403: "listing the secrets of organization acme: 403: GITHUB_TOKEN may not do this, or the rate limit is used up",
		404: "listing the secrets of organization acme: 404: not found, or GITHUB_TOKEN may not see it",
		500: "listing the secrets of organization acme: 500 Internal Server Error",
		204: "listing the secrets of organization acme: 204 No Content",
	} {
		c := serve(t, map[string]string{path: token}, map[string]int{path: status})
		_, err := c.Secrets(t.Context(), "acme")
		if err == nil || err.Error() != want {
			t.Errorf("%d: error %v, want %s", status, err, want)
		}
		if errors.Is(err, ErrNotFound) != (status == 404) {
			t.Errorf("%d is ErrNotFound: %v", status, errors.Is(err, ErrNotFound))
		}
	}
	c := New("http://127.0.0.1:1", secrets.NewValue(token), nil)
	if _, err := c.Secrets(t.Context(), "acme"); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("error %v", err)
	}
}

// A failure on a later page is a failure of the list.
func TestSecondPageFails(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") != "1" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Link", `<`+server.URL+`/x?page=2>; rel="next"`)
		_, _ = w.Write([]byte(`{"secrets":[{"name":"A"}]}`))
	}))
	defer server.Close()
	list, err := New(server.URL, secrets.NewValue(token), nil).Secrets(t.Context(), "acme")
	if err == nil || list != nil {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestNoTokenInClear(t *testing.T) {
	for address, want := range map[string]string{
		"http://github.example.com/api/v3": "a token is not sent to http://github.example.com: use https",
		"github.example.com":               "not a web address",
		"":                                 "not a web address",
	} {
		refuses := roundTripper(func(*http.Request) (*http.Response, error) {
			t.Errorf("%s: a request was sent", address)
			return nil, errors.New("sent")
		})
		c := New(address, secrets.NewValue(token), &http.Client{Transport: refuses})
		if _, err := c.Secrets(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", address, err, want)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAPIURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.github.com/":           "https://api.github.com",
		"https://api.github.com":            "https://api.github.com",
		"https://github.com/":               "https://api.github.com",
		"https://api.acme.ghe.com/":         "https://api.acme.ghe.com",
		"https://acme.ghe.com/":             "https://api.acme.ghe.com",
		"https://git.acme.com/":             "https://git.acme.com/api/v3",
		"https://git.acme.com/api/v3/":      "https://git.acme.com/api/v3",
		"https://github.com.evil.example/":  "https://github.com.evil.example/api/v3",
		"http://127.0.0.1:4000/":            "http://127.0.0.1:4000/api/v3",
		"https://git.acme.com/with/a/path/": "https://git.acme.com/with/a/path/api/v3",
	} {
		if got := APIURL(base); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}
