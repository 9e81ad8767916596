package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Anything wrong with the input or the world ends the run before anything is
// written; the error names the thing and the fix.
func TestRefusals(t *testing.T) {
	const environment = fixture.Environment
	for _, tc := range []struct {
		name string
		set  func(*program)
		want []string
	}{
		{"no organization", func(p *program) { delete(p.config, "acme-secrets:organization") },
			[]string{"acme-secrets:organization is missing", "pulumi config set organization"}},
		{"no root key", func(p *program) { delete(p.config, "acme-secrets:rootKey") },
			[]string{"acme-secrets:rootKey is missing", "pulumi config set rootKey NAME"}},
		{"several at once", func(p *program) {
			delete(p.config, "acme-secrets:repository")
			p.variables["STRICT_PREVIEW"] = "maybe"
			p.config["acme-secrets:environment"] = "nope"
			delete(p.variables, "GITHUB_TOKEN")
		}, []string{"repository is missing", `STRICT_PREVIEW is "maybe"`, `environment is "nope"`, "GITHUB_TOKEN is not set"}},
		{"values in plain text", func(p *program) { p.manage("OPENAI_API_KEY"); p.plainValues = true },
			[]string{"values is not encrypted", "pulumi config set --secret --path values.NAME"}},
		{"one plain value beside an encrypted one", func(p *program) {
			p.manage("OPENAI_API_KEY", "LINEAR_API_KEY")
			p.addToStack("values:\n    LINEAR_API_KEY: {secure: v1:x}\n    OPENAI_API_KEY: value-of-openai\n")
		}, []string{"values has OPENAI_API_KEY in plain text: rotate it, then pulumi config set --secret --path values.OPENAI_API_KEY"}},
		{"values that are no map", func(p *program) { p.config["acme-secrets:values"] = `["value-of-openai"]` },
			[]string{"values is not a map"}},
		{"empty value", func(p *program) { p.config["acme-secrets:values"] = `{"OPENAI_API_KEY":""}` },
			[]string{"OPENAI_API_KEY, which is empty"}},
		{"value of an unknown secret", func(p *program) { p.manage("OPENAI_KEY") },
			[]string{"OPENAI_KEY, which the catalog does not name"}},
		{"tokens that cannot be sent as they are", func(p *program) {
			p.variables["GITHUB_TOKEN"], p.variables["PULUMI_ACCESS_TOKEN"] = "value-of-token\n", "value-of\nvalue-of"
		}, []string{"GITHUB_TOKEN has white space around it", "PULUMI_ACCESS_TOKEN holds characters that cannot stand in a header"}},
		{"no Pulumi token", func(p *program) { p.variables["PULUMI_ACCESS_TOKEN"] = "" },
			[]string{"PULUMI_ACCESS_TOKEN is not set"}},
		{"another owner", func(p *program) { p.owner = "somebody" },
			[]string{`asks "somebody" instead of organization "acme"`, "unset GITHUB_OWNER"}},
		{"environment with values of others", func(p *program) {
			p.environments[environment] = "values:\n  database:\n    password: value-of-password\n"
		}, []string{environment, "database.password", "secretctl adopt"}},
		{"adoption before the values were moved", func(p *program) {
			p.config["acme-secrets:adopt"] = "true"
			p.environments[environment] = "values:\n  app:\n    a: value-of-a\n    b: value-of-b\n"
			p.environments[environment+"-store"] = "values:\n  app:\n    a: value-of-a\n"
		}, []string{"would be lost: b;", "secretctl adopt"}},
		{"adoption of a conflict", func(p *program) {
			p.config["acme-secrets:adopt"] = "true"
			p.environments[environment] = "values:\n  app:\n    a: value-of-a\n    c: ${app.a}\n"
			p.environments[environment+"-store"] = "values:\n  app:\n    a: another-value-of-a\n"
		}, []string{"would be lost: a (the store has another value), c (a reference);", "secretctl adopt"}},
		{"workflow of another environment", func(p *program) {
			p.config["acme-secrets:adopt"] = "true"
			p.files = repository{".github/workflows/sync_secrets.yml": strings.ReplaceAll(workflowOf(t), "/production", "/staging")}
		}, []string{"belongs to environment acme-cloud/default/staging", "pulumi config set workflow NAME"}},
		{"mark of others", func(p *program) { p.files = repository{fixture.MarkPath: "# by hand\n"} },
			[]string{".github/secrets.mark exists", "pulumi config set adopt true"}},
		{"a token without the right to write workflows", func(p *program) { p.scopes = "admin:org, repo" },
			[]string{"GITHUB_TOKEN may not write platform/.github/workflows/sync_secrets.yml: it lacks the scope workflow"}},
		{"workflow of others", func(p *program) {
			p.files = repository{".github/workflows/sync_secrets.yml": "name: by hand\n"}
		}, []string{".github/workflows/sync_secrets.yml exists", "pulumi config set adopt true"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProgram(t)
			tc.set(p)
			err := p.run()
			if err == nil {
				t.Fatal("the run succeeded")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "value-of") {
				t.Errorf("error %q shows a value", err)
			}
			for _, token := range []string{secretType, fileType, environmentType} {
				if names := p.ofType(token); len(names) > 0 {
					t.Errorf("%s declared: %v", token, names)
				}
			}
		})
	}
}

