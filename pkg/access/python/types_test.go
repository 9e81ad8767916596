package python_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
)

const rightCalls = `from __future__ import annotations
from typing import cast
from backend.core.auto_esc_config import KEYS, Key, configure, get_config_value

known: str = get_config_value("openai_api_key")
optional: str | None = get_config_value("openai_api_key", None)
every: list[str] = [get_config_value(key) for key in KEYS]
configure(values={"openai_api_key": "fake"}, fallback={"a": "b"}.get)

def computed(name: str) -> str:
    return get_config_value(cast(Key, name))
`

// A type checker accepts the files and finds a wrong key.
func TestTypes(t *testing.T) {
	for name, args := range map[string][]string{
		"pyright": nil,
		"mypy":    {"--strict", "--explicit-package-bases", "--cache-dir=/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("no %s on PATH: the types of the Python module are not checked by it", name)
			}
			checkTypes(t, func(dir string, files ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), path, append(args, files...)...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				return string(out), err
			})
		})
	}
}

func checkTypes(t *testing.T, check func(dir string, files ...string) (string, error)) {
	t.Helper()
	p := newProject(t)
	p.write(t, "right.py", rightCalls)
	if out, err := check(p.dir, python.ModulePath, "right.py"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var wrong []string
	for file, call := range map[string]string{
		"a_wrong_key.py":    `get_config_value("openai_api_kye")`,
		"no_key.py":         `get_config_value(None)`,
		"a_computed_key.py": `get_config_value("openai" + str(1))`,
		"a_wrong_type.py":   `number: int = get_config_value("openai_api_key")`,
	} {
		p.write(t, file, rightCalls+call+"\n")
		wrong = append(wrong, file)
	}
	out, _ := check(p.dir, wrong...)
	for _, file := range wrong {
		if line := 1 + strings.Count(rightCalls, "\n"); !strings.Contains(out, fmt.Sprintf("%s:%d:", file, line)) {
			t.Errorf("%s was not found:\n%s", file, out)
		}
	}
}
