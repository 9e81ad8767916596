// Package adopter tries what secretctl init writes: as a repository of its own, by
// the commands that it prints, and the scripts of its workflows.
package adopter

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gh": gh, "pulumi-language-go": serveLanguage})
}

const root = "../.."

// needToolchain skips a test that runs the engine where none is built.
func needToolchain(t *testing.T) engine.Toolchain {
	t.Helper()
	toolchain, err := engine.FindToolchain(root)
	if err == nil {
		return toolchain
	}
	if os.Getenv("TOOLCHAIN") == "required" {
		t.Fatal(err)
	}
	t.Skip(err)
	return toolchain
}

// repository is what an adopter has: a folder, and the variables of a shell in it.
type repository struct {
	t   *testing.T
	dir string
	env []string
}

// initialise runs secretctl init, and what a developer of this module does before
// go mod tidy: a replacement by this checkout.
func initialise(t *testing.T, names string) repository {
	t.Helper()
	r := repository{t: t, dir: filepath.Join(t.TempDir(), "platform")}
	var out bytes.Buffer
	c := &cli.CLI{Stdout: &out, Stderr: &out, Lookup: func(string) (string, bool) { return "", false }}
	if code := c.Main(t.Context(), []string{"init", r.dir, "--organization", "acme", "--repository", "platform",
		"--environment", "acme-cloud/default/production", "--root-key", "app", "--names", names}); code != 0 {
		t.Fatalf("init: exit %d\n%s", code, out.String())
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	r.must("go", "mod", "edit", "-replace", "github.com/ai-cherry/sophia-secrets="+here)
	r.env = append(r.env, "GOFLAGS=-mod=mod", "GOSUMDB=off")
	r.must("go", "mod", "tidy")
	// From here on the modules are in the cache.
	r.env = append(r.env[:len(r.env)-2], "GOFLAGS=", "GOPROXY=off", "GOSUMDB=off")
	return r
}

// run runs a command in the repository and returns what it printed.
func (r repository) run(name string, args ...string) (string, error) {
	r.t.Helper()
	if !strings.Contains(name, "/") {
		for _, variable := range r.env { // as a shell with this PATH finds it
			if path, ok := strings.CutPrefix(variable, "PATH="); ok {
				for _, dir := range filepath.SplitList(path) {
					if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
						name = found
						break
					}
				}
			}
		}
	}
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir, cmd.Env = r.dir, append(os.Environ(), r.env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r repository) must(name string, args ...string) string {
	r.t.Helper()
	out, err := r.run(name, args...)
	if err != nil {
		r.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}
