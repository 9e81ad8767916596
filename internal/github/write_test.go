package github

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func newBox(t *testing.T) (*sandbox.Server, *Client) {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return box, New(box.GitHubAPI(), secrets.NewValue(box.Tokens().GitHub), nil)
}

// Each level has a key of its own, and gets the value byte for byte.
func TestSetSecret(t *testing.T) {
	box, c := newBox(t)
	if err := box.SetEnvironmentSecret("production", "B", "x"); err != nil {
		t.Fatal(err)
	}
	value := "a\x00b$ü\n" + strings.Repeat("k", 100)
	for at, arrived := range map[Place]func() string{
		{Organization: "acme"}:                                                    func() string { text, _, _ := box.Secret("A"); return text },
		{Organization: "acme", Repository: "platform"}:                            func() string { return box.JobEnvironment()["A"] },
		{Organization: "acme", Repository: "platform", Environment: "production"}: func() string { return box.JobEnvironment("production")["A"] },
	} {
		text := at.String() + value
		for range 2 { // created, then replaced
			if err := c.SetSecret(t.Context(), at, "A", secrets.NewValue(text), Access{Visibility: "selected", Repositories: []int{sandbox.RepositoryID}}); err != nil {
				t.Fatal(err)
			}
			if arrived() != text {
				t.Errorf("%s: another value arrived", at)
			}
		}
		if s, err := c.SecretAt(t.Context(), at, "A"); err != nil || s.UpdatedAt.IsZero() {
			t.Errorf("%s: %v, %v", at, s, err)
		}
	}
	if _, info, _ := box.Secret("A"); info.Visibility != "selected" || len(info.Repositories) != 1 {
		t.Errorf("%+v", info)
	}
}

// An error tells whether the value may have arrived, and never shows it.
func TestSetSecretFaults(t *testing.T) {
	const value = "generated-value-of-the-test"
	for _, tc := range []struct {
		name   string
		fault  sandbox.Fault
		unsure bool
		says   string // "" if the client gets over it
	}{
		{"403", sandbox.Fault{Status: 403}, false, "setting organization secret A: 403"},
		{"422", sandbox.Fault{Status: 422}, false, "422"},
		{"500", sandbox.Fault{Status: 500}, true, "500"},
		{"drop", sandbox.Fault{Drop: true}, true, "EOF"},
		{"one drop", sandbox.Fault{Drop: true, After: true, Times: 1}, false, ""},
		{"one rate limit", sandbox.Fault{Status: 429, RateLimit: "secondary", RetryAfter: 1e9, Times: 1}, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			box, c := newBox(t)
			tc.fault.Method, tc.fault.Path = http.MethodPut, "/secrets/A$"
			box.Inject(tc.fault)
			err := c.SetSecret(t.Context(), Place{Organization: "acme"}, "A", secrets.NewValue(value), Access{Visibility: "private"})
			switch {
			case (err == nil) != (tc.says == ""):
				t.Fatalf("error %v", err)
			case err != nil && (!strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), value) || Unsure(err) != tc.unsure):
				t.Errorf("unsure %v: %v", Unsure(err), err)
			}
		})
	}
}

func TestWriteFile(t *testing.T) {
	box, c := newBox(t)
	write := func(old, text string) error {
		return c.WriteFile(t.Context(), "acme", "platform", "a/b.mark", old, text, "Update a/b.mark")
	}
	if err := write("", "one\n"); err != nil {
		t.Fatal(err)
	}
	if err := write("one\n", "two\n"); err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"one\n", "other"} {
		if err := write(old, "three\n"); !errors.Is(err, ErrConflict) || Unsure(err) {
			t.Errorf("%q: %v", old, err)
		}
	}
	if text, _ := box.File("a/b.mark"); text != "two\n" || box.Commits("a/b.mark")[0].Message != "Update a/b.mark" {
		t.Errorf("%q", text)
	}
	box.Inject(sandbox.Fault{Method: http.MethodPut, Path: "/contents/", Drop: true})
	if err := write("two\n", "three\n"); !Unsure(err) {
		t.Error(err)
	}
}
