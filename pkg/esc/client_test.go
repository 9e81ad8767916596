package esc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// serve answers every request alike, and logs it.
func serve(t *testing.T, answer http.HandlerFunc) (*Client, *[]*http.Request) {
	var log []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		log = append(log, r)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return New(Options{APIURL: server.URL + "/", Token: secrets.NewValue("pul-token")}), &log
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// Unknown fields in an answer break nothing.
var store = secrets.EnvironmentName{Organization: "acme", Project: "default", Name: "prod-store"}

func TestAnswersMayGrow(t *testing.T) {
	ctx := context.Background()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := strings.TrimPrefix(r.URL.Path, "/api/esc/environments/acme/default/prod-store"); path {
		case "":
			w.Header().Set("ETag", `"e"`)
			w.Header().Set("Pulumi-ESC-Revision", "7")
			w.Header().Set("Content-Type", "application/x-yaml")
			_, _ = io.WriteString(w, "imports:\n- a/b: {merge: false}\nnew-section: [1]\nvalues: {a: 1}\n")
		case "/metadata":
			_, _ = io.WriteString(w, `{"id":"uuid","new":{"a":[1]}}`)
		case "/open":
			_, _ = io.WriteString(w, `{"id":"session","new":1}`)
		case "/open//session", "/open/session":
			_, _ = io.WriteString(w, `{"new":[],"properties":{"sophia":{"value":{
				"s":{"value":"text","secret":true,"trace":{"def":{"new":{}}},"new":1},
				"n":{"value":1e5,"trace":{}},"b":{"value":false},"z":{"trace":{}},"y":{"value":null},
				"u":{"value":"[unknown]","unknown":true},
				"l":{"value":[{"value":"a","secret":true},{"value":{"k":{"value":"v"}}}]}}}}}`)
		case "/versions":
			_, _ = io.WriteString(w, `[{"number":1,"created":"soon","new":1},{"number":2,"created":"2026-08-01T12:00:00Z","creatorLogin":"eve","tags":["synced","latest"]}]`)
		case "/tags/mark":
			_, _ = io.WriteString(w, `{"id":"1","name":"mark","value":"x","new":1}`)
		default:
			http.NotFound(w, r)
		}
	})
	definition, err := c.Get(ctx, store)
	if err != nil || definition.ETag != `"e"` || definition.Revision != 7 || !strings.Contains(definition.Text, "{merge: false}") {
		t.Errorf("Get: %+v %v", definition, err)
	}
	opened, err := c.Open(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := opened.At("sophia")
	var got []string
	for _, key := range []string{"s", "n", "b", "z", "y", "u", "l"} {
		v := root.Object[key]
		got = append(got, fmt.Sprint(key, " ", v.Kind, " ", v.Secret, " ", v.Text.Reveal(), " ", len(v.List)))
	}
	want := []string{"s string true text 0", "n number false 1e5 0", "b bool false false 0", "z null false  0", "y null false  0", "u unknown false  0", "l list false  2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if printed := fmt.Sprintf("%v %+v %#v", root, root, root); strings.Contains(printed, "text") {
		t.Errorf("a value prints: %s", printed)
	}
	revisions, err := c.Revisions(ctx, store, 10)
	if err != nil || len(revisions) != 2 || revisions[0].Number != 2 || !revisions[0].Tagged("synced") || !revisions[1].Created.IsZero() {
		t.Errorf("Revisions: %+v %v", revisions, err)
	}
	for key, want := range map[string]string{"mark": "x", "none": ""} {
		if got, err := c.Tag(ctx, store, key); got != want || err != nil {
			t.Errorf("Tag %s: %q %v", key, got, err)
		}
	}
}

