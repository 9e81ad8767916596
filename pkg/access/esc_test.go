package access_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/access"
)

const marker = "m4rk3r-0f-th3-t3st"

// open makes a reader of the sandbox, with a token that may only open.
func open(t testing.TB, s *sandbox.Server, options ...access.Option) *access.Reader {
	t.Helper()
	return newReader(t, append([]access.Option{
		access.Environment(cases.Environment), access.RootKey(cases.RootKey), access.API(s.PulumiURL()), access.Token(s.Tokens().PulumiOpener),
	}, options...)...)
}

func TestEveryValueArrivesByteForByte(t *testing.T) {
	want := cases.Values(t, marker)
	reader := open(t, cases.Serve(t, want))
	for key, text := range want {
		value, err := reader.Get(t.Context(), key)
		if err != nil || value.Reveal() != text {
			t.Errorf("%s: %d bytes, %v, want %d", key, value.Len(), err, len(text))
		}
	}
}

func TestWhatIsNoText(t *testing.T) {
	s := cases.Serve(t, nil)
	cases.Define(t, s, cases.Definition(nil)+cases.ScalarEntries)
	reader := open(t, s)
	got := map[string]*string{}
	for key := range cases.ScalarTexts() {
		value, ok, err := reader.Lookup(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got[key] = nil; ok {
			text := value.Reveal()
			got[key] = &text
		}
	}
	if diff := cmp.Diff(cases.ScalarTexts(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Reading all keys takes two requests, making a reader none.
func TestRequests(t *testing.T) {
	want := map[string]string{}
	for i := range benchKeys {
		want[fmt.Sprintf("key_%d", i)] = fmt.Sprintf("generated %d", i)
	}
	s := cases.Serve(t, want)
	s.ResetRequests()
	reader := open(t, s)
	if n := len(s.Requests()); n != 0 {
		t.Fatalf("%d requests before the first read", n)
	}
	for key := range want {
		if _, err := reader.Get(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range s.Requests() {
		path, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/api/esc/environments/"+cases.Environment), "/open/")
		got = append(got, r.Method+" "+path)
	}
	if diff := cmp.Diff([]string{"POST /open", "GET "}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestARotatedValueIsSeenAfterTheTTL(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": "old"})
	reader := open(t, s, access.TTL(50*time.Millisecond))
	mustGet(t, reader, "old")
	cases.Store(t, s, map[string]string{"a": "new"})
	time.Sleep(60 * time.Millisecond)
	mustGet(t, reader, "new")
}

func TestFaultsNameCauseAndRemedy(t *testing.T) {
	all := cases.Faults(t)
	tokens, errs := make([]string, len(all)), make([]error, len(all))
	var wg sync.WaitGroup // at once, since most of it is waiting
	for i, f := range all {
		s := cases.Serve(t, map[string]string{"a": marker})
		tokens[i] = f.Apply(s)
		client := &http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{}}
		reader := open(t, s, access.Token(tokens[i]), access.HTTPClient(client))
		wg.Go(func() { _, errs[i] = reader.Get(t.Context(), "a") })
	}
	wg.Wait()
	for i, f := range all {
		t.Run(f.Name, func(t *testing.T) {
			checkFault(t, errs[i], append(f.Words, cases.Environment), tokens[i])
		})
	}
}

func checkFault(t *testing.T, err error, words []string, token string) {
	t.Helper()
	var down *access.UnavailableError
	if !errors.As(err, &down) {
		t.Fatalf("%v, want an UnavailableError", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is not in %q", word, err)
		}
	}
	for _, secret := range []string{marker, token} {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
			t.Error("the error holds a secret")
		}
	}
}

func TestAMomentOfFailureIsBridged(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": "1"})
	s.Inject(sandbox.Fault{Path: "/open", Status: http.StatusServiceUnavailable, Times: 1})
	mustGet(t, open(t, s), "1")
}

func TestOldValuesServeWhileTheServiceFails(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": "1"})
	reader := open(t, s, access.TTL(time.Millisecond), access.StaleIfError(300*time.Millisecond))
	mustGet(t, reader, "1")
	s.Inject(sandbox.Fault{Path: "/open", Status: http.StatusForbidden})
	time.Sleep(5 * time.Millisecond)
	mustGet(t, reader, "1")
	time.Sleep(300 * time.Millisecond)
	_, err := reader.Get(t.Context(), "a")
	var down *access.UnavailableError
	if !errors.As(err, &down) || down.LastRead.IsZero() || !strings.Contains(err.Error(), "403") {
		t.Errorf("%v, want since when and why", err)
	}
}

// A wrong root key is told from missing keys, and the error lists those that
// exist.
func TestAnotherRootKey(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": marker})
	_, err := open(t, s, access.RootKey("elsewhere")).Get(t.Context(), "a")
	var noRoot *access.RootKeyError
	if !errors.As(err, &noRoot) || !slices.Equal(noRoot.Top, []string{cases.RootKey}) {
		t.Fatalf("%v, want the keys at the top", err)
	}
	checkFault(t, err, []string{cases.Environment, `"elsewhere"`, `"` + cases.RootKey + `"`, "check the root key"}, s.Tokens().PulumiOpener)
}

func TestVariables(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": "1"})
	variables := map[string]string{
		"PULUMI_ACCESS_TOKEN": s.Tokens().PulumiOpener + "\n", "PULUMI_API": s.PulumiURL(), "ESC_ENVIRONMENT": "", "A": "junk", "a": "junk",
	}
	lookup := func(name string) (string, bool) {
		text, ok := variables[name]
		return text, ok
	}
	mustGet(t, newReader(t, access.Environment(cases.Environment), access.RootKey(cases.RootKey), access.Variables(lookup)), "1")
}

func TestOptionsThatCannotWork(t *testing.T) {
	name, root, token := access.Environment("a/b/c"), access.RootKey("app"), access.Token("generated")
	for what, c := range map[string]struct {
		options []access.Option
		want    string
	}{
		"no environment":         {[]access.Option{token}, "no environment"},
		"a wrong environment":    {[]access.Option{token, access.Environment("a/b")}, "ORG/PROJECT/ENV"},
		"a token for a name":     {[]access.Option{token, root, access.Environment("generated")}, "check ESC_ENVIRONMENT"},
		"no token":               {[]access.Option{name, root}, "PULUMI_ACCESS_TOKEN"},
		"a blank token":          {[]access.Option{name, root, access.Token(" \n")}, "PULUMI_ACCESS_TOKEN"},
		"no root key":            {[]access.Option{name, token}, "no root key: name one with access.RootKey"},
		"no TTL":                 {[]access.Option{name, root, token, access.TTL(0)}, "TTL"},
		"a token of two lines":   {[]access.Option{name, root, access.Token("generated\ngenerated")}, "cannot stand in a header"},
		"an address in clear":    {[]access.Option{name, root, token, access.API("http://a.example")}, "use https: check PULUMI_API"},
		"a token for an address": {[]access.Option{name, root, token, access.API("https://generated@a.example")}, "check PULUMI_API"},
		"a wrong root key":       {[]access.Option{name, token, access.RootKey("a.b")}, "root key \"a.b\""},
		"a limit below zero":     {[]access.Option{name, root, token, access.StaleIfError(-1)}, "TTL"},
	} {
		t.Run(what, func(t *testing.T) {
			if _, err := access.New(c.options...); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "generated") {
				t.Errorf("%v, want an error with %q and without the token", err, c.want)
			}
		})
	}
}
