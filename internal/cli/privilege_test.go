package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
)

// A token that may only open serves applications, and fails a sync with the
// permission that it lacks, before anything is written.
func TestATokenThatMayOnlyOpen(t *testing.T) {
	s := serveValues(t)
	store := getEnvironment + "-store"
	if err := s.CreateEnvironment(store, "pipeline"); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		command := &cli.CLI{Stdout: &stdout, Stderr: &stderr, Lookup: func(name string) (string, bool) {
			text, ok := map[string]string{
				"PULUMI_ACCESS_TOKEN": s.Tokens().PulumiOpener, "PULUMI_API": s.PulumiURL(), "SECRET_OPENAI_API_KEY": "generated",
			}[name]
			return text, ok
		}}
		code := command.Main(t.Context(), append(args, "--catalog", catalogFolder(t)))
		return code, stdout.String(), stderr.String()
	}
	if code, stdout, stderr := run("get", "plain"); code != 0 || stdout != "a&b <c>" {
		t.Errorf("get: exit %d, %q", code, stderr)
	}
	code, _, stderr := run("sync")
	if code != 3 || !strings.Contains(stderr, "403 Forbidden") || !strings.Contains(stderr, "environment:write") {
		t.Errorf("sync: exit %d, %q, want 3 and what is missing", code, stderr)
	}
	if revisions := s.Revisions(store); len(revisions) != 1 {
		t.Errorf("sync left %d revisions, want the empty one", len(revisions))
	}
}
