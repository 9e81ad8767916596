package engine

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// The demo has its own company: it runs without a catalog and a stack, and in a
// project of any name.
func TestDemoNeedsNoInstance(t *testing.T) {
	t.Parallel()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	project, err := os.ReadFile(filepath.Join(top, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	renamed := regexp.MustCompile(`(?m)^name:.*$`).ReplaceAll(project, []byte("name: renamed"))
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), renamed, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(top, ".toolchain"), filepath.Join(dir, ".toolchain")); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "sandbox")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/sandbox")
	build.Dir = top
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the sandbox: %v\n%s", err, out)
	}
	demo := exec.CommandContext(t.Context(), program, "demo")
	demo.Dir = dir
	out, err := demo.CombinedOutput()
	if err != nil || !bytes.HasSuffix(out, []byte("Every step did what it said.\n")) {
		t.Errorf("%v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte(fixture.Store)) {
		t.Errorf("the store of the fixture is not named:\n%s", out)
	}
}
