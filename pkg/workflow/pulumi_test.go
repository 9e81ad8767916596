package workflow

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// pulumiVariants are the shapes of the workflow that runs Pulumi.
func pulumiVariants() map[string]string {
	stack := fixture.Stack()
	other := stack
	other.DefaultBranch, other.PulumiAPIURL, other.Workflow = "trunk", "https://pulumi.example:8443", "staging"
	return map[string]string{
		"production": RenderPulumi(stack, DefaultStack, []string{stack.MarkPath(), stack.WorkflowPath()}),
		"staging":    RenderPulumi(other, "staging", []string{other.MarkPath(), other.WorkflowPath(), "backend/secrets.py"}),
	}
}

func TestPulumiGolden(t *testing.T) {
	const file = "testdata/pulumi.golden.yml"
	got := pulumiVariants()["staging"]
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("UPDATE=1 go test ./pkg/workflow renews %s (-want +got):\n%s", file, diff)
	}
}

func TestPulumiLint(t *testing.T) {
	for name, text := range pulumiVariants() {
		for _, finding := range lint(t, text) {
			t.Errorf("%s: %s", name, finding)
		}
		if strings.Contains(text, "[[") || strings.Contains(text, "<no value>") || strings.Contains(text, "\n\n\n") ||
			!strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			t.Errorf("%s: the template shows through:\n%s", name, text)
		}
	}
}

func TestPulumiHardening(t *testing.T) {
	for name, text := range pulumiVariants() {
		for _, finding := range hardenPulumi(parsePulumi(t, text)) {
			t.Errorf("%s: %s", name, finding)
		}
	}
}

// TestPulumiHardeningFinds takes each safeguard away in turn.
func TestPulumiHardeningFinds(t *testing.T) {
	text := pulumiVariants()["production"]
	for _, tc := range []struct{ name, from, to string }{
		{"wide permissions", "permissions: {}", "permissions: {contents: write}"},
		{"wide job", "contents: read", "contents: write"},
		{"a token that pull requests' tests do not need", "contents: read\n    steps", "contents: read\n      id-token: write\n    steps"},
		{"an issue written by up", "id-token: write\n    concurrency: #", "id-token: write\n      issues: write\n    concurrency: #"},
		{"no timeout", "timeout-minutes: 30", "timeout-minutes: 0"},
		{"tag for a commit", "auth-actions@141415910c3beb54e03b48e9057c204c97b956f2", "auth-actions@v2"},
		{"credentials left behind", "persist-credentials: false", "persist-credentials: true"},
		{"cache", "cache: false", "cache: true"},
		{"token for all steps", "export-environment-variables: false", "export-environment-variables: true"},
		{"expression in a script", `echo "$MARK"`, `echo "${{ github.head_ref }}"`},
		{"a title in a variable", "NUMBER: ${{ github.event.number }}", "NUMBER: ${{ github.event.pull_request.title }}"},
		{"secret in the build", "id: build", "id: build\n        env: {X: \"${{ secrets.X }}\"}"},
		{"another secret", "secrets.APP_PRIVATE_KEY", "secrets.GH_APP_PRIVATE_KEY"},
		{"previews of forks", "github.event.pull_request.head.repo.full_name == github.repository", "true"},
		{"previews of Dependabot", "github.actor != 'dependabot[bot]' &&", "true &&"},
		{"no reviewers", "environment: pulumi-preview", "environment: other"},
		{"up of any branch", "github.event_name == 'push' || github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main'", "always()"},
		{"up without an environment", "    environment: pulumi\n", ""},
		{"cancelled up", "cancel-in-progress: false", "cancel-in-progress: true"},
		{"preview that may write", "app-token --read-only", "app-token"},
		{"preview with the scope of up", "PULUMI_READ_SCOPE", "PULUMI_WRITE_SCOPE"},
		{"moving runner", "ubuntu-24.04", "ubuntu-latest"},
		{"forks with credentials", "  pull_request:", "  pull_request_target:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !strings.Contains(text, tc.from) {
				t.Fatalf("%q is not in the workflow", tc.from)
			}
			changed := strings.Replace(text, tc.from, tc.to, 1)
			if len(hardenPulumi(parsePulumi(t, changed))) == 0 {
				t.Error("went through")
			}
		})
	}
}

// pulumiJob is a job with what the sync's does not have.
type pulumiJob struct {
	job         `yaml:",inline"`
	Environment string `yaml:"environment"`
}

type parsedPulumi struct {
	On          map[string]any       `yaml:"on"`
	Permissions map[string]string    `yaml:"permissions"`
	Env         map[string]string    `yaml:"env"`
	Jobs        map[string]pulumiJob `yaml:"jobs"`
}

func parsePulumi(t *testing.T, text string) parsedPulumi {
	t.Helper()
	var p parsedPulumi
	unmarshal(t, text, &p)
	return p
}

// wanted are the jobs and what each of them may do.
var wanted = map[string]struct {
	environment, condition string
	permissions            map[string]string
	reads                  bool
}{
	"test":    {"", `\Agithub.event_name == 'pull_request'\z`, map[string]string{}, false},
	"preview": {"pulumi-preview", `\Agithub.event_name == 'pull_request' && github.actor != 'dependabot\[bot\]' && github.event.pull_request.head.repo.full_name == github.repository\s*\z`, map[string]string{"id-token": "write", "pull-requests": "write"}, true},
	"up":      {"pulumi", `\Agithub.event_name == 'push' \|\| github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/(main|trunk)'\z`, map[string]string{"id-token": "write"}, false},
	"nightly": {"pulumi", `\Agithub.event_name == 'schedule'\z`, map[string]string{"id-token": "write", "issues": "write"}, true},
}

