package workflow

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

type parsed struct {
	On          map[string]any    `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Env         map[string]string `yaml:"env"`
	Concurrency concurrency       `yaml:"concurrency"`
	Jobs        map[string]job    `yaml:"jobs"`
}

type concurrency struct {
	Group  string `yaml:"group"`
	Cancel *bool  `yaml:"cancel-in-progress"`
}

type job struct {
	Concurrency concurrency       `yaml:"concurrency"`
	If          string            `yaml:"if"`
	RunsOn      string            `yaml:"runs-on"`
	Timeout     int               `yaml:"timeout-minutes"`
	Permissions map[string]string `yaml:"permissions"`
	Env         map[string]string `yaml:"env"`
	Steps       []step            `yaml:"steps"`
}

type step struct {
	Name string            `yaml:"name"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]any    `yaml:"with"`
	Env  map[string]string `yaml:"env"`
}

func parse(t *testing.T, text string) parsed {
	t.Helper()
	var p parsed
	unmarshal(t, text, &p)
	return p
}

func unmarshal(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func TestHardening(t *testing.T) {
	for name, options := range variants(t) {
		t.Run(name, func(t *testing.T) {
			for _, finding := range harden(parse(t, options.render()), options.PulumiOIDC) {
				t.Error(finding)
			}
		})
	}
}

// TestHardeningFinds takes each safeguard away in turn: the check must miss it.
func TestHardeningFinds(t *testing.T) {
	text := production(t).render()
	for _, tc := range []struct{ name, from, to string }{
		{"wide permissions", "permissions: {}", "permissions: {contents: write}"},
		{"wide job", "contents: read", "contents: write"},
		{"token without OIDC", "contents: read", "id-token: write"},
		{"cancelled writer", "cancel-in-progress: false", "cancel-in-progress: true"},
		{"no concurrency", "group: sync-secrets", "group: \"\""},
		{"no timeout", "timeout-minutes: 15", "timeout-minutes: 0"},
		{"tag for a commit", "checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "checkout@v7"},
		{"credentials left behind", "persist-credentials: false", "persist-credentials: true"},
		{"cache", "cache: false", "cache: true"},
		{"secret in the build", "run: go build", "env: {X: \"${{ secrets.X }}\"}\n        run: go build"},
		{"secret for the job", "runs-on:", "env: {X: \"${{ secrets.X }}\"}\n    runs-on:"},
		{"expression in a script", "--root-key app", "--root-key ${{ github.ref }}"},
		{"go run", "go build -o \"$RUNNER_TEMP/secretctl\"", "go run"},
		{"any branch", "if: github.ref == 'refs/heads/main'", "if: true"},
		{"moving runner", "ubuntu-24.04", "ubuntu-latest"},
		{"pull requests", "workflow_dispatch:", "pull_request_target:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Count(text, tc.from) == 0 {
				t.Fatalf("%q is not in the workflow", tc.from)
			}
			if len(harden(parse(t, strings.Replace(text, tc.from, tc.to, 1)), false)) == 0 {
				t.Error("went through")
			}
		})
	}
}

var pinned = regexp.MustCompile(`\A[a-z-]+/[a-z-]+@[0-9a-f]{40}\z`)

// harden says what a workflow lacks of the safeguards that docs/workflow.md names.
func harden(p parsed, oidc bool) []string {
	var found []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	want(slices.Equal(slices.Sorted(maps.Keys(p.On)), []string{"push", "schedule", "workflow_dispatch"}), "triggers: %v", p.On)
	want(p.Permissions != nil && len(p.Permissions) == 0, "permissions of the workflow: %v", p.Permissions)
	want(p.Env == nil, "variables for every job")
	want(p.Concurrency.Group != "" && p.Concurrency.Cancel != nil && !*p.Concurrency.Cancel, "concurrency: %v", p.Concurrency)
	want(len(p.Jobs) == 1, "%d jobs", len(p.Jobs))
	grants := map[string]string{"contents": "read"}
	if oidc {
		grants["id-token"] = "write"
	}
	for _, j := range p.Jobs {
		want(maps.Equal(j.Permissions, grants), "permissions of the job: %v", j.Permissions)
		want(j.Timeout > 0 && j.Timeout <= 30, "timeout: %d minutes", j.Timeout)
		want(j.RunsOn == "ubuntu-24.04", "runner: %s", j.RunsOn)
		want(j.If == "github.ref == 'refs/heads/main'" || j.If == "github.ref == 'refs/heads/trunk'", "condition: %s", j.If)
		want(j.Env == nil, "variables for every step")
		for i, s := range j.Steps {
			hardenStep(s, i == len(j.Steps)-1, want)
		}
	}
	return found
}

func hardenStep(s step, last bool, want func(bool, string, ...any)) {
	want(s.Uses == "" || pinned.MatchString(s.Uses), "%s: not pinned: %s", s.Name, s.Uses)
	want(!strings.Contains(s.Run, "${{"), "%s: an expression in a script", s.Name)
	want(!strings.Contains(s.Run, "go run"), "%s: go run", s.Name)
	want(last || len(s.Env) == 0, "%s: variables in a step that is not the sync", s.Name)
	want(!strings.Contains(fmt.Sprint(s.With), "secrets."), "%s: a secret as an input", s.Name)
	switch action, _, _ := strings.Cut(s.Uses, "@"); action {
	case "actions/checkout":
		want(s.With["persist-credentials"] == false, "the token stays in the checkout")
	case "actions/setup-go":
		want(s.With["cache"] == false, "a cache")
		want(s.With["go-version-file"] == "go.mod", "another Go than go.mod's")
	}
}

// TestSyncStep: every secret goes to the sync by its name, and nothing else does.
func TestSyncStep(t *testing.T) {
	options := production(t)
	want := map[string]string{"PULUMI_ACCESS_TOKEN": "${{ secrets.PULUMI_ACCESS_TOKEN }}"}
	for _, name := range options.catalog.Sources() {
		want["SECRET_"+name] = "${{ secrets." + name + " }}"
	}
	if names := len(options.catalog.Secrets); len(want) < names+2 {
		t.Fatalf("%d variables: want %d secrets, an alias and a token", len(want), names)
	}
	steps := parse(t, options.render()).Jobs["sync"].Steps
	if diff := cmp.Diff(want, steps[len(steps)-1].Env); diff != "" {
		t.Errorf("variables of the sync (-want +got):\n%s", diff)
	}
	options.PulumiOIDC = true
	want["PULUMI_ACCESS_TOKEN"] = "${{ steps.pulumi.outputs.pulumi-access-token }}"
	steps = parse(t, options.render()).Jobs["sync"].Steps
	if diff := cmp.Diff(want, steps[len(steps)-1].Env); diff != "" {
		t.Errorf("variables of the sync with OIDC (-want +got):\n%s", diff)
	}
}

// TestTriggers: no filter of paths may keep the mark's push from starting a sync.
func TestTriggers(t *testing.T) {
	on := parse(t, production(t).render()).On
	want := map[string]any{"branches": []any{"main"}}
	if diff := cmp.Diff(any(want), on["push"]); diff != "" {
		t.Errorf("push (-want +got):\n%s", diff)
	}
	if daily := regexp.MustCompile(`\A\[map\[cron:\d+ \d+ \* \* \*\]\]\z`); !daily.MatchString(fmt.Sprint(on["schedule"])) {
		t.Errorf("schedule: %v is not daily", on["schedule"])
	}
}
