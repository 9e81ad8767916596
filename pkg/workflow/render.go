package workflow

import (
	_ "embed"
	"strconv"
	"strings"
	"text/template"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

//go:embed sync_secrets.yml.tmpl
var source string

// Options are all that the workflow depends on. They must have been checked, as
// secrets.Parse and secrets.NewStack do.
type Options struct {
	Catalog      *secrets.Catalog
	Environment  secrets.EnvironmentName
	RootKey      string
	PulumiAPIURL string // "" is the public one
	PulumiOIDC   bool   // the Pulumi token comes by OIDC, else from PULUMI_ACCESS_TOKEN
}

// ForStack are the options that a stack's config and its catalog give.
func ForStack(s secrets.Stack, c *secrets.Catalog) Options {
	return Options{
		Catalog:      c,
		Environment:  s.Environment,
		RootKey:      s.RootKey,
		PulumiAPIURL: s.PulumiAPIURL,
		PulumiOIDC:   s.PulumiOIDC,
	}
}

// Render is the text of the workflow: every secret of the catalog, aliases
// included, passed by name to the one step that runs sync.
func Render(o Options) string {
	parsed := template.Must(template.New(Path).
		Delims("[[", "]]").
		Option("missingkey=error").
		Funcs(template.FuncMap{"variable": secrets.Variable}).
		Parse(source))
	var text strings.Builder
	data := struct {
		Options
		Header, PulumiAPI string
	}{o, Header, pulumiAPI(o.PulumiAPIURL)}
	if err := parsed.Execute(&text, data); err != nil {
		panic(err) // the template is part of the program, and a Builder takes everything
	}
	return text.String()
}

// pulumiAPI is the address as YAML, or "" for the public service, which needs
// no line of its own.
func pulumiAPI(address string) string {
	if address == "" || address == secrets.PublicPulumiURL {
		return ""
	}
	return strconv.Quote(address)
}
