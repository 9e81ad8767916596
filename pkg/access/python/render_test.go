package python_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// options are those of the fixture.
func options(t testing.TB) (secrets.Stack, *secrets.Catalog) {
	t.Helper()
	catalog, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return secrets.Stack{Environment: fixture.Stack().Environment, RootKey: fixture.RootKey}, catalog
}

// small has what changes the text: a name and a key of their own, a secret that
// is not required, another service, another path.
func small(t testing.TB) (secrets.Stack, *secrets.Catalog) {
	t.Helper()
	catalog, problems := secrets.Parse("catalog.yaml", []byte(`secrets:
  - name: OPENAI_API_KEY
  - name: GITHUB_TOKEN
    github_name: GH_API_TOKEN
  - name: VERCEL_ACCESS_TOKEN
    key: [vercel_token, vercel_api_token]
    required: false
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return secrets.Stack{
		Environment: secrets.EnvironmentName{Organization: "acme", Project: "default", Name: "test"},
		RootKey:     "acme", PulumiAPIURL: "https://pulumi.example.com", PythonAccess: &secrets.PythonAccess{Path: "acme/secrets.py"},
	}, catalog
}

func TestRendered(t *testing.T) {
	const file = "testdata/module.py.golden"
	text := python.Module(small(t))
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got), UPDATE=1 renews it:\n%s", file, diff)
	}
}

// A declared file is compared byte for byte.
func TestOneFinalNewlineAndLineFeeds(t *testing.T) {
	text := python.Module(options(t))
	if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.Contains(text, "\r") {
		t.Error("a file that GitHub would change")
	}
	if !python.Ours(text) || !python.Ours(strings.ReplaceAll(text, "\n", "\r\n")) || python.Ours("import os\n"+text) {
		t.Error("Ours does not know its own")
	}
}

func TestEveryKeyIsInTheTable(t *testing.T) {
	stack, catalog := options(t)
	module := python.Module(stack, catalog)
	for _, s := range catalog.Secrets {
		if !strings.Contains(module, `    "`+s.Key+`": "`+s.Name+`",`) {
			t.Errorf("%s is missing", s.Name)
		}
	}
}
