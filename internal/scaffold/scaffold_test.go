package scaffold

import (
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func repository() Repository {
	stack := fixture.Stack()
	stack.Project = fixture.Repository
	return Repository{Stack: stack, StackName: "production", Version: "v1.2.3", Names: []string{"OPENAI_API_KEY", "GITHUB_TOKEN"}}
}

func files(t *testing.T, r Repository) map[string]string {
	t.Helper()
	files, problems := r.Files()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return files
}

func TestFiles(t *testing.T) {
	for _, stackName := range []string{"production", "staging"} {
		r := repository()
		r.StackName = stackName
		all := files(t, r)
		if diff := cmp.Diff(paths(stackName), slices.Sorted(maps.Keys(all))); diff != "" {
			t.Errorf("the files that are looked for, and those that are written (-looked for +written):\n%s", diff)
		}
		for name, text := range all {
			if strings.Contains(text, "<no value>") || !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
				t.Errorf("%s:\n%s", name, text)
			}
		}
	}
}

// The program is a few lines, in the form of gofmt.
func TestMainGo(t *testing.T) {
	text := files(t, repository())["main.go"]
	if _, err := parser.ParseFile(token.NewFileSet(), "main.go", text, parser.ParseComments); err != nil {
		t.Error(err)
	}
	if n := strings.Count(text, "\n"); n > 10 {
		t.Errorf("%d lines", n)
	}
}

// What is written is read back as it was given, also where YAML would read a name
// as something else.
func TestReadsBack(t *testing.T) {
	for _, name := range []string{"platform", "true", "123", "1e3", "null", "a.b-c_d"} {
		r := repository()
		r.Stack.Project, r.Stack.Organization, r.Stack.Repository, r.Stack.StatusToken = name, name, name, ""
		dir := t.TempDir()
		if _, err := Write(dir, files(t, r)); err != nil {
			t.Fatal(err)
		}
		read, err := secrets.LoadStack(filepath.Join(dir, "Pulumi.production.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Stack, read); diff != "" {
			t.Errorf("%s: the stack (-given +read):\n%s", name, diff)
		}
		var project struct{ Name any }
		text, _ := os.ReadFile(filepath.Join(dir, "Pulumi.yaml"))
		if err := yaml.Unmarshal(text, &project); err != nil || project.Name != any(name) {
			t.Errorf("project %v, want %q (%v)", project.Name, name, err)
		}
		catalog, problems, err := secrets.Load(filepath.Join(dir, CatalogPath))
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		if s, ok := catalog.ByName("GITHUB_TOKEN"); !ok || s.GitHubName != "GH_TOKEN" {
			t.Errorf("%+v", s)
		}
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	r := repository()
	r.Names = []string{"ok", "A", "A", "GITHUB_X", "GH_X"}
	if written, problems := r.Files(); written != nil || len(problems) < 3 {
		t.Errorf("%v", problems)
	}
}

// The config of an adopter's project is that of this repository.
func TestPulumiYAML(t *testing.T) {
	here, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(?m)\A(name|description): .*\n(name|description): .*\n`)
	if diff := cmp.Diff(own.ReplaceAllString(string(here), ""), own.ReplaceAllString(files(t, repository())["Pulumi.yaml"], "")); diff != "" {
		t.Errorf("templates/Pulumi.yaml.tmpl is not Pulumi.yaml (-here +written):\n%s", diff)
	}
}

// The program needs the Go that this module needs.
func TestGoVersion(t *testing.T) {
	here, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	goLine := regexp.MustCompile(`(?m)^go .*$`)
	if got, want := goLine.FindString(files(t, repository())["go.mod"]), goLine.FindString(string(here)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGoModRequires(t *testing.T) {
	r := repository()
	if text := files(t, r)["go.mod"]; !strings.Contains(text, "\nrequire "+Module+" v1.2.3\n") {
		t.Error(text)
	}
	r.Version = ""
	if text := files(t, r)["go.mod"]; strings.Contains(text, "require ") {
		t.Error(text)
	}
}

func TestVersion(t *testing.T) {
	dependency := func(m debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/platform", Version: "(devel)"}, Deps: []*debug.Module{&m}}
	}
	for _, tc := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, ""},
		{&debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v1.2.3"}}, "v1.2.3"},
		{&debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v0.0.0-20260801120000-0123456789ab"}}, "v0.0.0-20260801120000-0123456789ab"},
		{&debug.BuildInfo{Main: debug.Module{Path: Module, Version: "v0.0.0-20260801120000-0123456789ab+dirty"}}, ""},
		{&debug.BuildInfo{Main: debug.Module{Path: Module, Version: "(devel)"}}, ""},
		{dependency(debug.Module{Path: Module, Version: "v1.2.3"}), "v1.2.3"},
		{dependency(debug.Module{Path: Module, Version: "v1.2.3", Replace: &debug.Module{Path: "../here"}}), ""},
		{dependency(debug.Module{Path: "example.com/other", Version: "v1.2.3"}), ""},
	} {
		if got := Version(tc.info); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.info, got, tc.want)
		}
	}
}

// A file that appears while init writes is left alone, and so is everything else.
func TestWriteReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	all := files(t, repository())
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if written, err := Write(dir, all); err == nil || written != nil || !strings.Contains(err.Error(), "writing main.go: ") {
		t.Errorf("%v, %v", written, err)
	}
	var left []string
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, _ error) error {
		if !entry.IsDir() {
			left = append(left, filepath.Base(path))
		}
		return nil
	})
	if text, _ := os.ReadFile(filepath.Join(dir, "main.go")); string(text) != "package mine\n" || !slices.Equal(left, []string{"main.go"}) {
		t.Errorf("left: %v", left)
	}
}
