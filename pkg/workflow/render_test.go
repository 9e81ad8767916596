package workflow

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rhysd/actionlint"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// input is what a workflow is rendered from.
type input struct {
	secrets.Stack
	catalog *secrets.Catalog
}

func (in input) render() string      { return Render(in.Stack, in.catalog) }
func (in input) maintenance() string { return RenderMaintenance(in.Stack, in.catalog) }

// production is what the fixture asks for.
func production(t *testing.T) input {
	t.Helper()
	catalog, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return input{fixture.Stack(), catalog}
}

func small(t *testing.T) input {
	t.Helper()
	catalog, problems := secrets.Parse("catalog.yaml", []byte("consumers: [other/web, back]\nsecrets:\n  - {name: Z, aliases: [B]}\n  - {name: GITHUB_TOKEN, github_name: GH_TOKEN}\n  - name: A\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return input{catalog: catalog, Stack: secrets.Stack{
		Organization: "acme",
		Environment:  secrets.EnvironmentName{Organization: "org", Project: "project", Name: "env"},
		RootKey:      "root",
		PulumiAPIURL: "https://pulumi.example:8443",
		PulumiOIDC:   true,
		Workflow:     "staging", Catalog: "staging/catalog.yaml", GitHubEnvironment: "Staging 1", DefaultBranch: "trunk", StatusToken: "STATUS_TOKEN",
	}}
}

// variants are the shapes that the text can take.
func variants(t *testing.T) map[string]input {
	all := map[string]input{"production": production(t), "small": small(t)}
	oidc := production(t)
	oidc.PulumiOIDC = true
	all["oidc"] = oidc
	api := production(t)
	api.PulumiAPIURL = "http://127.0.0.1:8080"
	all["api"] = api
	return all
}

func TestGolden(t *testing.T) {
	const file = "testdata/small.golden.yml"
	got := small(t).render()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("UPDATE=1 go test ./pkg/workflow renews %s (-want +got):\n%s", file, diff)
	}
}

func TestLint(t *testing.T) {
	for name, options := range variants(t) {
		t.Run(name, func(t *testing.T) {
			for _, finding := range lint(t, options.render()) {
				t.Error(finding)
			}
		})
	}
}

// TestLintFinds keeps TestLint honest: the linter is on, and sees what it is given.
func TestLintFinds(t *testing.T) {
	text := strings.Replace(production(t).render(), "secrets.OPENAI_API_KEY", "secret.OPENAI_API_KEY", 1)
	if len(lint(t, text)) == 0 {
		t.Error("a wrong context went through")
	}
}

func lint(t *testing.T, text string) []*actionlint.Error {
	t.Helper()
	var out bytes.Buffer
	linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.Lint("workflow.yml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestRenderIsText(t *testing.T) {
	for name, options := range variants(t) {
		text := options.render()
		switch {
		case text != options.render():
			t.Errorf("%s: two texts of one catalog", name)
		case !Ours(text):
			t.Errorf("%s: the header is not ours", name)
		case strings.Contains(text, "\r"), !strings.HasSuffix(text, "\n"), strings.HasSuffix(text, "\n\n"):
			t.Errorf("%s: not one final newline, or a carriage return", name)
		case strings.Contains(text, "[["), strings.Contains(text, "<no value>"):
			t.Errorf("%s: the template shows through", name)
		}
	}
}

// TestOrder: where an entry stands in the catalog is no reason for a commit.
func TestOrder(t *testing.T) {
	options := production(t)
	want := options.render()
	list := options.catalog.Secrets
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	if diff := cmp.Diff(want, options.render()); diff != "" {
		t.Errorf("the order of the catalog shows (-want +got):\n%s", diff)
	}
}

func TestPulumiAPI(t *testing.T) {
	for address, want := range map[string]string{
		"":                          "",
		secrets.PublicPulumiURL:     "",
		"http://127.0.0.1:80":       "\n          PULUMI_API: \"http://127.0.0.1:80\"\n",
		"https://p.example/a#b: 'c": "\n          PULUMI_API: \"https://p.example/a#b: 'c\"\n",
	} {
		options := production(t)
		options.PulumiAPIURL = address
		text := options.render()
		if want == "" && strings.Contains(text, "PULUMI_API:") || !strings.Contains(text, want) {
			t.Errorf("address %q: want %q in\n%s", address, want, text)
		}
	}
}

// Sync looks for the mark beside its catalog, and for a catalog where the default
// stack says: a workflow that needs one of the flags passes both.
func TestFlags(t *testing.T) {
	for _, tc := range []struct{ workflow, catalog, want string }{
		{secrets.DefaultWorkflow, "catalog.yaml", ""},
		{secrets.DefaultWorkflow, "secrets/catalog.yaml", " --catalog secrets/catalog.yaml --mark .github/secrets.mark"},
		{"staging", "catalog.yaml", " --catalog catalog.yaml --mark .github/staging.mark"},
	} {
		s := secrets.Stack{Workflow: tc.workflow, Catalog: tc.catalog, RootKey: "app"}
		if text := Render(s, &secrets.Catalog{}); !strings.Contains(text, " --root-key app"+tc.want+"'\n") {
			t.Errorf("%+v:\n%s", tc, text)
		}
	}
}