func TestUpdateSendsThePrecondition(t *testing.T) {
	c, log := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Pulumi-ESC-Revision", "8")
		w.WriteHeader(http.StatusOK)
	})
	revision, err := c.Update(context.Background(), store, "values: {}\n", `"e"`)
	if revision != 8 || err != nil {
		t.Fatal(revision, err)
	}
	r := (*log)[0]
	body, _ := io.ReadAll(r.Body)
	got := []string{r.Method, r.URL.Path, r.Header.Get("If-Match"), r.Header.Get("ETag"), r.Header.Get("Authorization"), string(body)}
	want := []string{"PATCH", "/api/esc/environments/acme/default/prod-store", `"e"`, `"e"`, "token pul-token", "values: {}\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The service's texts may quote the document, so no error shows them.
func TestErrors(t *testing.T) {
	const diagnostics = `{"code":400,"message":"MARK","diagnostics":[{"summary":"unknown property \"MARK\"","detail":"MARK","range":{"environment":"MARK","begin":{"line":3,"column":5}}},{"summary":"MARK"}]}`
	for _, tc := range []struct {
		status   int
		body     string
		is       error
		want     string
		requests int
	}{
		{400, diagnostics, nil, "400 Bad Request: the service refuses the definition: unknown property at 3:5, a problem", 1},
		{400, "MARK", nil, "400 Bad Request", 1},
		{401, `{"message":"MARK"}`, nil, "401 Unauthorized: the Pulumi access token is missing, wrong or expired", 1},
		{403, `{"message":"MARK"}`, nil, "403 Forbidden: the Pulumi access token lacks the permission environment:read", 1},
		{404, `MARK`, ErrNotFound, "404 Not Found", 1},
		{409, `MARK`, ErrConflict, "409 Conflict", 1},
		{412, `MARK`, ErrConflict, "412 Precondition Failed", 1},
		{500, `MARK`, nil, "500 Internal Server Error", 4},
		{302, `MARK`, nil, "302 Found: a redirect that is not followed", 1},
		{200, `MARK`, nil, "the answer of the service was not understood", 1},
	} {
		t.Run(fmt.Sprint(tc.status), func(t *testing.T) {
			t.Parallel()
			c, log := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "https://elsewhere.example/MARK")
				status(tc.status, tc.body)(w, r)
			})
			_, err := c.Revisions(context.Background(), store, 1)
			want := "listing the revisions of environment acme/default/prod-store: " + tc.want
			if err == nil || err.Error() != want || strings.Contains(fmt.Sprintf("%+v", err), "MARK") {
				t.Errorf("error %v, want %s", err, want)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("%v is not %v", err, tc.is)
			}
			if len(*log) != tc.requests {
				t.Errorf("%d requests, want %d", len(*log), tc.requests)
			}
			*log = nil
			if _, err := c.Update(context.Background(), store, "a: b", ""); len(*log) != 1 {
				t.Errorf("a write was sent %d times: %v", len(*log), err)
			}
		})
	}
}

// The client does not wait an hour, with a deadline or without.
func TestALongRetryAfterIsTheEnd(t *testing.T) {
	c, log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		status(http.StatusServiceUnavailable, "")(w, r)
	})
	start := time.Now()
	_, err := c.Get(context.Background(), store)
	if err == nil || !strings.HasSuffix(err.Error(), "503 Service Unavailable: it asks to wait 1h0m0s") || time.Since(start) > time.Second || len(*log) != 1 {
		t.Errorf("after %s and %d requests: %v", time.Since(start), len(*log), err)
	}
}

// A read follows a redirect, a write does not.
func TestAReadFollowsARedirect(t *testing.T) {
	c, log := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/new" {
			http.Redirect(w, r, "/new", http.StatusPermanentRedirect)
			return
		}
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	})
	if d, err := c.Get(context.Background(), store); d.Text != "token pul-token" || err != nil {
		t.Errorf("%q, %v", d.Text, err)
	}
	if _, err := c.Update(context.Background(), store, "a: b", ""); err == nil || len(*log) != 3 {
		t.Errorf("a write was sent on: %d requests in all, %v", len(*log), err)
	}
}

