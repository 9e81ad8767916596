package workflow

import (
	"cmp"
	_ "embed"
	"strings"
	"text/template"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

//go:embed secrets_maintenance.yml.tmpl
var maintenanceText string

// defaultStatusToken is printed for a stack that declares no such workflow.
const defaultStatusToken = "SECRETS_STATUS_TOKEN"

// RenderMaintenance is the text of the workflow that looks after the stack: it
// verifies, reports drift and overdue values, and holds no secret of the catalog.
// The stack must have been checked, as secrets.NewStack does.
func RenderMaintenance(s secrets.Stack) string {
	s.StatusToken = cmp.Or(s.StatusToken, defaultStatusToken)
	parsed := template.Must(template.New(s.MaintenancePath()).
		Delims("[[", "]]").
		Option("missingkey=error").
		Parse(maintenanceText))
	data := struct {
		secrets.Stack
		Header, PulumiAPI      string
		Named                  bool   // the workflow has another name than the default
		CatalogFlag, StackFlag string // where they are not the default
	}{s, Header, pulumiAPI(s.PulumiAPIURL), s.Workflow != secrets.DefaultWorkflow, "", ""}
	if s.Catalog != defaultCatalog {
		data.CatalogFlag = " --catalog " + s.Catalog
	}
	if s.Name != "" && s.Name != DefaultStack {
		data.StackFlag = " --stack " + s.Name
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		panic(err) // the template is part of the program, and a Builder takes everything
	}
	return text.String()
}
