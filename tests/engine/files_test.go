package engine

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
)

// The Python module is declared like the workflow: refused when people wrote it,
// repaired when it drifts.
func TestPythonAccess(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if err := errors.Join(
		w.SetConfigPath(ctx, "pythonAccess.repository", fixture.Repository),
		w.SetConfigPath(ctx, "pythonAccess.path", python.ModulePath)); err != nil {
		t.Fatal(err)
	}
	w.Sandbox.WriteFile(python.ModulePath, "import os\n", "ana")
	w.upFails(python.ModulePath + " exists in acme/platform with another text than this stack declares")
	w.Sandbox.RemoveFile(python.ModulePath, "ana")
	w.settle(0)
	module, _ := w.Sandbox.File(python.ModulePath)
	if !python.Ours(module) {
		t.Error("the module is not there")
	}
	w.Sandbox.WriteFile(python.ModulePath, strings.Replace(module, "openai_api_key", "openai.api_key", 1), "somebody")
	w.drifts("RepositoryFile python-access", "update", "--- live/platform/"+python.ModulePath)
	w.up()
	w.clean()
	if now, _ := w.Sandbox.File(python.ModulePath); now != module {
		t.Error("the module was not repaired")
	}
}

// The provider prints "[secret] => [secret]". The program prints what differs,
// without a value or a comment of the live side.
func TestReadableDiffs(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	by := "# " + marker + "-in-a-comment\nvalues:\n  app:\n    openai_api_key: " + marker + "-overrides\n  list:\n    - " + marker + "-in-a-list\n"
	if err := w.Sandbox.SetDefinition(environmentName, by, "somebody"); err != nil {
		t.Fatal(err)
	}
	text, _ := w.Sandbox.File(fixture.WorkflowPath)
	w.Sandbox.WriteFile(fixture.WorkflowPath, strings.Replace(text, "timeout-minutes: 15", "timeout-minutes: 99", 1), "somebody")
	out := w.preview()
	w.contains(out,
		"--- live/"+environmentName, "-# [value]", "-    openai_api_key: [value]", "-    - [value]",
		"+imports:", "+  - default/production-store",
		"-    timeout-minutes: 99", "+    timeout-minutes: 15")
	if strings.Contains(out, marker) {
		t.Errorf("a value is shown:\n%s", out)
	}
	w.up()
	w.clean()
}
