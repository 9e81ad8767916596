package workflow

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// fakeGH keeps issues as files of $ISSUES: NUMBER holds the title and then the
// body. It prints the numbers of those of $TITLE, as --jq would, and fails in a
// repository without issues.
const fakeGH = `#!/bin/bash
set -eu
[ -d "$ISSUES" ] || { echo "gh: Issues are disabled for this repo (HTTP 410)" >&2; exit 1; }
[ "$GH_TOKEN" = job-token ] || exit 4
method=GET path="" title="" body="" state=""
shift # api
while [ $# -gt 0 ]; do
  case $1 in
    --method) method=$2; shift ;;
    --jq) shift ;;
    --field) [ "${2%%=*}" = body ]; body=$(cat "${2#body=@}"); shift ;;
    --raw-field) case $2 in title=*) title=${2#title=} ;; state=*) state=${2#state=} ;; *) exit 5 ;; esac; shift ;;
    --*) ;;
    *) path=$1 ;;
  esac
  shift
done
case "$method $path" in
  "GET repos/acme/platform/issues?state=open&per_page=100")
    for f in $(ls "$ISSUES" | sort -nr); do [ "$(head -n 1 "$ISSUES/$f")" != "$TITLE" ] || echo "$f"; done ;;
  "POST repos/acme/platform/issues") printf '%s\n%s\n' "$title" "$body" > "$ISSUES/$(($(ls "$ISSUES" | wc -l) + 1))" ;;
  "PATCH repos/acme/platform/issues/"*)
    f=$ISSUES/${path##*/}
    printf '%s\n%s\n' "$(head -n 1 "$f")" "$body" > "$f"
    if [ "$state" = closed ]; then mv "$f" "$CLOSED/$(ls "$CLOSED" | wc -l)"; fi ;;
  *) echo "unexpected $method $path" >&2; exit 6 ;;
esac
`

// fakeSecretctl ends as $CODES says, such as verify=1.
const fakeSecretctl = `#!/bin/bash
for pair in $CODES; do [ "${pair%=*}" != "$1" ] || code=${pair#*=}; done
[ "${code:-0}" -gt 1 ] && echo "error: no answer for $1" >&2 || echo "$1 says ${code:-0} as ${*: -1}"
exit "${code:-0}"
`

// maintained is the machine of a run.
type maintained struct {
	*testing.T
	temp, issues, closed, summary string
}

