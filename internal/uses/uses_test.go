package uses

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const known = `repositories:
  acme/backend:
    keys:
      alpha: ["app/a.py:12", "app/a.py:3"]
      alph: [cmd/main.go:40]
      old: [run.sh:1]
    variables:
      ALPHA: ["run.sh:2"]
  acme/web:
    keys:
      alph: [a.sh:1, b.sh:2, c.sh:3]
`

func load(t *testing.T, text string) (*Uses, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func catalog(t *testing.T, text string) *secrets.Catalog {
	t.Helper()
	c, problems := secrets.Parse("catalog.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c
}

func TestUnserved(t *testing.T) {
	u, err := load(t, known)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range u.Unserved(catalog(t, "secrets:\n  - name: ALPHA\nretired: [old]\n")) {
		got = append(got, n.Say(3))
	}
	want := []string{
		`key "alph" is read in 4 places (acme/backend/cmd/main.go:40, acme/web/a.sh:1, acme/web/b.sh:2 and 1 more), and no secret serves it; did you mean "alpha"?`,
		`key "old" is read in 1 place (acme/backend/run.sh:1), and it is retired`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unserved (-want +got):\n%s", diff)
	}
	if line := u.Line("alph"); line != 5 {
		t.Errorf("alph stands in line %d", line)
	}
}

func TestReadersOf(t *testing.T) {
	u, err := load(t, known)
	if err != nil {
		t.Fatal(err)
	}
	got := Name(u.ReadersOf(catalog(t, "secrets:\n  - name: ALPHA\n    key: [alpha, old]\n").Secrets[0]), 9)
	if want := "4 places (acme/backend/app/a.py:3, acme/backend/app/a.py:12, acme/backend/run.sh:1, acme/backend/run.sh:2)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Without the file nothing is known, and nothing fails.
func TestNoFile(t *testing.T) {
	u, err := Load(filepath.Join(t.TempDir(), FileName))
	if u != nil || err != nil {
		t.Fatal(u, err)
	}
	if c := catalog(t, "secrets: [{name: A}]"); u.Unserved(c) != nil || u.ReadersOf(c.Secrets[0]) != nil {
		t.Error("somebody reads")
	}
}

func TestBadFile(t *testing.T) {
	for text, want := range map[string]string{
		"repositories: [": "uses.yaml: ",
		"repos: {}":       "repos",
		"repositories:\n  acme/web:\n    keys: {a: [a.py]}\n":   `"a.py" of acme/web is not FILE:LINE`,
		"repositories:\n  acme/web:\n    keys: {a: [a.py:0]}\n": `"a.py:0" of acme/web is not FILE:LINE`,
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "secretaudit --uses") {
			t.Errorf("%q: %v, want %q and the fix", text, err, want)
		}
	}
}

// Writing about one repository leaves the others, and the same again is the same file.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for range 2 {
		u, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		u.Set("acme/web", Reads{Keys: map[string][]string{"beta": {"z.py:1", "a.py:9"}}})
		if err := u.Write(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	u, err := Load(path)
	if err != nil || texts[0] != texts[1] {
		t.Fatalf("%v, or the second write differs:\n%s\n%s", err, texts[0], texts[1])
	}
	if got := u.Keys(); !cmp.Equal(got, []string{"alph", "alpha", "beta", "old"}) || len(u.Readers("alph")) != 1 {
		t.Errorf("keys %q, %d readers of alph", got, len(u.Readers("alph")))
	}
}
