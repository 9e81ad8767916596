package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// choreWorld is a stack that is up and synced, with GitHub's jobs.
type choreWorld struct {
	*syncWorld
	catalog *secrets.Catalog
	stdin   string
	ask     cli.Ask
	environ []string
	mu      sync.Mutex // guards the runs of jobs
	idle    bool       // pushes start no job

	conclusion string // of every run of a job; "" leaves it running
}

func newChoreWorld(t *testing.T, text string) *choreWorld {
	t.Helper()
	w := &choreWorld{syncWorld: newSyncWorld(t, "A")}
	w.box.SetClock(time.Now().Add(-72 * time.Hour))
	w.push(text)
	w.job["GITHUB_TOKEN"], w.job["GITHUB_API_URL"] = w.box.Tokens().GitHub, w.box.GitHubAPI()
	if err := w.box.SetSecret("PULUMI_ACCESS_TOKEN", w.box.Tokens().Pulumi, "private"); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.catalog.Secrets {
		if err := w.box.SetSecret(s.GitHubName, w.value("first-M"), "private"); err != nil {
			t.Fatal(err)
		}
	}
	w.box.WriteFile(fixture.WorkflowPath, workflow.Render(fixture.Stack(), w.catalog), "pipeline")
	w.box.WriteFile(fixture.MaintenancePath, workflow.RenderMaintenance(fixture.Stack(), w.catalog), "pipeline")
	w.mark(1)
	if code, said := w.runJob(); code != 0 {
		t.Fatalf("the first sync exits %d\n%s", code, said)
	}
	w.box.Advance(24 * time.Hour)
	w.jobs()
	return w
}

// push makes text the catalog, here and in the repository.
func (w *choreWorld) push(text string) {
	w.Helper()
	w.file("catalog.yaml", text)
	w.box.WriteFile("catalog.yaml", text, "ana")
	var problems []secrets.Problem
	if w.catalog, problems = secrets.Parse("catalog.yaml", []byte(text)); problems != nil {
		w.Fatal(problems)
	}
}

// mark commits what up would.
func (w *choreWorld) mark(serial int) {
	m := workflow.Mark{Serial: serial, Store: "id", Catalog: w.catalog.Digest(), Sources: workflow.Sources{}}
	for _, name := range w.catalog.Sources() {
		if _, info, ok := w.box.Secret(name); ok {
			m.Sources[workflow.Source{Level: workflow.Organization, Name: name}] = info.UpdatedAt.UTC().Format(time.RFC3339)
		}
	}
	w.box.WriteFile(fixture.MarkPath, workflow.RenderMark(m), "pipeline")
}

// jobs runs the sync after each push of the mark and each start by hand.
func (w *choreWorld) jobs() {
	seen := func() int { return len(w.box.Commits(fixture.MarkPath)) + len(w.box.Dispatched()) }
	stop, ended, before := make(chan struct{}), make(chan struct{}), seen()
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if now := seen(); now != before {
				before = now
				w.mu.Lock()
				if !w.idle {
					w.runJob()
				}
				if w.conclusion != "" {
					w.box.FinishRuns(w.conclusion)
				}
				w.mu.Unlock()
			}
		}
	}()
	w.Cleanup(func() { close(stop); <-ended })
}

// runJob is the sync in a checkout, with the secrets of now.
func (w *choreWorld) runJob() (int, string) {
	dir, err := os.MkdirTemp(w.folder, "checkout-")
	if err != nil {
		return -1, err.Error()
	}
	for name, path := range map[string]string{"catalog.yaml": "catalog.yaml", "mark": fixture.MarkPath} {
		text, _ := w.box.File(path)
		_ = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
	}
	env := map[string]string{"PULUMI_API": w.box.PulumiURL(), "PULUMI_ACCESS_TOKEN": w.box.Tokens().Pulumi, "GITHUB_RUN_ID": "77"}
	values := w.box.JobEnvironment()
	for _, name := range w.catalog.Sources() {
		env[workflow.Variable(name)] = values[name]
	}
	var out bytes.Buffer
	c := &cli.CLI{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Lookup: func(name string) (string, bool) { text, ok := env[name]; return text, ok }}
	return c.Main(context.Background(), []string{"sync", "--catalog", filepath.Join(dir, "catalog.yaml"), "--mark", filepath.Join(dir, "mark"),
		"--environment", fixture.Environment, "--root-key", fixture.RootKey}), out.String()
}

