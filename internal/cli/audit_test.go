package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// The flags, the words and the exit code are secretaudit's own.
func TestAudit(t *testing.T) {
	folder := t.TempDir()
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n"
	if err := os.WriteFile(filepath.Join(folder, auditor), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out, problems strings.Builder
	c := &CLI{Stdout: &out, Stderr: &problems, Lookup: os.LookupEnv}
	code := c.Main(t.Context(), []string{"audit", "--only", "env-read", "--catalog=x", "--help", "a folder"})
	if want := "--only\nenv-read\n--catalog=x\n--help\na folder\n"; code != 7 || out.String() != want || problems.String() != "" {
		t.Errorf("exit code %d, %q, %q", code, &out, &problems)
	}
}

func TestAuditIsNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var problems strings.Builder
	c := &CLI{Stderr: &problems, Lookup: os.LookupEnv}
	code := c.Main(t.Context(), []string{"audit"})
	if want := "error: secretaudit is not installed\nhint: go install github.com/ai-cherry/sophia-secrets/cmd/secretaudit@latest\n"; code != exitCouldNot || problems.String() != want {
		t.Errorf("exit code %d, %q", code, &problems)
	}
}

func TestInstallAuditor(t *testing.T) {
	const module = "github.com/ai-cherry/sophia-secrets"
	for want, info := range map[string]*debug.BuildInfo{
		"go install " + module + "/cmd/secretaudit@latest": {Main: debug.Module{Path: module, Version: "(devel)"}},
		"go install " + module + "/cmd/secretaudit@v1.2.3": {Main: debug.Module{Path: module, Version: "v1.2.3"}},
		"go install " + module + "/cmd/secretaudit@v1.2.4": {Main: debug.Module{Path: "example.com/secrets"},
			Deps: []*debug.Module{{Path: "github.com/spf13/cobra", Version: "v1.10.2"}, {Path: module, Version: "v1.2.4"}}},
		"go install example.com/fork/sophia-secrets/cmd/secretaudit@v0.1.0": {Main: debug.Module{Path: "example.com/fork/sophia-secrets", Version: "v0.1.0"}},
	} {
		if got := installAuditor(info, true); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What the audit needs must not get into the binary that the sync job builds.
func TestSecretctlLinksNoScanner(t *testing.T) {
	deps := func(command string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../cmd/"+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	linked, audits := deps("secretctl"), deps("secretaudit")
	for _, part := range []string{"gitleaks", "sarif", "go-git", "internal/audit"} {
		if strings.Contains(linked, part) {
			t.Errorf("secretctl links %s", part)
		}
		if !strings.Contains(audits, part) {
			t.Errorf("secretaudit does not link %s: this test tells nothing", part)
		}
	}
}
