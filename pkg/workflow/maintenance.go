package workflow

import (
	"cmp"
	_ "embed"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

//go:embed secrets_maintenance.yml.tmpl
var maintenanceText string

// defaultStatusToken is printed for a stack that declares no such workflow.
const defaultStatusToken = "SECRETS_STATUS_TOKEN"

// RenderMaintenance is the text of the workflow that looks after the stack: it
// verifies, reports drift and overdue values, and holds no secret of the catalog. For
// a catalog with consumers it proposes uses.yaml as well, once a month. The stack must
// have been checked, as secrets.NewStack does.
func RenderMaintenance(s secrets.Stack, c *secrets.Catalog) string {
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
		Consumers              string // OWNER/NAME, separated by spaces
		Uses, Branch           string // the file, and where it is proposed
	}{
		Stack: s, Header: Header, PulumiAPI: pulumiAPI(s.PulumiAPIURL), Named: s.Workflow != secrets.DefaultWorkflow,
		Consumers: consumers(s, c), Uses: path.Join(path.Dir(s.Catalog), "uses.yaml"), Branch: s.Workflow + "-uses",
	}
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

// consumers are the repositories of the catalog. Those without an owner are the
// organization's.
func consumers(s secrets.Stack, c *secrets.Catalog) string {
	var all []string
	for _, name := range c.Consumers {
		if !strings.Contains(name, "/") {
			name = s.Organization + "/" + name
		}
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return strings.Join(slices.CompactFunc(all, strings.EqualFold), " ")
}
