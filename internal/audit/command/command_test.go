package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"secretaudit": func() { os.Exit(New().Main(context.Background(), os.Args[1:])) },
	})
}

// token is a credential that no service ever gave out: of GitHub's form, and random.
func token(t *testing.T) string {
	t.Helper()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	raw := make([]byte, 36)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return "ghp_" + string(raw)
}

// TestScripts runs secretaudit as a person would. A script may plant a generated
// credential: "plant FILE" appends it as a line; "leaks FILE" fails if a part of it
// is there. "valid FILE" holds a log to the schema of SARIF.
func TestScripts(t *testing.T) {
	planted := token(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/scripts",
		UpdateScripts:       os.Getenv("UPDATE") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"plant": func(ts *testscript.TestScript, _ bool, args []string) {
				f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
				ts.Check(err)
				_, err = f.WriteString("github = \"" + planted + "\"\n")
				ts.Check(errors.Join(err, f.Close()))
			},
			"leaks": func(ts *testscript.TestScript, negated bool, args []string) {
				text := ts.ReadFile(args[0])
				for i := 0; i+6 <= len(planted); i++ {
					if strings.Contains(text, planted[i:i+6]) != negated {
						continue
					}
					ts.Fatalf("a part of the credential is in %s", args[0])
				}
			},
			"valid": func(ts *testscript.TestScript, _ bool, args []string) {
				log, err := sarif.FromString(ts.ReadFile(args[0]), sarif.WithStrictValidation())
				ts.Check(err)
				ts.Check(log.Validate())
			},
		},
	})
}

func exits(ts *testscript.TestScript, negated bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if negated || got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// The schema refuses what is no log, so that a valid one says something.
func TestSchemaRefuses(t *testing.T) {
	log, err := sarif.FromString(`{"version": "2.1.0", "runs": [{"results": []}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if log.Validate() == nil {
		t.Error("a run without a tool is valid")
	}
}

// Every rule is found in the tree of the scripts, explained and documented.
func TestRules(t *testing.T) {
	tree, err := os.ReadFile(filepath.Join("testdata", "scripts", "findings.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	example, err := txtar.ParseFile(filepath.Join("testdata", "scripts", "docs.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range example.Files {
		if text, _ := strings.CutPrefix(string(f.Data), "# Who"); strings.HasSuffix(f.Name, ".want") && !bytes.Contains(all, []byte(text[max(0, strings.Index(text, "repositories:")):])) {
			t.Errorf("docs/audit.md has not the %s of docs.txtar", f.Name)
		}
	}
	for _, r := range finding.Rules {
		if r.Name != rule.Baseline && !bytes.Contains(tree, []byte("["+r.Name+"]")) {
			t.Errorf("%s is not in findings.txtar", r.Name)
		}
		row := fmt.Sprintf("| `%s` | %s |", r.Name, r.Finds)
		if !bytes.Contains(all, []byte(row)) {
			t.Errorf("docs/audit.md has no row %s", row)
		}
		var out bytes.Buffer
		c := &Command{Stdout: &out, Stderr: &out}
		if code := c.Main(t.Context(), []string{"explain", r.Name}); code != 0 || !strings.Contains(out.String(), "Fix: ") {
			t.Errorf("explain %s: %d: %s", r.Name, code, &out)
		}
	}
}