func newMaintained(t *testing.T) *maintained {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the runner is Linux")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	m := &maintained{t, filepath.Join(dir, "temp"), filepath.Join(dir, "issues"), filepath.Join(dir, "closed"), filepath.Join(dir, "summary")}
	for _, folder := range []string{m.temp, m.issues, m.closed} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"gh": fakeGH, "secretctl": fakeSecretctl} {
		if err := os.WriteFile(filepath.Join(m.temp, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// run runs the scripts of the workflow one after the other, with the secrets that
// reach the job, as the runner does. It reports whether the job succeeds.
func (m *maintained) run(codes string, skip ...string) (string, bool) {
	m.Helper()
	for _, left := range []string{"verify", "status", "rotation"} {
		_ = os.Remove(filepath.Join(m.temp, left+".code"))
	}
	var printed strings.Builder
	for _, step := range parse(m.T, production(m.T).maintenance()).Jobs["maintenance"].Steps {
		if step.Run == "" || step.Name == "Build secretctl" || slices.Contains(skip, step.Name) {
			continue
		}
		cmd := exec.CommandContext(m.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		cmd.Dir = m.TempDir()
		cmd.Env = append(os.Environ(), "PATH="+m.temp+":"+os.Getenv("PATH"), "CODES="+codes, "ISSUES="+m.issues, "CLOSED="+m.closed,
			"RUNNER_TEMP="+m.temp, "GITHUB_WORKSPACE="+cmd.Dir, "GITHUB_STEP_SUMMARY="+m.summary, "GH_TOKEN=job-token",
			"GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=acme/platform", "GITHUB_RUN_ID=7")
		out, err := cmd.CombinedOutput()
		printed.Write(out)
		if err != nil {
			return printed.String(), false
		}
	}
	return printed.String(), true
}

// texts are the files of a folder, joined.
func (m *maintained) texts(folder string) []string {
	m.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		m.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			m.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// An issue for each command is opened once, updated, and closed; a healthy run
// leaves none.
func TestReportLifeOfAnIssue(t *testing.T) {
	m := newMaintained(t)
	if out, ok := m.run(""); !ok || len(m.texts(m.issues)) != 0 {
		t.Fatalf("a healthy run: %v, issues %q\n%s", ok, m.texts(m.issues), out)
	}
	for range 2 { // the second time it is updated
		if out, ok := m.run("verify=1 status=1"); ok {
			t.Fatalf("a run with findings succeeds\n%s", out)
		}
		if all := m.texts(m.issues); len(all) != 2 || !strings.HasPrefix(all[0], "secretctl verify: "+fixture.Environment+"\nverify says 1 as markdown\n") {
			t.Fatalf("issues %q", all)
		}
	}
	if out, ok := m.run("status=1"); ok || len(m.texts(m.issues)) != 1 || len(m.texts(m.closed)) != 1 {
		t.Fatalf("verify is fine again: %v, open %q, closed %q\n%s", ok, m.texts(m.issues), m.texts(m.closed), out)
	}
	if out, ok := m.run(""); !ok || len(m.texts(m.issues)) != 0 {
		t.Fatalf("all is fine again: %v, %q\n%s", ok, m.texts(m.issues), out)
	}
	summary, _ := os.ReadFile(m.summary)
	if n := strings.Count(string(summary), "## secretctl "); n != 5*3 {
		t.Errorf("%d parts in the summaries of five runs:\n%s", n, summary)
	}
}

// What could not be told closes nothing, is no green run, and says so.
func TestReportUnknown(t *testing.T) {
	for _, code := range []int{2, 3, 137} {
		m := newMaintained(t)
		if _, ok := m.run("status=1"); ok {
			t.Fatal("findings succeed")
		}
		out, ok := m.run(fmt.Sprintf("status=%d", code))
		all := m.texts(m.issues)
		if ok || len(all) != 1 || len(m.texts(m.closed)) != 0 {
			t.Fatalf("exit code %d: %v, open %q\n%s", code, ok, all, out)
		}
		for _, want := range []string{"**Unknown:** `secretctl status` could not tell", "    error: no answer for status", "`SECRETS_STATUS_TOKEN`"} {
			if !strings.Contains(all[0], want) {
				t.Errorf("exit code %d: no %q in %s", code, want, all[0])
			}
		}
	}
}

// Without its part a weekly run says nothing about rotation, and closes nothing.
func TestReportWeekly(t *testing.T) {
	m := newMaintained(t)
	m.run("rotation=1")
	if out, ok := m.run("", "Rotation"); !ok || len(m.texts(m.issues)) != 1 {
		t.Errorf("%v, %q\n%s", ok, m.texts(m.issues), out)
	}
}

// An issue that cannot be written is a failed run, not a silent one.
func TestReportWithoutIssues(t *testing.T) {
	m := newMaintained(t)
	if err := os.Remove(m.issues); err != nil {
		t.Fatal(err)
	}
	if out, ok := m.run(""); ok || !strings.Contains(out, "Issues are disabled") {
		t.Errorf("%v\n%s", ok, out)
	}
}

// The page is there when status could tell, and only then.
func TestReportPage(t *testing.T) {
	for codes, want := range map[string]string{"": "status says 0 as html\n", "status=1": "status says 1 as html\n", "status=3": ""} {
		m := newMaintained(t)
		m.run(codes)
		page, _ := os.ReadFile(filepath.Join(m.temp, "status.html"))
		if string(page) != want {
			t.Errorf("%q: %q", codes, page)
		}
	}
}

// Issues of people, and pull requests of the same title, are left alone: the query
// runs on what GitHub answers.
func TestReportQuery(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("no jq")
	}
	text := production(t).maintenance()
	_, rest, _ := strings.Cut(text, "--jq '")
	query, _, _ := strings.Cut(rest, "'")
	type user struct {
		Login string `json:"login"`
	}
	type issue struct {
		Number int    `json:"number"`
		Title  string `json:"title"`
		User   user   `json:"user"`
	}
	answer, err := json.Marshal([]issue{
		{1, "T", user{"mallory"}}, {2, "T", user{"github-actions[bot]"}}, {3, "T: more", user{"github-actions[bot]"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), jq, query)
	cmd.Env, cmd.Stdin = append(os.Environ(), "TITLE=T"), strings.NewReader(string(answer))
	if out, err := cmd.Output(); err != nil || string(out) != "2\n" {
		t.Errorf("%v: %q", err, out)
	}
}
