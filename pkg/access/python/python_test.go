package python_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const marker = "m4rk3r-0f-th3-t3st"

// project is an application's folder with the rendered files in it.
type project struct {
	dir, python string
	environment []string
}

func newProject(t testing.TB) *project {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 on PATH: the Python module is not tested")
	}
	return newProjectFor(t, path)
}

func newProjectFor(t testing.TB, path string) *project {
	t.Helper()
	p := &project{dir: t.TempDir(), python: path, environment: []string{"PATH=" + os.Getenv("PATH"), "PYTHONDONTWRITEBYTECODE=1"}}
	p.write(t, python.ModulePath, python.Module(options(t)))
	return p
}

// pythons are the supported versions on PATH and those that pyenv keeps, by version.
func pythons(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	home, _ := os.UserHomeDir()
	kept, _ := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("PYENV_ROOT"), filepath.Join(home, ".pyenv")), "versions/3.*/bin/python3"))
	names := []string{"python3", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"}
	for _, name := range append(kept, names...) {
		// A shim of a version that is not installed is there, but does not run.
		out, err := exec.CommandContext(t.Context(), name, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)").Output()
		version, path, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
		var minor int
		if _, scanned := fmt.Sscanf(version, "3.%d", &minor); err == nil && scanned == nil && ok && minor >= 9 {
			found[version] = path
		}
	}
	if len(found) == 0 {
		t.Skip("no python3 on PATH: the Python module is not tested")
	}
	return found
}

func (p *project) write(t testing.TB, path, text string) {
	t.Helper()
	path = filepath.Join(p.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// uses adds what the module reads from its environment.
func (p *project) uses(s *sandbox.Server, token string) *project {
	p.environment = append(p.environment, "PULUMI_API="+s.PulumiURL(), "PULUMI_ACCESS_TOKEN="+token)
	return p
}

// run runs python3 and returns its output and exit code.
func (p *project) run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a module that hangs must not outlive its test
	defer cancel()
	cmd := exec.CommandContext(ctx, p.python, append([]string{"-W", "error"}, args...)...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = p.dir, p.environment, time.Minute
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// TestModule runs the unit tests of testdata on the rendered module.
func TestModule(t *testing.T) {
	source, err := os.ReadFile("testdata/test_auto_esc_config.py")
	if err != nil {
		t.Fatal(err)
	}
	for version, path := range pythons(t) {
		t.Run(version, func(t *testing.T) { // one after the other: the cases of each run at once, against the clock
			values := cases.Values(t, marker)
			s := cases.Serve(t, nil)
			cases.Define(t, s, cases.Definition(values)+cases.ScalarEntries)
			p := newProjectFor(t, path).uses(s, s.Tokens().PulumiOpener)
			p.writeCases(t, s, values)
			p.write(t, "test_auto_esc_config.py", string(source))
			stdout, stderr, code := p.run(t, "-m", "unittest", "test_auto_esc_config")
			if code != 0 || strings.Contains(stderr, "ignored") {
				t.Errorf("%s%s", stdout, stderr)
			}
		})
	}
}

func (p *project) writeCases(t *testing.T, s *sandbox.Server, values map[string]string) {
	t.Helper()
	type fault struct {
		Name  string   `json:"name"`
		API   string   `json:"api"`
		Token string   `json:"token"`
		Words []string `json:"words"`
		Slow  bool     `json:"slow"`
	}
	var faults []fault
	for _, f := range cases.Faults(t) {
		broken := cases.Serve(t, map[string]string{"plain": marker})
		token := f.Apply(broken)
		faults = append(faults, fault{f.Name, broken.PulumiURL(), token, f.Words, f.Delay})
	}
	type hostile struct {
		Name  string   `json:"name"`
		API   string   `json:"api"`
		Words []string `json:"words"`
		Big   bool     `json:"big"`
		Slow  bool     `json:"slow"`
	}
	var answers []hostile
	for _, h := range cases.Hostiles() {
		answers = append(answers, hostile{h.Name, h.Serve(t, marker), h.Words, h.Big, h.Slow})
	}
	text, err := json.Marshal(map[string]any{
		"semantics": json.RawMessage(cases.Semantics), "values": values, "scalars": cases.ScalarTexts(),
		"faults": faults, "hostile": answers, "marker": marker, "environment": cases.Environment, "token": s.Tokens().PulumiOpener,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "cases.json", string(text))
	p.environment = append(p.environment, "ACCESS_CASES="+filepath.Join(p.dir, "cases.json"), "ACCESS_API="+s.PulumiURL())
}

func TestRequests(t *testing.T) {
	_, catalog := options(t)
	s := cases.Serve(t, generated(catalog))
	p := newProject(t).uses(s, s.Tokens().PulumiOpener)
	s.ResetRequests()
	if _, stderr, code := p.run(t, "-c", "import backend.core.auto_esc_config"); code != 0 || len(s.Requests()) != 0 {
		t.Errorf("importing: exit %d, %d requests, want none: %s", code, len(s.Requests()), stderr)
	}
	stdout, stderr, code := p.run(t, "-c", "from backend.core.auto_esc_config import KEYS, get_config_value\n"+
		"print(len([get_config_value(key) for key in KEYS]))")
	if code != 0 || stdout != fmt.Sprintln(len(catalog.Secrets)) || len(s.Requests()) != 2 {
		t.Errorf("reading: exit %d, %q keys, %d requests, want 2: %s", code, stdout, len(s.Requests()), stderr)
	}
}

func TestARotatedValueIsSeenWithoutARestart(t *testing.T) {
	s := cases.Serve(t, map[string]string{"a": "old"})
	p := newProject(t).uses(s, s.Tokens().PulumiOpener)
	cmd := exec.CommandContext(t.Context(), p.python, "-c", strings.Join([]string{
		"import time",
		"from backend.core import auto_esc_config as config",
		"config.configure(ttl=0.05)",
		"print(config.get_config_value('a'), flush=True)",
		"input()",
		"time.sleep(0.06)",
		"print(config.get_config_value('a'), flush=True)",
	}, "\n"))
	cmd.Dir, cmd.Env = p.dir, p.environment
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var before, after string
	_, _ = fmt.Fscan(out, &before)
	cases.Store(t, s, map[string]string{"a": "new"})
	_, _ = fmt.Fprintln(in)
	_, _ = fmt.Fscan(out, &after)
	if err := cmd.Wait(); err != nil || before != "old" || after != "new" {
		t.Errorf("%q, then %q, %v", before, after, err)
	}
}

// generated are values for every key of a catalog.
func generated(c *secrets.Catalog) map[string]string {
	values := map[string]string{}
	for i, s := range c.Secrets {
		values[s.Key] = fmt.Sprintf("generated-%d", i)
	}
	return values
}
