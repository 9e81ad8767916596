package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// checkout is a copy of this repository, with changes of its own.
type checkout struct {
	*testing.T
	dir string
}

// copyRepository copies the files that git knows, or would add.
func copyRepository(t *testing.T) checkout {
	t.Helper()
	c := checkout{t, t.TempDir()}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Skipf("left out, since git does not list this repository: %v", err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(names), "\x00"), "\x00") {
		from := filepath.Join("..", filepath.FromSlash(name))
		if info, err := os.Lstat(from); err != nil || !info.Mode().IsRegular() {
			continue // deleted and not committed, or a link to what was built
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(c.dir, name), string(text))
	}
	return c
}

func (c checkout) write(name, text string) { writeFile(c.T, filepath.Join(c.dir, name), text) }

// run runs a command in the copy and returns what it printed.
func (c checkout) run(name string, args ...string) (string, error) {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), name, args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "TOOLCHAIN=", "PULUMI=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// stays asserts that the tests pass after make generate. The copy has no
// toolchain, so tests/engine runs nothing in it.
func (c checkout) stays() {
	c.Helper()
	for _, command := range [][]string{
		{"make", "generate"},
		{"go", "test", "-skip", "^TestAnother", "./..."},
	} {
		if out, err := c.run(command[0], command[1:]...); err != nil {
			c.Errorf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
}

// Neither one more line in the catalog, the most frequent change, nor another
// company in place of this one turns a test red.
func TestAnotherInstance(t *testing.T) {
	c := copyRepository(t)
	t.Run("one more secret", func(t *testing.T) {
		checkout{t, c.dir}.addSecret("COPY_TEST_TOKEN")
		checkout{t, c.dir}.stays()
	})
	t.Run("another company", func(t *testing.T) {
		checkout{t, c.dir}.become("initech")
		checkout{t, c.dir}.stays()
	})
}

func (c checkout) addSecret(name string) {
	c.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "catalog.yaml"))
	if err != nil {
		c.Fatal(err)
	}
	known, problems := secrets.Parse("catalog.yaml", text)
	if len(problems) > 0 {
		c.Fatal(problems)
	}
	if len(known.Sources()) == secrets.MaxSources {
		c.Skip("the catalog is full")
	}
	var catalog map[string][]any
	if err := yaml.Unmarshal(text, &catalog); err != nil {
		c.Fatal(err)
	}
	catalog["secrets"] = append(catalog["secrets"], map[string]string{"name": name})
	if text, err = yaml.Marshal(catalog); err != nil {
		c.Fatal(err)
	}
	c.write("catalog.yaml", string(text))
}

// become replaces the names of the instance, all of them.
func (c checkout) become(company string) {
	c.Helper()
	project, err := os.ReadFile(filepath.Join(c.dir, "Pulumi.yaml"))
	if err != nil {
		c.Fatal(err)
	}
	lines := strings.Split(string(project), "\n")
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "name:") })
	lines[i] = "name: " + company + "-keys"
	c.write("Pulumi.yaml", strings.Join(lines, "\n"))

	catalog, values := "secrets:\n", ""
	for i := range 7 {
		catalog += fmt.Sprintf("  - name: NAME_%d\n", i)
		if i < 3 {
			values += fmt.Sprintf("    NAME_%d:\n      secure: v1:b3duIG5vbmNl:Y2lwaGVydGV4dA==\n", i)
		}
	}
	c.write("catalog.yaml", catalog)
	c.write("Pulumi.production.yaml", strings.ReplaceAll(`encryptionsalt: v1:c2FsdA==
config:
  COMPANY-keys:organization: COMPANY
  COMPANY-keys:repository: infrastructure
  COMPANY-keys:environment: COMPANY-pulumi/keys/live
  COMPANY-keys:rootKey: keys
  COMPANY-keys:values:
`, "COMPANY", company)+values)
}

// A mistake in the fixture's catalog is one clear error of the demo; one in the
// instance's catalog is one clear error of secretctl, and the demo does not read
// that catalog at all.
func TestAnotherMistake(t *testing.T) {
	c := copyRepository(t)
	for _, tc := range []struct {
		file string
		args []string
		want string
	}{
		{"catalog.yaml", []string{"./cmd/secretctl", "check"}, "catalog.yaml:2:11: name \"one\" must be"},
		{"internal/fixture/catalog.yaml", []string{"./cmd/sandbox", "demo"}, "error: internal/fixture/catalog.yaml:2:11: name \"one\" must be"},
	} {
		t.Run(tc.args[0], func(t *testing.T) {
			c.write(tc.file, "secrets:\n  - name: one\n")
			out, err := c.run("go", append([]string{"run"}, tc.args...)...)
			if err == nil || !strings.HasPrefix(out, tc.want) || strings.Contains(out, "%!") || strings.Count(out, tc.file) != 1 {
				t.Errorf("%v: want one error that begins with %q:\n%s", err, tc.want, out)
			}
		})
	}
}
