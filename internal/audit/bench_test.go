package audit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/sources"

	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/tree"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// benchTree is the folder of AUDIT_TREE, else Go's standard library.
func benchTree(b *testing.B) string {
	b.Helper()
	if folder := os.Getenv("AUDIT_TREE"); folder != "" {
		return folder
	}
	out, err := exec.CommandContext(b.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src")
}

func benchAudit(b *testing.B, on func(string) bool) {
	catalog, err := fixture.Catalog()
	if err != nil {
		b.Fatal(err)
	}
	root := benchTree(b)
	for b.Loop() {
		a := &Audit{Walk: &tree.Walk{Root: root}, Catalog: catalog, CatalogPath: filepath.Join(root, "catalog.yaml"), On: on}
		if _, err := a.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// The whole audit without the rules of gitleaks, every mention of a name included,
// which are 5 times BenchmarkGitGrep at most.
func BenchmarkAudit(b *testing.B) {
	benchAudit(b, func(name string) bool { return name != rule.Credential })
}

func BenchmarkGitGrep(b *testing.B) {
	root := benchTree(b)
	for b.Loop() {
		grep := exec.CommandContext(b.Context(), "git", "grep", "--no-index", "-c", "OPENAI_API_KEY")
		grep.Dir = root
		_ = grep.Run() // 1 when nothing is found
	}
}

// The whole audit, which is twice BenchmarkGitleaks at most.
func BenchmarkAuditWithCredentials(b *testing.B) {
	benchAudit(b, func(string) bool { return true })
}

// The rules of gitleaks alone, over the same files, by the library's own walk.
func BenchmarkGitleaks(b *testing.B) {
	root := benchTree(b)
	for b.Loop() {
		d, err := detect.NewDetectorDefaultConfig()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.DetectSource(b.Context(), &sources.Files{Path: root, Config: &d.Config, Sema: d.Sema}); err != nil {
			b.Fatal(err)
		}
	}
}