func (w *choreWorld) secretctl(args ...string) ended {
	w.Helper()
	var stdout, stderr bytes.Buffer
	job := maps.Clone(w.job)
	c := &cli.CLI{Stdin: strings.NewReader(w.stdin), Stdout: &stdout, Stderr: &stderr, Ask: w.ask, Pause: 10 * time.Millisecond,
		Environ: func() []string { return w.environ },
		Lookup:  func(name string) (string, bool) { text, ok := job[name]; return text, ok }}
	code := c.Main(context.Background(), append(args, "--catalog", filepath.Join(w.folder, "catalog.yaml")))
	for _, marker := range w.markers {
		if strings.Contains(stdout.String()+stderr.String(), marker) {
			w.Errorf("%v shows a value:\n%s%s", args, stdout.String(), stderr.String())
		}
	}
	return ended{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func (w *choreWorld) wants(end ended, code int, want ...string) {
	w.Helper()
	if end.code != code {
		w.Errorf("exit %d, want %d\n%s%s", end.code, code, end.stdout, end.stderr)
	}
	for _, text := range want {
		if !strings.Contains(end.stdout+end.stderr, text) {
			w.Errorf("%q is missing in\n%s%s", text, end.stdout, end.stderr)
		}
	}
}

// quiet asserts that status finds no drift.
func (w *choreWorld) quiet() {
	w.Helper()
	w.wants(w.secretctl("status"), 0)
}

// at says where a value of BETA is: in GitHub, and with applications.
func (w *choreWorld) at(value string) string {
	text, _, _ := w.box.Secret("GH_BETA")
	return fmt.Sprintf("GitHub %v, applications %v", text == value, w.held(handMade)["beta"] == value)
}

const twoSecrets = "secrets:\n  - name: ALPHA\n    rotate_every: 90d\n  - name: BETA\n    github_name: GH_BETA\n    format: 'regex:.*first.*|.*next.*'\n"

// A new value arrives, with the access as it was, and everything is clean afterwards.
func TestRotate(t *testing.T) {
	for _, visibility := range []string{"private", "all", "selected"} {
		t.Run(visibility, func(t *testing.T) {
			w := newChoreWorld(t, twoSecrets)
			if err := w.box.SetVisibility("GH_BETA", visibility, sandbox.RepositoryID); err != nil {
				t.Fatal(err)
			}
			w.mark(2)
			w.mu.Lock()
			w.runJob()
			w.mu.Unlock()
			w.box.Advance(time.Hour)
			_, before, _ := w.box.Secret("GH_BETA")
			w.stdin = w.value("next-M") + "\n" // as printf and files end
			w.wants(w.secretctl("rotate", "BETA", "--dry-run"), 0, "would set organization secret GH_BETA (visibility "+visibility, "would move "+fixture.MarkPath)
			if got := w.at(strings.TrimSpace(w.stdin)); got != "GitHub false, applications false" {
				t.Errorf("a dry run: %s", got)
			}
			w.wants(w.secretctl("rotate", "BETA"), 0, "GitHub: organization secret GH_BETA", "serial 3 is pushed", "BETA: applications read the value from "+handMade)
			if got := w.at(strings.TrimSpace(w.stdin)); got != "GitHub true, applications true" {
				t.Error(got)
			}
			_, after, _ := w.box.Secret("GH_BETA")
			if after.Visibility != before.Visibility || len(after.Repositories) != len(before.Repositories) {
				t.Errorf("the access was %v, is %v", before, after)
			}
			w.quiet()
			w.wants(w.secretctl("verify"), 0)
			w.wants(w.secretctl("rotate", "BETA"), 3, "applications read this value of BETA already", "nothing was changed")
		})
	}
}

// Wherever a rotation stops, it says what every side holds, and that is true; the same
// command, or the hint, ends it.
func TestRotateThatStops(t *testing.T) {
	const reads = "GET"
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
		setup func(*choreWorld)
		code  int
		says  []string
		where string // the new value afterwards
		marks int    // commits of the mark
		again int    // the exit code of the same command without the fault
	}{
		{"GitHub is down", sandbox.Fault{Path: "/actions/secrets$", Status: 403}, nil, 3, []string{"403", "nothing was changed"}, "GitHub false, applications false", 0, 0},
		{"ESC cannot be opened", sandbox.Fault{Path: "/open$", Status: 403}, nil, 3, []string{"403", "nothing was changed"}, "GitHub false, applications false", 0, 0},
		{"no public key", sandbox.Fault{Path: "/public-key$", Status: 403}, nil, 3, []string{"403: GITHUB_TOKEN may not do this", "nothing was changed"}, "GitHub false, applications false", 0, 0},
		{"a refused write", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Status: 403}, nil, 3,
			[]string{"setting organization secret GH_BETA: 403", "nothing was changed", "hint: secretctl rotate BETA\n"}, "GitHub false, applications false", 0, 0},
		{"a write that is not confirmed", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Drop: true, After: true}, nil, 3,
			[]string{"GitHub may hold the new value of GH_BETA, and the store holds the old one", "hint: secretctl rotate BETA\n"}, "GitHub true, applications false", 0, 0},
		{"a write that does not arrive", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Drop: true}, nil, 3,
			[]string{"GitHub may hold the new value of GH_BETA, and the store holds the old one"}, "GitHub false, applications false", 0, 0},
		{"a lost answer", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Drop: true, After: true, Times: 1}, nil, 0, nil, "GitHub true, applications true", 1, 3},
		{"no date", sandbox.Fault{Method: reads, Path: "/orgs/.*/secrets/GH_BETA$", Status: 500, Skip: 1}, nil, 1,
			[]string{"GitHub does not show the new date yet; applications read the value, and the mark is as it was", "hint: pulumi up\n"}, "GitHub true, applications true", 0, 3},
		{"the mark is refused", sandbox.Fault{Method: http.MethodPut, Path: "/contents/", Status: 403}, nil, 3,
			[]string{"writing .github/secrets.mark of acme/platform: 403", "GitHub holds the new value, the mark is as it was, and the store held the old one", "hint: pulumi up\n"}, "GitHub true, applications false", 0, 0},
		{"a protected branch", sandbox.Fault{}, func(w *choreWorld) { w.box.SetManners(sandbox.Manners{Protected: true}) }, 3,
			[]string{"409", "its branch is protected", "GitHub holds the new value, the mark is as it was"}, "GitHub true, applications false", 0, -1},
		{"the mark's answer is lost", sandbox.Fault{Method: http.MethodPut, Path: "/contents/", Drop: true, After: true, Times: 1}, nil, 0, nil, "GitHub true, applications true", 1, 3},
		{"no job", sandbox.Fault{}, func(w *choreWorld) { w.idle = true }, 3,
			[]string{"the sync has not delivered BETA: not done after", "GitHub holds the new value, the mark has serial 2, and the store held the old one", "hint: gh run list --workflow sync_secrets.yml --repo acme/platform\n"}, "GitHub true, applications false", 1, -1},
		{"a job that fails", sandbox.Fault{}, func(w *choreWorld) { w.idle, w.conclusion = true, "failure" }, 3,
			[]string{"of .github/workflows/sync_secrets.yml ended with failure", "GitHub holds the new value, the mark has serial 2, and the store held the old one", "hint: gh run view"}, "GitHub true, applications false", 1, -1},
		{"an older job that failed", sandbox.Fault{}, (*choreWorld).failedBefore, 0, nil, "GitHub true, applications true", 1, 3},
		{"an older job that failed, not seen at first", sandbox.Fault{Path: "/runs", Status: 403, Times: 1}, (*choreWorld).failedBefore, 0, nil, "GitHub true, applications true", 1, 3},
		{"a job that may not be seen", sandbox.Fault{Path: "/runs", Status: 403}, nil, 0, nil, "GitHub true, applications true", 1, 3},
		{"the sync refuses it", sandbox.Fault{}, func(w *choreWorld) {
			w.box.WriteFile("catalog.yaml", strings.Replace(twoSecrets, ".*next.*", ".*else.*", 1), "eve")
		}, 3, []string{"the sync did not deliver GH_BETA: not of the format", "GitHub holds the new value, the mark has serial 2", "hint: secretctl status\n"}, "GitHub true, applications false", 1, -1},
		{"an override", sandbox.Fault{}, func(w *choreWorld) {
			if err := w.box.SetDefinition(handMade, store.EnvironmentText(mustEnvironment(handMade).Store())+"values:\n  app:\n    beta: x\n", "eve"); err != nil {
				w.Fatal(err)
			}
		}, 3, []string{"applications do not read the new value: " + handMade + " overrides it; GitHub and the store hold the new value, the mark has serial 2", "hint: secretctl verify\n"}, "GitHub true, applications false", 1, -1},
		{"lists that lag", sandbox.Fault{}, func(w *choreWorld) { w.box.SetManners(sandbox.Manners{DateLag: 100 * time.Millisecond}) }, 0, nil, "GitHub true, applications true", 1, 3},
		{"lists that flap", sandbox.Fault{}, func(w *choreWorld) { w.box.SetManners(sandbox.Manners{FlappingLists: true}) }, 0, nil, "GitHub true, applications true", 1, -1},
		{"the store cannot be read for a while", sandbox.Fault{Path: "production-store$", Status: 503, Skip: 4, Times: 2}, nil, 0, nil, "GitHub true, applications true", 1, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newChoreWorld(t, twoSecrets)
			if tc.setup != nil {
				tc.setup(w)
			}
			w.stdin = w.value("next-M")
			marks := len(w.box.Commits(fixture.MarkPath))
			remove := func() {}
			if tc.fault != (sandbox.Fault{}) {
				remove = w.box.Inject(tc.fault)
			}
			timeout := "2m"
			if tc.name == "no job" {
				timeout = "12s"
			}
			w.wants(w.secretctl("rotate", "BETA", "--timeout", timeout), tc.code, tc.says...)
			remove()
			if got := w.at(w.stdin); got != tc.where {
				t.Errorf("the new value: %s, want %s", got, tc.where)
			}
			if got := len(w.box.Commits(fixture.MarkPath)) - marks; got != tc.marks {
				t.Errorf("%d commits of the mark, want %d", got, tc.marks)
			}
			if tc.again < 0 {
				return
			}
			w.box.Advance(time.Hour)
			w.wants(w.secretctl("rotate", "BETA", "--timeout", "2m"), tc.again)
			if got := w.at(w.stdin); got != "GitHub true, applications true" {
				t.Errorf("after the same command: %s", got)
			}
			if tc.code != 1 { // there the mark waits for an up
				w.quiet()
			}
		})
	}
}