// A preview writes nothing, and needs no right to.
func TestPreviewWithoutTheWorkflowScope(t *testing.T) {
	p := newProgram(t)
	p.scopes, p.dryRun = "admin:org, repo", true
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	p = newProgram(t)
	p.scopes = "admin:org, repo"
	p.files = repository{".github/workflows/sync_secrets.yml": workflowOf(t)}
	for _, f := range generated.Files(fixture.Stack(), catalog(t)) {
		p.files[f.Path] = f.Text
	}
	if err := p.run(); err != nil {
		t.Errorf("the workflow is there already: %v", err)
	}
}

// An environment that this stack wrote is repaired, whatever it has become.
func TestOwnDriftIsNotRefused(t *testing.T) {
	p := newProgram(t)
	p.outputs = map[string]any{
		"environment": fixture.Environment,
		"files":       []any{"platform/.github/workflows/sync_secrets.yml"},
	}
	p.environments[fixture.Environment] = "values:\n  a: b\n"
	p.files = repository{".github/workflows/sync_secrets.yml": "name: by hand\n"}
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
}

// A strict preview shows everything and then fails on any finding. Information is
// none.
func TestStrict(t *testing.T) {
	missing := func() *program {
		p := newProgram(t)
		p.live = append(p.live[1:], live("LEFT_OVER", "all"))
		return p
	}
	if err := missing().run(); err != nil {
		t.Fatalf("findings fail a run that is not strict: %v", err)
	}
	p := missing()
	p.variables["STRICT_PREVIEW"] = "true"
	err := p.run()
	if err == nil || !strings.Contains(err.Error(), "findings, and STRICT_PREVIEW is true") {
		t.Fatalf("error %v", err)
	}
	if got, want := p.ofType(fileType), []string{"maintenance", "mark", "workflow"}; !slices.Equal(got, want) {
		t.Errorf("shown are %v, want %v", got, want)
	}
}

// workflowOf is the fixture's.
func workflowOf(t *testing.T) string {
	t.Helper()
	c, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return workflow.Render(fixture.Stack(), c)
}

func TestVisibilityIsNeverWidened(t *testing.T) {
	for _, tc := range []struct {
		name, live, last, want string
	}{
		{"new", "", "", "private"},
		{"handed over by people", "all", "", "all"},
		{"as it was", "private", "private", "private"},
		{"widened by hand", "all", "private", "private"},
		{"narrowed by hand", "private", "all", "private"},
		{"deleted by hand", "", "all", "all"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProgram(t)
			p.manage("OPENAI_API_KEY")
			p.live = nil
			if tc.live != "" {
				p.live = append(p.live, live("OPENAI_API_KEY", tc.live))
			}
			if tc.last != "" {
				p.outputs["applied"] = map[string]any{"OPENAI_API_KEY": map[string]any{"visibility": tc.last, "updatedAt": "2026-08-01T10:00:00Z"}}
			}
			if err := p.run(); err != nil {
				t.Fatal(err)
			}
			got := p.resources[secretType+" OPENAI_API_KEY"].inputs["visibility"].StringValue()
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The provider clears the allow list of a secret that it writes without one.
func TestAllowListIsKept(t *testing.T) {
	last := map[string]any{"OPENAI_API_KEY": map[string]any{
		"visibility": "selected", "repositories": []any{5.0, 6.0}, "updatedAt": "2026-08-01T10:00:00Z"}}
	for _, tc := range []struct {
		name string
		live []map[string]any
		last map[string]any
		want []float64
	}{
		{"as people made it", []map[string]any{live("OPENAI_API_KEY", "selected")}, nil, []float64{7}},
		{"as people made it anew", []map[string]any{live("OPENAI_API_KEY", "selected")}, last, []float64{7}},
		{"widened by hand", []map[string]any{live("OPENAI_API_KEY", "all")}, last, []float64{5, 6}},
		{"deleted by hand", nil, last, []float64{5, 6}},
		{"not selected", []map[string]any{live("OPENAI_API_KEY", "private")}, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProgram(t)
			p.manage("OPENAI_API_KEY")
			p.live = tc.live
			p.outputs["applied"] = tc.last
			if err := p.run(); err != nil {
				t.Fatal(err)
			}
			var got []float64
			if ids := p.resources[secretType+" OPENAI_API_KEY"].inputs["selectedRepositoryIds"]; ids.IsArray() {
				for _, id := range ids.ArrayValue() {
					got = append(got, id.NumberValue())
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMark(t *testing.T) {
	const stands = "2026-08-03T10:00:00Z" // newer than what the list says
	for _, tc := range []struct {
		name string
		file string
		want []string
	}{
		{"the first", "", []string{"serial: 1\n", "store: id-of-store\n", `organization/ANTHROPIC_API_KEY: "2026-08-01T10:00:00Z"`}},
		{"it never goes back", "serial: 4\nsources:\n  organization/ANTHROPIC_API_KEY: \"" + stands + "\"\n  organization/GONE: \"" + stands + "\"\n",
			[]string{"serial: 5\n", `organization/ANTHROPIC_API_KEY: "` + stands + `"`, `organization/OPENAI_API_KEY: "2026-08-01T10:00:00Z"`}},
		{"of the first edition", "date: " + stands + "\nstore: id-of-store\nnames: []\n", []string{"serial: 1\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newProgram(t)
			if tc.file != "" {
				p.files = repository{fixture.MarkPath: tc.file}
			}
			if err := p.run(); err != nil {
				t.Fatal(err)
			}
			text := p.resources[fileType+" mark"].inputs["content"].StringValue()
			for _, want := range tc.want {
				if !strings.Contains(text, want) {
					t.Errorf("the mark lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "GONE") {
				t.Errorf("the mark names what the catalog does not:\n%s", text)
			}
		})
	}
}
