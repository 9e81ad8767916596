package adopter

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// ciStep runs the scripts of the workflow that runs Pulumi, each as a runner would:
// bash with pipefail, the step's variables, the runner's files.
type ciStep struct {
	t     *testing.T
	dir   string // RUNNER_TEMP
	state ghState
	steps map[string]scriptedStep
}

type scriptedStep struct {
	Run string            `yaml:"run"`
	Env map[string]string `yaml:"env"`
}

func newCI(t *testing.T) *ciStep {
	t.Helper()
	stack := fixture.Stack()
	var file struct {
		Env  map[string]string
		Jobs map[string]struct {
			Steps []struct {
				Name         string
				scriptedStep `yaml:",inline"`
			}
		}
	}
	if err := yaml.Unmarshal([]byte(workflow.RenderPulumi(stack, fixture.StackName, nil)), &file); err != nil {
		t.Fatal(err)
	}
	ci := &ciStep{t: t, dir: t.TempDir(), steps: map[string]scriptedStep{}}
	for _, job := range file.Jobs {
		for _, s := range job.Steps {
			one := scriptedStep{s.Run, map[string]string{}}
			for _, variables := range []map[string]string{file.Env, s.Env} {
				for name, text := range variables {
					one.Env[name] = text
				}
			}
			ci.steps[s.Name] = one
		}
	}
	return ci
}

// run runs a step with what its expressions have given, and returns the summary.
func (ci *ciStep) run(name, preview string, given map[string]string) (summary string, err error) {
	ci.t.Helper()
	s, ok := ci.steps[name]
	if !ok {
		ci.t.Fatalf("no step is called %q", name)
	}
	state, _ := json.Marshal(ci.state)
	script, stateFile, summaryFile := filepath.Join(ci.dir, "script"), filepath.Join(ci.dir, "gh.json"), filepath.Join(ci.dir, "summary.md")
	_ = os.Remove(summaryFile)
	for file, text := range map[string]string{script: s.Run, stateFile: string(state), filepath.Join(ci.dir, "preview.txt"): preview} {
		writeFile(ci.t, file, text)
	}
	cmd := exec.CommandContext(ci.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "RUNNER_TEMP=" + ci.dir, "GITHUB_STEP_SUMMARY=" + summaryFile,
		"GITHUB_REPOSITORY=acme/platform", "GH_STATE=" + stateFile}
	for name, text := range s.Env {
		if value, ok := given[name]; ok {
			text = value
		}
		if strings.Contains(text, "${{") {
			ci.t.Fatalf("the test gives no %s", name)
		}
		cmd.Env = append(cmd.Env, name+"="+text)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = errors.Join(err, errors.New(string(out)))
	}
	after, _ := os.ReadFile(stateFile)
	if err := json.Unmarshal(after, &ci.state); err != nil {
		ci.t.Fatal(err)
	}
	text, _ := os.ReadFile(summaryFile)
	return string(text), err
}

func commentVariables(outcome string) map[string]string {
	return map[string]string{"GH_TOKEN": "t", "NUMBER": "7", "OUTCOME": outcome, "RUN": "https://github.example/run/1"}
}

// One comment, however often the pull request changes. What others wrote stays,
// whatever it looks like.
func TestPreviewComment(t *testing.T) {
	ci := newCI(t)
	theirs := []ghComment{
		comment(1, "ana", ci.steps["Comment"].Env["MARK"]+"\nnot the workflow's"),
		comment(2, "github-actions[bot]", "of another workflow"),
		comment(3, "github-actions[bot]", "<!-- preview of acme-cloud/staging -->\nof another stack"),
	}
	ci.state.Comments = append(ci.state.Comments, theirs...)
	for _, preview := range []string{"first", "a `second` one, \"$(touch pwned)\" %s \\n", "third"} {
		summary, err := ci.run("Comment", preview, commentVariables("success"))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ci.state.Comments); n != 4 {
			t.Fatalf("%d comments, want the three of others and one", n)
		}
		body := ci.state.Comments[3].Body
		for _, want := range []string{"**Preview of acme-cloud/production: success** · [run](https://github.example/run/1)", "\n~~~~~~~~diff\n" + preview + "\n~~~~~~~~\n"} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is missing in\n%s", want, body)
			}
		}
		if summary != body {
			t.Errorf("the summary is not the comment:\n%s", summary)
		}
	}
	for i, c := range theirs {
		if ci.state.Comments[i] != c {
			t.Errorf("the comment of %s was changed: %+v", c.User.Login, ci.state.Comments[i])
		}
	}
}

func TestPreviewCommentOfAFailure(t *testing.T) {
	ci := newCI(t)
	if _, err := ci.run("Comment", "error: no", commentVariables("failure")); err != nil {
		t.Fatal(err)
	}
	if body := ci.state.Comments[0].Body; !strings.Contains(body, "production: failure**") {
		t.Error(body)
	}
}

// A long preview is cut to what GitHub takes.
func TestLongPreviewComment(t *testing.T) {
	ci := newCI(t)
	if _, err := ci.run("Comment", strings.Repeat("é", 100_000), commentVariables("success")); err != nil {
		t.Fatal(err)
	}
}

// A comment that cannot be written is a failure of the job.
func TestPreviewCommentRefused(t *testing.T) {
	ci := newCI(t)
	variables := commentVariables("success")
	variables["GH_TOKEN"] = ""
	if _, err := ci.run("Comment", "x", variables); err == nil {
		t.Error("no error")
	}
}

// Drift opens one issue, which is kept up to date and closed when it is gone; the
// next drift opens another.
func TestNightlyIssue(t *testing.T) {
	ci := newCI(t)
	ci.state.Issues = []ghIssue{{Number: 1, Title: "Drift of something else", State: "open"}}
	night := func(outcome, preview string) string {
		t.Helper()
		summary, err := ci.run("Keep one issue", preview, map[string]string{"GH_TOKEN": "t", "GH_REPO": "acme/platform", "OUTCOME": outcome, "RUN": "https://github.example/run/1"})
		if err != nil {
			t.Fatal(err)
		}
		return summary
	}
	states := func() string {
		var all []string
		for _, i := range ci.state.Issues {
			all = append(all, i.State)
		}
		return strings.Join(all, " ")
	}
	for i, step := range []struct{ outcome, preview, want string }{
		{"success", "nothing", "open"},
		{"failure", "a secret is missing", "open open"},
		{"failure", "two secrets are missing", "open open"},
		{"success", "nothing", "open closed"},
		{"success", "nothing", "open closed"},
		{"failure", "again", "open closed open"},
	} {
		summary := night(step.outcome, step.preview)
		if got := states(); got != step.want {
			t.Fatalf("night %d: issues are %s, want %s", i, got, step.want)
		}
		if drifts := step.outcome == "failure"; strings.Contains(summary, step.preview) != drifts {
			t.Errorf("night %d: summary\n%s", i, summary)
		} else if last := ci.state.Issues[len(ci.state.Issues)-1]; drifts && (!strings.Contains(last.Body, step.preview) || last.Title != "Drift of the secret pipeline acme-cloud/production") {
			t.Errorf("night %d: %+v", i, last)
		}
	}
}
