package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// initWorld is an organization with three secrets, one of them the sync's own, and
// an empty folder.
type initWorld struct {
	t         *testing.T
	box       *sandbox.Server
	dir       string
	variables map[string]string
}

func newInitWorld(t *testing.T, branch string) *initWorld {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{DefaultBranch: branch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	for _, name := range []string{"OPENAI_API_KEY", "FIGMA_PAT", "PULUMI_ACCESS_TOKEN"} {
		if err := box.SetSecret(name, "x", "private"); err != nil {
			t.Fatal(err)
		}
	}
	return &initWorld{t, box, filepath.Join(t.TempDir(), "platform"), map[string]string{
		"GITHUB_TOKEN": box.Tokens().GitHub, "GITHUB_API_URL": box.GitHubAPI(),
	}}
}

// run runs init; with answers on a terminal.
func (w *initWorld) run(answers string, args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	c := &cli.CLI{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Lookup: func(name string) (string, bool) { text, ok := w.variables[name]; return text, ok }}
	if lines := strings.SplitAfter(answers, "\n"); answers != "" {
		c.Ask = func(_ context.Context, question string, _ bool) (string, error) {
			errs.WriteString(question)
			if len(lines) == 0 || lines[0] == "" {
				return "", io.EOF
			}
			line := lines[0]
			lines = lines[1:]
			return strings.TrimRight(line, "\n"), nil
		}
	}
	code = c.Main(w.t.Context(), append([]string{"init", w.dir}, args...))
	return code, out.String(), errs.String()
}

func (w *initWorld) written() (secrets.Stack, *secrets.Catalog) {
	w.t.Helper()
	stack, err := secrets.LoadStack(filepath.Join(w.dir, "Pulumi.production.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	catalog, problems, err := secrets.Load(filepath.Join(w.dir, "catalog.yaml"))
	if err != nil || len(problems) > 0 {
		w.t.Fatal(err, problems)
	}
	return stack, catalog
}

var initFlags = []string{"--organization", "acme", "--repository", "platform", "--environment", "acme-cloud/default/production", "--root-key", "app"}

// With a token the names are those that the organization holds, but for the sync's
// own token, and the branch is the repository's.
func TestInitTakesWhatTheOrganizationHolds(t *testing.T) {
	w := newInitWorld(t, "trunk")
	code, stdout, stderr := w.run("", initFlags...)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, %q", code, stderr)
	}
	_, catalog := w.written()
	if got := strings.Join(catalog.Sources(), " "); got != "FIGMA_PAT OPENAI_API_KEY" {
		t.Errorf("names: %s", got)
	}
	for _, name := range []string{"pulumi", "sync_secrets"} {
		text, _ := os.ReadFile(filepath.Join(w.dir, ".github", "workflows", name+".yml"))
		if !strings.Contains(string(text), `branches: ["trunk"]`) {
			t.Errorf("%s.yml is not about trunk", name)
		}
	}
	if !strings.Contains(stdout, "git remote add origin https://github.com/acme/platform.git") {
		t.Errorf("the repository exists:\n%s", stdout)
	}
}

// On a terminal the questions have suggestions, and a wrong answer is asked again.
func TestInitAsks(t *testing.T) {
	w := newInitWorld(t, "main")
	code, _, stderr := w.run("a/b\nacme\n\nnonsense\nacme-cloud/default/production\n\n\n")
	if code != 0 {
		t.Fatalf("exit %d, %q", code, stderr)
	}
	stack, catalog := w.written()
	got := strings.Join(append([]string{stack.Organization, stack.Repository, stack.Environment.String(), stack.RootKey}, catalog.Sources()...), " ")
	if want := "acme platform acme-cloud/default/production app FIGMA_PAT OPENAI_API_KEY"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, want := range []string{
		"GitHub organization that holds the secrets: ", `"a/b" is not a name of`, "its repository for the pipeline [platform]: ",
		`environment "nonsense" is not of the form ORG/PROJECT/ENV`, "acme holds FIGMA_PAT, OPENAI_API_KEY\n", "[all of them]: ",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is missing in\n%s", want, stderr)
		}
	}
}

// What a flag gives is not asked. Without a token, or with a wrong one, the names are.
func TestInitAsksForTheRest(t *testing.T) {
	for name, token := range map[string]string{"no token": "", "a wrong one": "wrong"} {
		w := newInitWorld(t, "main")
		w.variables["GITHUB_TOKEN"] = token
		code, _, stderr := w.run("A, B ,A,\n", initFlags...)
		if code != 0 || strings.Contains(stderr, "organization that holds") || strings.Contains(stderr, "all of them") {
			t.Fatalf("%s: exit %d, %q", name, code, stderr)
		}
		if _, catalog := w.written(); strings.Join(catalog.Sources(), " ") != "A B" {
			t.Errorf("%s: names %v", name, catalog.Sources())
		}
		if warned := strings.Contains(stderr, "warning: listing the secrets of organization acme: 401"); warned != (token != "") {
			t.Errorf("%s: %s", name, stderr)
		}
	}
}

// The input ends in the middle: what is missing is one error.
func TestInitInputEnds(t *testing.T) {
	w := newInitWorld(t, "main")
	code, stdout, stderr := w.run("acme\n", "--names", "A")
	if code != 2 || stdout != "" || !strings.Contains(stderr, "error: missing: --repository, --environment, --root-key\n") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	if _, err := os.Stat(w.dir); err == nil {
		t.Error("something was written")
	}
}

// Names that cannot be listed are exit 3, and nothing is written. With --names a
// service that does not answer costs a warning.
func TestInitWithoutGitHub(t *testing.T) {
	w := newInitWorld(t, "main")
	w.box.Inject(sandbox.Fault{Path: "^/api/v3/", Status: 500})
	code, stdout, stderr := w.run("", initFlags...)
	if code != 3 || stdout != "" || !strings.Contains(stderr, "error: listing the secrets of organization acme: 500") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	code, _, stderr = w.run("", append(initFlags, "--names", "A")...)
	if code != 0 || !strings.HasPrefix(stderr, "warning: the default branch is taken for main: reading repository acme/platform: 500") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// More names than a job receives are refused with the reason.
func TestInitWithTooManyNames(t *testing.T) {
	w := newInitWorld(t, "main")
	for i := range 100 {
		if err := w.box.SetSecret("EXTRA_"+strings.Repeat("A", i+1), "x", "private"); err != nil {
			t.Fatal(err)
		}
	}
	code, _, stderr := w.run("", initFlags...)
	if code != 2 || !strings.Contains(stderr, "--names: 102 GitHub names, aliases included: GitHub passes the first 100") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
