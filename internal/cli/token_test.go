package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
)

// A token out of a file ends with a newline. It used to work in get alone; sync,
// status and adopt failed after four tries.
func TestATokenWithANewline(t *testing.T) {
	for _, command := range []string{"get plain", "sync", "status", "adopt"} {
		s := serveValues(t)
		var out bytes.Buffer
		c := &cli.CLI{Stdout: &out, Stderr: &out, Lookup: func(name string) (string, bool) {
			text, ok := map[string]string{
				"PULUMI_ACCESS_TOKEN": s.Tokens().Pulumi + "\n", "PULUMI_API": s.PulumiURL(),
				"GITHUB_TOKEN": s.Tokens().GitHub + "\n", "GITHUB_API_URL": s.GitHubAPI(),
			}[name]
			return text, ok
		}}
		c.Main(t.Context(), append(strings.Fields(command), "--catalog", catalogFolder(t)))
		for _, r := range s.Requests() {
			if r.Status == 401 {
				t.Errorf("%s: a token was not known", command)
			}
		}
		if len(s.Requests()) == 0 || strings.Contains(out.String(), "header") {
			t.Errorf("%s: %d requests:\n%s", command, len(s.Requests()), out.String())
		}
	}
}
