package workflow

import (
	_ "embed"
	"strconv"
	"strings"
	"text/template"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

//go:embed sync_secrets.yml.tmpl
var templateText string

// Render is the text of the workflow: every secret of the catalog, aliases
// included, passed by name to the one step that runs sync. The arguments must have
// been checked, as secrets.NewStack and secrets.Parse do.
func Render(s secrets.Stack, c *secrets.Catalog) string {
	parsed := template.Must(template.New(s.WorkflowPath()).
		Delims("[[", "]]").
		Option("missingkey=error").
		Funcs(template.FuncMap{"variable": Variable}).
		Parse(templateText))
	data := struct {
		secrets.Stack
		Catalog           *secrets.Catalog
		Header, PulumiAPI string
		Named             bool   // the workflow has another name than the default
		Flags             string // of sync, where the files have other names
	}{s, c, Header, pulumiAPI(s.PulumiAPIURL), s.Workflow != secrets.DefaultWorkflow, flags(s)}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		panic(err) // the template is part of the program, and a Builder takes everything
	}
	return text.String()
}

// flags name the catalog and the mark, both or neither: sync looks for a mark beside
// its catalog, and for a catalog where the default stack says.
func flags(s secrets.Stack) string {
	if s.Catalog == defaultCatalog && s.Workflow == secrets.DefaultWorkflow {
		return ""
	}
	return " --catalog " + s.Catalog + " --mark " + s.MarkPath()
}

const defaultCatalog = "catalog.yaml"

// pulumiAPI is the address as YAML, or "" for the public service, which needs
// no line of its own.
func pulumiAPI(address string) string {
	if address == "" || address == secrets.PublicPulumiURL {
		return ""
	}
	return strconv.Quote(address)
}
