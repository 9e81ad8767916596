package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// runWorld is a sandbox with values, and a folder with a catalog.
type runWorld struct {
	*testing.T
	box            *sandbox.Server
	catalog        string
	environ        []string
	stdin          string
	stdout, stderr bytes.Buffer
}

func newRunWorld(t *testing.T, values string, entries ...string) *runWorld {
	t.Helper()
	w := &runWorld{T: t, catalog: catalogFolder(t), environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=/nowhere"}}
	var err error
	if w.box, err = sandbox.Start(sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.box.Close() })
	if err := w.box.CreateEnvironment(fixture.Environment, "pipeline"); err != nil {
		t.Fatal(err)
	}
	if err := w.box.SetDefinition(fixture.Environment, "values: {app: {"+values+"}}\n", "pipeline"); err != nil {
		t.Fatal(err)
	}
	text := "secrets:\n  - " + strings.Join(entries, "\n  - ") + "\n"
	if err := os.WriteFile(w.catalog, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *runWorld) run(args ...string) int {
	w.stdout.Reset()
	w.stderr.Reset()
	c := &cli.CLI{
		Stdin: strings.NewReader(w.stdin), Stdout: &w.stdout, Stderr: &w.stderr,
		Environ: func() []string { return w.environ },
		Lookup: func(name string) (string, bool) {
			text, ok := map[string]string{"PULUMI_ACCESS_TOKEN": w.box.Tokens().PulumiOpener, "PULUMI_API": w.box.PulumiURL()}[name]
			return text, ok
		},
	}
	return c.Main(w.Context(), append([]string{"--catalog", w.catalog, "run"}, args...))
}

func (w *runWorld) want(code int, stdout, stderr string, args ...string) {
	w.Helper()
	if got := w.run(args...); got != code || w.stdout.String() != stdout || w.stderr.String() != stderr {
		w.Errorf("%q: exit %d, stdout %q, stderr %q\nwant %d, %q, %q", args, got, w.stdout.String(), w.stderr.String(), code, stdout, stderr)
	}
}

const (
	aAndB      = "a: {'fn::secret': one}, b_key: {'fn::fromBase64': {'fn::secret': dHdvCmxpbmVzCg==}}" // "two\nlines\n"
	entryA     = "{name: A}"
	entryB     = "{name: B, key: [b_key, b_old]}"
	printAandB = `printf '%s|%s' "$A" "$B"`
)

func TestRun(t *testing.T) {
	w := newRunWorld(t, aAndB, entryA, entryB, "{name: C, required: false}")
	w.want(0, "one|two\nlines\n", "", "--", "sh", "-c", printAandB)
	w.want(0, "one|two\nlines\n", "", "sh", "-c", printAandB)
	w.want(0, "one|", "", "--only", "a", "--", "sh", "-c", printAandB)
	w.want(0, "|two\nlines\n", "", "--only", "b_old,b_key", "--", "sh", "-c", printAandB)
	w.want(0, "unset|/nowhere", "", "--", "sh", "-c", `printf '%s|%s' "${C-unset}" "$HOME"`)
	w.want(7, "", "said\n", "--", "sh", "-c", "echo said >&2; exit 7")
	w.want(128+int(syscall.SIGKILL), "", "", "--", "sh", "-c", "kill -KILL $$")
	w.stdin = "typed\n"
	w.want(0, "typed\n", "", "--", "cat")
	w.environ = append(w.environ, "A=mine", "A_MORE=too")
	w.want(0, "one|too", "", "--", "sh", "-c", `printf '%s|%s' "$A" "$A_MORE"`)
	w.want(0, "mine|two\nlines\n", "", "--keep", "--", "sh", "-c", printAandB)
}

// Neither the command line of the command nor that of secretctl has a value, and no
// file does: temporary folder, working directory and home stay empty.
func TestRunLeavesNothing(t *testing.T) {
	w := newRunWorld(t, "a: {'fn::secret': m4rk3r-of-the-test}", entryA)
	folder := t.TempDir()
	t.Chdir(folder)
	t.Setenv("TMPDIR", folder)
	w.environ = append(w.environ, "HOME="+folder, "TMPDIR="+folder)
	const look = `cat "/proc/$$/cmdline" "/proc/$PPID/cmdline" | tr '\0' ' ' | grep -c "m4rk[3]r"; ls -A`
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("no /proc here")
	}
	w.want(0, "0\n", "", "--", "sh", "-c", look)
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The environment is opened once, whatever the number of values, and no token is
// among the variables that was not there.
func TestRunOpensOnce(t *testing.T) {
	w := newRunWorld(t, aAndB, entryA, entryB)
	if code := w.run("--", "env"); code != 0 || len(w.box.Requests()) != 2 {
		t.Errorf("exit %d, %d requests, want 2: %s", code, len(w.box.Requests()), w.stderr.String())
	}
	if strings.Contains(w.stdout.String(), w.box.Tokens().PulumiOpener) {
		t.Error("the command got the token")
	}
}

// The command does not start without its values.
func TestRunRefusals(t *testing.T) {
	w := newRunWorld(t, aAndB+", empty: {'fn::secret': ''}", entryA, entryB, "{name: EMPTY}", "{name: GONE}", "{name: C, required: false}")
	mark := filepath.Join(t.TempDir(), "started")
	touch := []string{"--", "touch", mark}
	w.want(1, "", "error: no value for empty, gone\nhint: secretctl status\n", touch...)
	w.want(1, "", "error: no value for c\nhint: secretctl status\n", append([]string{"--only", "c"}, touch...)...)
	w.want(2, "", "error: --only names \"nope\", which is no key of the catalog\nhint: secretctl list\n", append([]string{"--only", "a,nope"}, touch...)...)
	w.want(2, "", "error: --only is empty: leave it out for all keys\nhint: secretctl --help\n", append([]string{"--only", ""}, touch...)...)
	w.want(2, "", "error: requires at least 1 arg(s), only received 0\nhint: secretctl --help\n")
	w.want(3, "", "error: starting the command: exec: \"no-such-command\": executable file not found in $PATH\n", "--", "no-such-command")
	w.box.Inject(sandbox.Fault{Status: 501})
	w.want(3, "", "error: opening environment "+fixture.Environment+": 501 Not Implemented: see https://status.pulumi.com, then try again\n", append([]string{"--only", "a"}, touch...)...)
	if _, err := os.Stat(mark); err == nil {
		t.Error("the command was started")
	}
}

// What Linux does not take is refused in our words; what it just takes works.
func TestRunSizes(t *testing.T) {
	value := func(n int) string { return "{'fn::secret': '" + strings.Repeat("k", n) + "'}" }
	const most = 128*1024 - len("A=") - 1
	w := newRunWorld(t, "a: "+value(most), entryA)
	w.want(0, fmt.Sprint(most), "", "--", "sh", "-c", `printf '%s' ${#A}`)
	w = newRunWorld(t, "a: "+value(most+1), entryA)
	w.want(3, "", fmt.Sprintf("error: A has %d bytes, and a variable may have 131072: leave it out with --only\n", most+1), "--", "true")
	var values, entries []string
	for i := range 40 {
		values = append(values, fmt.Sprintf("s%d: %s", i, value(48*1024)))
		entries = append(entries, fmt.Sprintf("{name: S%d}", i))
	}
	w = newRunWorld(t, strings.Join(values, ", "), entries...)
	if code := w.run("--", "true"); code != 3 || !strings.Contains(w.stderr.String(), "over the 1572864 that a process can safely be given: pass fewer keys with --only\n") {
		t.Errorf("exit %d: %s", code, w.stderr.String())
	}
	if code := w.run("--only", "s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11,s12,s13,s14,s15,s16,s17,s18,s19,s20,s21,s22,s23,s24,s25,s26,s27,s28,s29,s30", "--", "true"); code != 0 {
		t.Errorf("31 of them: exit %d: %s", code, w.stderr.String())
	}
	w = newRunWorld(t, "a: {'fn::fromBase64': {'fn::secret': YQBi}}", entryA)
	w.want(3, "", "error: A holds a zero byte, which no variable can: leave it out with --only\n", "--", "true")
}

// The command gets the signals, and its way to end is secretctl's.
func TestRunPassesSignals(t *testing.T) {
	guard := make(chan os.Signal, 8) // or a signal too early would end the test
	signal.Notify(guard, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1)
	defer signal.Stop(guard)
	for _, tc := range []struct {
		signal syscall.Signal
		trap   string
		code   int
	}{
		{syscall.SIGTERM, `trap 'exit 9' TERM; `, 9},
		{syscall.SIGINT, `trap 'exit 8' INT; `, 8},
		{syscall.SIGHUP, `trap 'exit 7' HUP; `, 7},
		{syscall.SIGUSR1, `trap 'exit 6' USR1; `, 6}, // such as "open your log again"
		{syscall.SIGTERM, "", 128 + int(syscall.SIGTERM)},
	} {
		w := newRunWorld(t, aAndB, entryA, entryB)
		w.environ = append(w.environ, fmt.Sprintf("PARENT=%d", os.Getpid()), fmt.Sprintf("SIGNAL=%d", tc.signal))
		script := tc.trap + `kill -"$SIGNAL" "$PARENT"; i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done`
		w.want(tc.code, "", "", "--", "sh", "-c", script)
	}
}
