package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

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

// Lists of any length are complete, at one request for each hundred.
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
	want.Owner.ID = 701
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
		{"not there", map[string]string{repoPath: `{"id":1}`}, "", ""},
		{"no repository", nil, "", "reading repository acme/web: 404: not found, or GITHUB_TOKEN may not see it"},
		{"too big", map[string]string{filePath: `{"encoding":"none","content":""}`}, "", "reading a/b.yml of acme/web: GitHub returned no content"},
		{"no answer at all", map[string]string{filePath: `{}`}, "", "GitHub returned no content"},
		{"a folder", map[string]string{filePath: `[]`}, "", "reading a/b.yml of acme/web: the answer was not understood"},
		{"not base64", map[string]string{filePath: `{"encoding":"base64","content":"!"}`}, "", "decoding it"},
		{"cut off", map[string]string{filePath: `{"encoding":"base64","cont`}, "", "the answer was not understood"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := serve(t, tc.answers, nil).File(t.Context(), "acme", "web", "a/b.yml")
			if got != tc.want || (err == nil) != (tc.err == "") || (err != nil && !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// Every unclear answer is an error, and no error shows the token.
func TestErrors(t *testing.T) {
	const path = "/orgs/acme/actions/secrets"
	for status, want := range map[int]string{
		401: "listing the secrets of organization acme: 401: GITHUB_TOKEN is wrong or has expired",
		403: "listing the secrets of organization acme: 403: GITHUB_TOKEN may not do this",
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
		"http://github.example.com/api/v3": "a token is sent over https alone, or over http to this machine: use https",
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
		"https://GitHub.com/":               "https://api.github.com",
		"https://API.GitHub.com":            "https://api.github.com",
		"https://acme.ghe.com/api/v3/":      "https://api.acme.ghe.com",
		"https://Acme.GHE.com":              "https://api.acme.ghe.com",
		"https://github.com/api/v3/":        "https://api.github.com",
		"https://github.com.evil.example/":  "https://github.com.evil.example/api/v3",
		"http://127.0.0.1:4000/":            "http://127.0.0.1:4000/api/v3",
		"https://git.acme.com/with/a/path/": "https://git.acme.com/with/a/path/api/v3",
	} {
		if got := APIURL(base); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}

func TestIsServer(t *testing.T) {
	for base, want := range map[string]bool{
		"https://api.github.com/": false, "https://GitHub.com/": false, "https://acme.ghe.com/": false, "https://api.acme.ghe.com": false,
		"https://git.acme.com/": true, "http://127.0.0.1:4000/": true, "https://ghe.com.evil.example/": true,
	} {
		if got := IsServer(base); got != want {
			t.Errorf("%s: %v", base, got)
		}
	}
}

// failing is a GitHub whose first answers fail.
type failing struct {
	status  int
	header  map[string]string
	body    string
	times   int // 0 is for ever
	request int
}

func (f *failing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if f.request++; f.times > 0 && f.request > f.times {
		_, _ = w.Write([]byte(`{"secrets":[{"name":"A"}]}`))
		return
	}
	for name, text := range f.header {
		w.Header().Set(name, text)
	}
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(f.body))
}

// Temporary failures are retried. Others fail at once, in the client's words and
// never in GitHub's.
func TestFailures(t *testing.T) {
	reset := strconv.FormatInt(time.Now().Add(20*time.Minute).Unix(), 10)
	const secondary = `{"message":"MARK","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
	for name, tc := range map[string]struct {
		failing
		want     string // "" is a success
		is       error
		requests int
	}{
		"one 502":                        {failing{status: 502, times: 1}, "", nil, 2},
		"one 503 that asks for a second": {failing{status: 503, header: map[string]string{"Retry-After": "1"}, times: 1}, "", nil, 2},
		"503s":                           {failing{status: 503}, "503 Service Unavailable", nil, 4},
		"an hour":                        {failing{status: 503, header: map[string]string{"Retry-After": "3600"}}, "503 Service Unavailable, it asks to wait 1h0m0s", nil, 1},
		"501":                            {failing{status: 501}, "501 Not Implemented", nil, 1},
		"no right":                       {failing{status: 403, body: `{"message":"MARK"}`, header: map[string]string{"X-RateLimit-Remaining": "4999"}}, "403: GITHUB_TOKEN may not do this", ErrForbidden, 1},
		"the limit":                      {failing{status: 403, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}}, "403: the rate limit of GITHUB_TOKEN is used up, try again in ", ErrRateLimited, 1},
		"the limit, 429":                 {failing{status: 429, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}}, "429: the rate limit of GITHUB_TOKEN is used up, try again in ", ErrRateLimited, 1},
		"the second limit":               {failing{status: 403, body: secondary}, "403: the rate limit of GITHUB_TOKEN is used up, try again in 1m0s", ErrRateLimited, 1},
		"the second limit for a second":  {failing{status: 403, body: secondary, header: map[string]string{"Retry-After": "1"}, times: 1}, "", nil, 2},
		"another 429":                    {failing{status: 429, times: 1}, "", nil, 2},
		"single sign-on":                 {failing{status: 403, header: map[string]string{"X-GitHub-SSO": "required; url=https://github.com/MARK"}}, "403: GITHUB_TOKEN may not do this, because the organization requires SAML single sign-on: authorize the token with Configure SSO", ErrForbidden, 1},
		"another host":                   {failing{status: 301, header: map[string]string{"Location": "http://elsewhere.example/MARK"}}, "301 Moved Permanently, a redirect that is not followed", nil, 1},
		"no list":                        {failing{status: 200, body: `{}`}, "the answer was not understood", nil, 1},
		"null":                           {failing{status: 200, body: `{"secrets":null}`}, "the answer was not understood", nil, 1},
		"an error with status 200":       {failing{status: 200, body: `{"message":"MARK"}`}, "the answer was not understood", nil, 1},
		"a page":                         {failing{status: 200, body: `<html>MARK</html>`}, "the answer was not understood", nil, 1},
		"more than the limit":            {failing{status: 200, body: strings.Repeat("MARK", bodyLimit/4+1)}, "the answer is too long", nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(&tc.failing)
			defer server.Close()
			list, err := New(server.URL, secrets.NewValue(token+"\n"), nil).Secrets(t.Context(), "acme")
			if tc.request != tc.requests {
				t.Errorf("%d requests, want %d", tc.request, tc.requests)
			}
			if tc.want == "" {
				if err != nil || len(list) != 1 {
					t.Errorf("%v, %v", list, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "listing the secrets of organization acme: "+tc.want) || strings.Contains(err.Error(), "MARK") {
				t.Errorf("error %v, want %s", err, tc.want)
			}
			for _, sentinel := range []error{ErrNotFound, ErrUnauthorized, ErrForbidden, ErrRateLimited} {
				if errors.Is(err, sentinel) != errors.Is(tc.is, sentinel) {
					t.Errorf("%v is %v: %v", err, sentinel, errors.Is(err, sentinel))
				}
			}
		})
	}
}

// GitHub redirects from a renamed repository.
func TestARenamedRepository(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/repos/acme/old" {
			http.Redirect(w, r, "/repositories/7", http.StatusMovedPermanently)
			return
		}
		_, _ = fmt.Fprintf(w, `{"id":7,"name":%q}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer token-of-the-"))
	}))
	defer server.Close()
	got, err := New(server.URL, secrets.NewValue(token), nil).Repository(t.Context(), "acme", "old")
	if diff := cmp.Diff(Repository{ID: 7, Name: "test"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A list that never ends, ends.
func TestPagesWithoutEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<https://a.example>; rel="next"`)
		_, _ = w.Write([]byte(`{"secrets":[]}`))
	}))
	defer server.Close()
	if _, err := New(server.URL, secrets.NewValue(token), nil).Secrets(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "more than 100 pages") {
		t.Errorf("error %v", err)
	}
}
