package access_test

import (
	"os/exec"
	"strings"
	"testing"
)

// What applications import must not depend on the Pulumi SDK, cobra or the
// sandbox of the tests.
func TestDependencies(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		"github.com/ai-cherry/sophia-secrets/pkg/", "github.com/pulumi/esc-sdk/", "go.yaml.in/yaml/", "gopkg.in/",
	}
	for path := range strings.FieldsSeq(string(out)) {
		host, _, _ := strings.Cut(path, "/")
		if !strings.Contains(host, ".") || strings.HasPrefix(path, "vendor/") || path == "crypto/internal/entropy/v1.0.0" {
			continue
		}
		if !hasPrefix(path, allowed) || strings.Contains(path, "/pipeline") {
			t.Errorf("imports %s", path)
		}
	}
}

func hasPrefix(path string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}