// hardenPulumi says what the workflow lacks of the safeguards that docs/ci.md names.
func hardenPulumi(p parsedPulumi) []string {
	var found []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	want(slices.Equal(slices.Sorted(maps.Keys(p.On)), []string{"pull_request", "push", "schedule", "workflow_dispatch"}), "triggers: %v", p.On)
	want(p.Permissions != nil && len(p.Permissions) == 0, "permissions of the workflow: %v", p.Permissions)
	want(!strings.Contains(fmt.Sprint(p.Env), "${{"), "an expression for every job: %v", p.Env)
	want(slices.Equal(slices.Sorted(maps.Keys(p.Jobs)), slices.Sorted(maps.Keys(wanted))), "jobs: %v", slices.Sorted(maps.Keys(p.Jobs)))
	for name, j := range p.Jobs {
		grants := map[string]string{"contents": "read"}
		maps.Copy(grants, wanted[name].permissions)
		want(maps.Equal(j.Permissions, grants), "%s: permissions %v", name, j.Permissions)
		want(j.Environment == wanted[name].environment, "%s: environment %q", name, j.Environment)
		want(regexp.MustCompile(wanted[name].condition).MatchString(j.If), "%s: condition %q", name, j.If)
		want(j.Timeout > 0 && j.Timeout <= 30 && j.RunsOn == "ubuntu-24.04" && j.Env == nil, "%s: timeout, runner or variables", name)
		for _, s := range j.Steps {
			hardenPulumiStep(name, s, want)
		}
	}
	up := p.Jobs["up"].Concurrency
	want(up.Group != "" && up.Cancel != nil && !*up.Cancel, "up may be stopped half-way, or run twice at once")
	return found
}

// allowed are the expressions that may reach a step, none of them an outsider's text.
var allowed = regexp.MustCompile(`\A(github\.(token|repository|server_url|run_id|event\.number)|vars\.(APP_ID|PULUMI_(READ|WRITE)_SCOPE)|secrets\.APP_PRIVATE_KEY|steps\.[a-z]+\.(outcome|outputs\.[a-z-]+)|startsWith\(vars\.PULUMI_(READ|WRITE)_SCOPE, 'team:'\) && 'team' \|\| startsWith\(vars\.PULUMI_(READ|WRITE)_SCOPE, 'user:'\) && 'personal' \|\| 'organization')\z`)

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

func hardenPulumiStep(job string, s step, want func(bool, string, ...any)) {
	want(s.Uses == "" || pinned.MatchString(s.Uses), "%s: not pinned: %s", s.Name, s.Uses)
	want(!strings.Contains(s.Run, "${{") && !strings.Contains(s.Run, "go run"), "%s: an expression in a script, or go run", s.Name)
	inputs := fmt.Sprint(s.Env, s.With)
	for _, found := range expression.FindAllStringSubmatch(inputs, -1) {
		want(allowed.MatchString(found[1]), "%s: %s", s.Name, found[1])
	}
	want(!strings.Contains(fmt.Sprint(s.With), "secrets."), "%s: a secret as an input", s.Name)
	want(!strings.Contains(inputs, "secrets.") || s.Name == "Get a GitHub token", "%s: a secret", s.Name)
	reads := wanted[job].reads
	switch action, _, _ := strings.Cut(s.Uses, "@"); {
	case action == "actions/checkout":
		want(s.With["persist-credentials"] == false, "%s: the token stays in the checkout", job)
	case action == "actions/setup-go":
		want(s.With["cache"] == false && s.With["go-version-file"] == "go.mod", "%s: a cache, or another Go than go.mod's", job)
	case action == "pulumi/auth-actions":
		want(s.With["export-environment-variables"] == false, "%s: the token of Pulumi goes to every step", job)
		want(strings.Contains(inputs, "WRITE") != reads, "%s: the scope of the Pulumi token", job)
	case s.Name == "Get a GitHub token":
		want(strings.Contains(s.Run, "--read-only") == reads, "%s: the rights of the GitHub token", job)
	}
}

// What up commits starts no up; anything else that is pushed does.
func TestPulumiIgnoresItsOwnCommits(t *testing.T) {
	on := parsePulumi(t, pulumiVariants()["staging"]).On
	want := map[string]any{
		"branches":     []any{"trunk"},
		"paths-ignore": []any{".github/staging.mark", ".github/workflows/staging.yml", "backend/secrets.py"},
	}
	if diff := cmp.Diff(any(want), on["push"]); diff != "" {
		t.Errorf("push (-want +got):\n%s", diff)
	}
}

func TestPulumiPath(t *testing.T) {
	got := []string{PulumiPath(DefaultStack), PulumiPath("staging")}
	if want := []string{".github/workflows/pulumi.yml", ".github/workflows/pulumi-staging.yml"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s := (secrets.Stack{Workflow: secrets.DefaultWorkflow}); slices.Contains(got, s.WorkflowPath()) {
		t.Error("the two workflows have one path")
	}
}