// failedBefore is a run that failed and stays the newest for a while: GitHub lists a
// push's run late.
func (w *choreWorld) failedBefore() {
	w.box.FinishRuns("failure")
	w.box.SetManners(sandbox.Manners{SilentPushes: true})
}

func mustEnvironment(text string) secrets.EnvironmentName {
	name, err := secrets.ParseEnvironmentName(text)
	if err != nil {
		panic(err)
	}
	return name
}

// A value that the sync would refuse is refused before anything is sent.
func TestRotateRefusals(t *testing.T) {
	w := newChoreWorld(t, twoSecrets)
	for _, tc := range []struct {
		stdin string
		args  []string
		code  int
		want  string
	}{
		{"", []string{"BETA"}, 3, "the new value of BETA is refused: empty; nothing was changed"},
		{" \n", []string{"BETA"}, 3, "is refused: blank"},
		{"CHANGEME", []string{"BETA"}, 3, `is refused: a placeholder ("changeme")`},
		{w.value("other-M"), []string{"BETA"}, 3, "is refused: not of the format regex:"},
		{"x", []string{"GH_BETA"}, 2, `"GH_BETA" is no secret of the catalog`},
		{"x", nil, 2, "accepts 1 arg(s)"},
		{"x", []string{"BETA", "--timeout", "0s"}, 2, "is not a time to wait"},
	} {
		w.stdin = tc.stdin
		w.box.ResetRequests()
		w.wants(w.secretctl(append([]string{"rotate"}, tc.args...)...), tc.code, tc.want)
		for _, r := range w.box.Requests() {
			if r.Method == http.MethodPut {
				t.Errorf("%v: PUT %s", tc.args, r.Path)
			}
		}
	}
	w.stdin = ""
	w.ask = func(_ context.Context, question string, hidden bool) (string, error) {
		if !hidden || question != "new value of ALPHA: " {
			t.Errorf("asked %q, hidden %v", question, hidden)
		}
		return w.value("next-M"), nil
	}
	w.wants(w.secretctl("rotate", "ALPHA"), 0, "ALPHA: applications read the value")
}

// A secret is set where the job receives it, under every name that it has.
func TestRotateAtItsLevel(t *testing.T) {
	w := newChoreWorld(t, "secrets:\n  - name: ALPHA\n    aliases: [OLD_ALPHA]\n")
	organization, _, _ := w.box.Secret("ALPHA")
	first := w.value("M")
	if err := w.box.SetRepositorySecret("ALPHA", first); err != nil {
		t.Fatal(err)
	}
	if err := w.box.SetSecret("OLD_ALPHA", first, "private"); err != nil {
		t.Fatal(err)
	}
	w.box.Advance(time.Hour)
	w.stdin = w.value("M")
	w.wants(w.secretctl("rotate", "ALPHA"), 0, "repository secret ALPHA is set", "organization secret OLD_ALPHA (visibility private) is set")
	job := w.box.JobEnvironment()
	if now, _, _ := w.box.Secret("ALPHA"); now != organization || job["ALPHA"] != w.stdin || job["OLD_ALPHA"] != w.stdin {
		t.Errorf("the organization's stays: %v, the job gets both: %v %v", now == organization, job["ALPHA"] == w.stdin, job["OLD_ALPHA"] == w.stdin)
	}
}