// Answers of anything but the service must not pass for its own.
func TestAnswersThatAreNone(t *testing.T) {
	const session = `{"id":"s"}`
	deep := strings.Repeat(`{"properties":`, 200) + "1" + strings.Repeat("}", 200)
	many := `{"properties":{"a":null` + strings.Repeat(`,"b":null`, 400_000) + `}}`
	for name, tc := range map[string]struct{ open, read string }{
		"no session":             {"{}", `{"properties":{}}`},
		"another field":          {`{"message":"soon"}`, `{"properties":{}}`},
		"null":                   {"null", `{"properties":{}}`},
		"a list":                 {"[]", `{"properties":{}}`},
		"an endless session":     {`{"id":"` + strings.Repeat("x", 2000) + `"}`, `{"properties":{}}`},
		"an error":               {session, `{"error":"MARK"}`},
		"null to read":           {session, "null"},
		"a list to read":         {session, "[]"},
		"a text to read":         {session, `"properties"`},
		"nothing to read":        {session, ""},
		"a page to read":         {session, "<html>MARK</html>"},
		"properties of no shape": {session, `{"properties":["MARK"]}`},
		"values of no shape":     {session, `{"properties":{"sophia":"MARK"}}`},
		"half a text":            {session, `{"properties":{"sophia":{"value":"MARK`},
		"too deep a text":        {session, deep},
		"too many parts":         {session, many},
		"too long a text":        {session, `{"properties":{"a":{"value":"` + strings.Repeat("x", maxText+1) + `"}}}`},
		"two answers":            {session, `{"properties":{}} {}`},
		"half a number":          {session, `{"properties":{"a":{"value":1,"secret":tr`},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					status(http.StatusOK, tc.open)(w, r)
					return
				}
				status(http.StatusOK, tc.read)(w, r)
			})
			_, err := c.Open(context.Background(), store)
			if want := "opening environment acme/default/prod-store: the answer of the service was not understood"; err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html></html>")
	})
	if _, err := c.Get(context.Background(), store); err == nil {
		t.Error("a page passed for a definition")
	}
}

func TestAnEnvironmentWithoutValues(t *testing.T) {
	for _, text := range []string{" {}\n", `{"schema":{},"executionContext":{"properties":{}}}`, `{"properties":{}}`} {
		c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				status(http.StatusOK, `{"id":"s"}`)(w, r)
				return
			}
			status(http.StatusOK, text)(w, r)
		})
		if opened, err := c.Open(context.Background(), store); err != nil || opened.Kind != Object || len(opened.Object) != 0 {
			t.Errorf("%s: %v, %v", text, opened, err)
		}
	}
}

// A token with white space around it works; the error about one that cannot be
// sent does not show it.
func TestTokens(t *testing.T) {
	for token, want := range map[string]string{
		"pul-token\n":      "",
		"":                 "reading environment acme/default/prod-store: the Pulumi access token is empty",
		"pul-tok\nen":      "reading environment acme/default/prod-store: the Pulumi access token holds characters that cannot stand in a header: copy it again",
		"pul-token\u00a0x": "reading environment acme/default/prod-store: the Pulumi access token holds characters that cannot stand in a header: copy it again",
	} {
		c, requests := serve(t, status(http.StatusOK, "a: b"))
		c = New(Options{APIURL: strings.TrimSuffix(c.base, "/api/esc"), Token: secrets.NewValue(token)})
		_, err := c.Get(context.Background(), store)
		if (err == nil) != (want == "") || (err != nil && (err.Error() != want || len(*requests) > 0)) {
			t.Errorf("%d requests: %v", len(*requests), err)
		}
	}
}

func TestTokensStayPrivate(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://api.example.com": true, "http://127.0.0.1:1": true, "http://localhost:1": true, "http://[::1]:1": true, "": true,
		"http://api.example.com": false, "http://127.0.0.1.example.com": false, "ftp://api.example.com": false, "api.example.com": false, "https://": false,
	} {
		sent := false
		c := New(Options{APIURL: address, Token: secrets.NewValue("pul-token"), HTTP: &http.Client{Transport: sender(func(*http.Request) (*http.Response, error) {
			sent = true
			return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, nil
		})}})
		if _, err := c.Get(context.Background(), store); sent != ok {
			t.Errorf("%q: sent %v: %v", address, sent, err)
		}
	}
}

type sender func(*http.Request) (*http.Response, error)

func (f sender) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
