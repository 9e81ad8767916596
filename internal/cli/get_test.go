package cli_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const getEnvironment = fixture.Environment

// getCase is one run of secretctl get; token "" is one that may open.
type getCase struct {
	args           []string
	terminal       bool
	token          func(sandbox.Tokens) string
	fault          sandbox.Fault
	code           int
	stdout, stderr string
}

func TestGet(t *testing.T) {
	none := func(sandbox.Tokens) string { return "" }
	wrong := func(sandbox.Tokens) string { return "pul-0123456789" }
	reader := func(t sandbox.Tokens) string { return t.PulumiReader }
	for name, c := range map[string]getCase{
		"the value and nothing else":   {args: []string{"plain"}, stdout: "a&b <c>"},
		"a newline on a terminal":      {args: []string{"plain"}, terminal: true, stdout: "a&b <c>\n"},
		"a final newline stays":        {args: []string{"lines"}, stdout: "one\r\ntwo\n"},
		"one newline on a terminal":    {args: []string{"lines"}, terminal: true, stdout: "one\r\ntwo\n"},
		"another environment":          {args: []string{"other", "--environment", "acme-cloud/default/other"}, stdout: "x"},
		"another root key":             {args: []string{"key", "--root-key", "elsewhere"}, stdout: "y"},
		"the nearest key":              {args: []string{"snowflake_user"}, code: 1, stderr: "error: no value for key \"snowflake_user\": did you mean \"snowflake_username\"?\nhint: secretctl get snowflake_username\n"},
		"a key of the catalog":         {args: []string{"openai_api_key"}, code: 1, stderr: "error: no value for key \"openai_api_key\"\nhint: secretctl status\n"},
		"a key like no other":          {args: []string{"unheard_of"}, code: 1, stderr: "error: no value for key \"unheard_of\"\nhint: secretctl list\n"},
		"no key":                       {code: 2, stderr: "error: accepts 1 arg(s), received 0\nhint: secretctl --help\n"},
		"a name that is none":          {args: []string{"plain", "--environment", "x"}, code: 2, stderr: "error: environment \"x\" is not of the form ORG/PROJECT/ENV\nhint: secretctl --help\n"},
		"an empty name":                {args: []string{"plain", "--environment", ""}, code: 2, stderr: "error: --environment is empty: leave it out to take the stack's\nhint: secretctl --help\n"},
		"an empty root key":            {args: []string{"plain", "--root-key="}, code: 2, stderr: "error: --root-key is empty: leave it out to take the stack's\nhint: secretctl --help\n"},
		"a root key that is none":      {args: []string{"plain", "--root-key", "a.b"}, code: 2, stderr: "error: root key \"a.b\" must be lower case letters, digits and _, without a leading digit\nhint: secretctl --help\n"},
		"no token":                     {args: []string{"plain"}, token: none, code: 3, stderr: "error: PULUMI_ACCESS_TOKEN is not set\nhint: export PULUMI_ACCESS_TOKEN=...\n"},
		"a token that is wrong":        {args: []string{"plain"}, token: wrong, code: 3, stderr: "error: opening environment " + getEnvironment + ": 401 Unauthorized: the Pulumi access token is missing, wrong or expired: set PULUMI_ACCESS_TOKEN to a token that works\nhint: export PULUMI_ACCESS_TOKEN=...\n"},
		"a token that may not open":    {args: []string{"plain"}, token: reader, code: 3, stderr: "error: opening environment " + getEnvironment + ": 403 Forbidden: the Pulumi access token lacks the permission environment:open: let the token's team or role open the environment\n"},
		"a service that does not work": {args: []string{"plain"}, fault: sandbox.Fault{Status: 501}, code: 3, stderr: "error: opening environment " + getEnvironment + ": 501 Not Implemented: see https://status.pulumi.com, then try again\n"},
	} {
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

func (c getCase) run(t *testing.T) {
	s := serveValues(t)
	if c.fault.Status != 0 {
		s.Inject(c.fault)
	}
	token := s.Tokens().PulumiOpener
	if c.token != nil {
		token = c.token(s.Tokens())
	}
	var stdout, stderr bytes.Buffer
	command := &cli.CLI{Stdout: &stdout, Stderr: &stderr, Terminal: c.terminal, Lookup: func(name string) (string, bool) {
		text, ok := map[string]string{"PULUMI_ACCESS_TOKEN": token, "PULUMI_API": s.PulumiURL()}[name]
		return text, ok
	}}
	code := command.Main(t.Context(), append([]string{"get", "--catalog", catalogFolder(t)}, c.args...))
	if code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
		t.Errorf("exit %d, stdout %q, stderr %q\nwant %d, %q, %q", code, stdout.String(), stderr.String(), c.code, c.stdout, c.stderr)
	}
}

// serveValues starts a sandbox with two environments that hold values.
func serveValues(t *testing.T) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	lines := base64.StdEncoding.EncodeToString([]byte("one\r\ntwo\n"))
	for name, values := range map[string]string{
		getEnvironment:             fmt.Sprintf(`{app: {plain: {"fn::secret": "a&b <c>"}, snowflake_username: u, lines: {"fn::fromBase64": {"fn::secret": %q}}}, elsewhere: {key: y}}`, lines),
		"acme-cloud/default/other": `{app: {other: {"fn::secret": x}}}`,
	} {
		if err := s.CreateEnvironment(name, "pipeline"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetDefinition(name, "values: "+values+"\n", "pipeline"); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// catalogFolder is a folder with the files of the fixture, and the path of the
// catalog.
func catalogFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := fixture.Write(dir); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "catalog.yaml")
}
