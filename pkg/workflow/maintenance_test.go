package workflow

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func TestMaintenanceGolden(t *testing.T) {
	const file = "testdata/small_maintenance.golden.yml"
	got := small(t).maintenance()
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

func TestMaintenanceLint(t *testing.T) {
	for name, options := range variants(t) {
		text := options.maintenance()
		for _, finding := range lint(t, text) {
			t.Errorf("%s: %v", name, finding)
		}
		if !Ours(text) || strings.Contains(text, "[[") || strings.Contains(text, "<no value>") || !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// A workflow of another environment is told by its text, and the sync's own is not
// taken for it.
func TestMaintainedEnvironment(t *testing.T) {
	if got := SyncedEnvironment(RenderMaintenance(fixture.Stack(), production(t).catalog)); got != fixture.Environment {
		t.Errorf("got %q", got)
	}
}

func TestMaintenanceFlags(t *testing.T) {
	s := fixture.Stack()
	s.Name, s.Catalog = "staging", "staging/catalog.yaml"
	text := RenderMaintenance(s, production(t).catalog)
	for _, want := range []string{"--root-key app --catalog staging/catalog.yaml --format", "status --stack staging --format html", "rotation --stack staging --format"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	s.Name, s.Catalog = DefaultStack, "catalog.yaml"
	if diff := cmp.Diff(RenderMaintenance(fixture.Stack(), production(t).catalog), RenderMaintenance(s, production(t).catalog)); diff != "" {
		t.Error(diff)
	}
}

// A repository that stands there with its owner and without is gone through once.
func TestConsumers(t *testing.T) {
	c, problems := secrets.Parse("catalog.yaml", []byte("consumers: [web, other/api, Acme/Web, batch]\nsecrets:\n  - name: A\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := consumers(secrets.Stack{Organization: "acme"}, c); !strings.EqualFold(got, "acme/batch acme/web other/api") {
		t.Errorf("%q", got)
	}
}

func TestMaintenanceHardening(t *testing.T) {
	for name, options := range variants(t) {
		for _, finding := range hardenMaintenance(options, options.maintenance(), t) {
			t.Errorf("%s: %s", name, finding)
		}
	}
}

// Each safeguard taken away in turn: the check must miss it.
func TestMaintenanceHardeningFinds(t *testing.T) {
	in := production(t)
	text := in.maintenance()
	for _, tc := range []struct{ from, to string }{
		{"permissions: {}", "permissions: {contents: write}"},
		{"contents: read", "contents: write"},
		{"issues: write", "secrets: write"},
		{"cancel-in-progress: false", "cancel-in-progress: true"},
		{"timeout-minutes: 15", "timeout-minutes: 0"},
		{"checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "checkout@v7"},
		{"upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "upload-artifact@v7"},
		{"persist-credentials: false", "persist-credentials: true"},
		{"cache: false", "cache: true"},
		{"run: go build", "env: {X: \"${{ secrets.X }}\"}\n        run: go build"},
		{"--root-key app", "--root-key ${{ github.ref }}"},
		{"if: github.ref == 'refs/heads/main'", "if: true"},
		{"PULUMI_ACCESS_TOKEN: ${{ secrets.PULUMI_ACCESS_TOKEN }}", "SECRET_A: ${{ secrets.A }}"},
		{"GH_TOKEN: ${{ github.token }}", "GH_TOKEN: ${{ secrets.SECRETS_STATUS_TOKEN }}"},
		{"GITHUB_TOKEN: ${{ secrets.SECRETS_STATUS_TOKEN }}", "GITHUB_TOKEN: ${{ github.token }}"},
		{"workflow_dispatch:", "pull_request_target:"},
		{"pull-requests: write", "issues: write"},
		{"timeout-minutes: 60", "timeout-minutes: 600"},
		{"CONSUMERS: \"acme/backend acme/web\"\n\n", "READ_TOKEN: ${{ secrets.SECRETS_STATUS_TOKEN }}\n\n"},
		{"READ_TOKEN: ${{ secrets.SECRETS_STATUS_TOKEN }}", "READ_TOKEN: ${{ secrets.OPENAI_API_KEY }}"},
	} {
		changed := strings.Replace(text, tc.from, tc.to, 1)
		if changed == text {
			t.Errorf("%q is not in the workflow", tc.from)
		}
		if len(hardenMaintenance(in, changed, t)) == 0 {
			t.Errorf("%q for %q went through", tc.to, tc.from)
		}
	}
}

// maintenanceEnv is what each step that has variables may hold.
func maintenanceEnv(in input) map[string]map[string]string {
	pulumi := map[string]string{"PULUMI_ACCESS_TOKEN": "${{ secrets.PULUMI_ACCESS_TOKEN }}"}
	s := in.Stack
	if s.PulumiOIDC {
		pulumi["PULUMI_ACCESS_TOKEN"] = "${{ steps.pulumi.outputs.pulumi-access-token }}"
	}
	if api := s.PulumiAPIURL; api != secrets.PublicPulumiURL {
		pulumi["PULUMI_API"] = api
	}
	both := maps.Clone(pulumi)
	both["GITHUB_TOKEN"] = "${{ secrets." + s.StatusToken + " }}"
	job := map[string]string{"GH_TOKEN": "${{ github.token }}", "GH_ENTERPRISE_TOKEN": "${{ github.token }}"}
	named := map[string]string{"CONSUMERS": consumers(s, in.catalog)}
	read := maps.Clone(named)
	read["READ_TOKEN"] = both["GITHUB_TOKEN"]
	return map[string]map[string]string{
		"Verify": pulumi, "Status": both, "Rotation": both, "Report": job,
		"Get the code": read, "Audit": named, "Propose": job,
	}
}

func hardenMaintenance(in input, text string, t *testing.T) []string {
	s, p := in.Stack, parse(t, text)
	var found []string
	want := func(ok bool, format string, args ...any) {
		if !ok {
			found = append(found, strings.TrimSpace(format))
		}
	}
	want(slices.Equal(slices.Sorted(maps.Keys(p.On)), []string{"schedule", "workflow_dispatch"}), "triggers")
	want(p.Permissions != nil && len(p.Permissions) == 0, "permissions of the workflow")
	want(p.Env == nil, "variables for every job")
	grants := map[string]map[string]string{
		"maintenance": {"contents": "read", "issues": "write"},
		"uses":        {"contents": "write", "pull-requests": "write"},
	}
	if s.PulumiOIDC {
		grants["maintenance"]["id-token"] = "write"
	}
	if len(in.catalog.Consumers) == 0 {
		delete(grants, "uses")
	}
	want(len(p.Jobs) == len(grants), "jobs")
	for name, j := range p.Jobs {
		want(maps.Equal(j.Permissions, grants[name]), "permissions of the job")
		want(j.Concurrency.Group != "" && j.Concurrency.Cancel != nil && !*j.Concurrency.Cancel, "concurrency")
		want(j.Timeout > 0 && j.Timeout <= 60 && j.RunsOn == "ubuntu-24.04" && j.Env == nil, "timeout, runner or variables of the job")
		want(strings.HasPrefix(j.If+" ", "github.ref == 'refs/heads/"+s.DefaultBranch+"' "), "condition")
		for _, step := range j.Steps {
			hardenStep(step, true, want)
			want(maps.Equal(step.Env, maintenanceEnv(in)[step.Name]), "variables of "+step.Name)
		}
	}
	return found
}
