package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// appTokenWorld runs app-token in a checkout of the fixture, against a sandbox.
func appTokenWorld(t *testing.T, change map[string]string, args ...string) (code int, output, stdout, stderr string) {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	id, key := box.App()
	dir := t.TempDir()
	if err := fixture.Write(dir); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{
		"APP_ID": id, "APP_PRIVATE_KEY": key, "GITHUB_API_URL": box.GitHubAPI(), "GITHUB_OUTPUT": filepath.Join(dir, "outputs"),
	}
	for name, text := range change {
		variables[name] = text
	}
	var out, errs bytes.Buffer
	c := &cli.CLI{Stdout: &out, Stderr: &errs, Lookup: func(name string) (string, bool) {
		text, ok := variables[name]
		return text, ok
	}}
	code = c.Main(t.Context(), append([]string{"app-token", "--catalog", filepath.Join(dir, "catalog.yaml")}, args...))
	text, _ := os.ReadFile(variables["GITHUB_OUTPUT"])
	if strings.Contains(out.String()+errs.String(), "BEGIN") {
		t.Errorf("the key is printed:\n%s%s", out.String(), errs.String())
	}
	return code, string(text), out.String(), errs.String()
}

func TestAppToken(t *testing.T) {
	code, output, stdout, stderr := appTokenWorld(t, nil)
	token, ok := strings.CutPrefix(strings.TrimSuffix(output, "\n"), "token=")
	if code != 0 || !ok || token == "" || stderr != "" {
		t.Fatalf("exit %d, outputs %q, %q", code, output, stderr)
	}
	if stdout != "::add-mask::"+token+"\n" {
		t.Errorf("stdout %q: want the mask and nothing else", stdout)
	}
}

func TestAppTokenCouldNot(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change map[string]string
		want   string
	}{
		{"nothing is set", map[string]string{"APP_ID": "", "APP_PRIVATE_KEY": " \n", "GITHUB_OUTPUT": ""}, "error: not set: GITHUB_OUTPUT, APP_ID, APP_PRIVATE_KEY; "},
		{"the secret is missing", map[string]string{"APP_PRIVATE_KEY": ""}, "error: not set: APP_PRIVATE_KEY; "},
		{"another App", map[string]string{"APP_ID": "77"}, "error: finding the installation of the App 77 in acme: 401: APP_ID and APP_PRIVATE_KEY do not belong together\n"},
		{"no outputs", map[string]string{"GITHUB_OUTPUT": "/nowhere/outputs"}, "error: opening the outputs of the step: "},
	} {
		code, output, _, stderr := appTokenWorld(t, tc.change)
		if code != 3 || output != "" || !strings.Contains(stderr, tc.want) {
			t.Errorf("%s: exit %d, outputs %q, %q, want 3 and %q", tc.name, code, output, stderr, tc.want)
		}
	}
}
