package scaffold

import (
	"embed"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Module is the module that the repository depends on.
const Module = "github.com/ai-cherry/sophia-secrets"

// CatalogPath is where the catalog stands.
const CatalogPath = "catalog.yaml"

// Repository says what to write. Its parts must have been checked.
type Repository struct {
	Stack     secrets.Stack
	StackName string
	Version   string // of Module; "" leaves it to go mod tidy, which takes the newest
	Names     []string
}

//go:embed all:templates
var templates embed.FS

// Files are the texts by path. The problems are those of the names.
func (r Repository) Files() (map[string]string, []secrets.Problem) {
	text := r.catalog()
	catalog, problems := secrets.Parse(CatalogPath, []byte(text))
	if len(problems) > 0 {
		return nil, problems
	}
	files := map[string]string{
		CatalogPath:                       text,
		"Pulumi." + r.StackName + ".yaml": r.render("stack.yaml"),
		r.Stack.WorkflowPath():            workflow.Render(r.Stack, catalog),
		workflow.PulumiPath(r.StackName):  r.pulumi(catalog),
	}
	for _, name := range rendered {
		files[name] = r.render(name)
	}
	return files, nil
}

// paths are those of the files, sorted.
func paths(stackName string) []string {
	sync := secrets.Stack{Workflow: secrets.DefaultWorkflow}.WorkflowPath()
	all := []string{CatalogPath, "Pulumi." + stackName + ".yaml", sync, workflow.PulumiPath(stackName)}
	all = append(all, rendered...)
	slices.Sort(all)
	return all
}

// rendered are the files that depend on nothing but the answers.
var rendered = []string{"go.mod", "main.go", "Pulumi.yaml", ".gitignore", "README.md"}

func (r Repository) pulumi(catalog *secrets.Catalog) string {
	return workflow.RenderPulumi(r.Stack, r.StackName, generated.Committed(r.Stack, catalog))
}

// catalog gives a GitHub name of its own to a name that GitHub refuses.
func (r Repository) catalog() string {
	var text strings.Builder
	text.WriteString(r.render(CatalogPath))
	for _, name := range r.Names {
		text.WriteString("  - name: " + scalar(name) + "\n")
		if rest, ok := strings.CutPrefix(name, "GITHUB_"); ok {
			text.WriteString("    github_name: GH_" + rest + " # GitHub refuses names that start with GITHUB_\n")
		}
	}
	return text.String()
}

func (r Repository) render(name string) string {
	source, err := templates.ReadFile("templates/" + name + ".tmpl")
	if err != nil {
		panic(err) // the templates are part of the program
	}
	parsed := template.Must(template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"scalar": scalar}).Parse(string(source)))
	var text strings.Builder
	data := struct {
		Repository
		Module, PulumiWorkflow string
	}{r, Module, workflow.PulumiPath(r.StackName)}
	if err := parsed.Execute(&text, data); err != nil {
		panic(err) // likewise, and a Builder takes everything
	}
	return text.String()
}

// scalar is a text as YAML: quoted where it would be read as something else.
func scalar(text string) string {
	out, err := yaml.Marshal(text)
	if err != nil {
		panic(err) // a text always is YAML
	}
	return strings.TrimSuffix(string(out), "\n")
}
