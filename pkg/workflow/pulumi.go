package workflow

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

//go:embed pulumi.yml.tmpl
var pulumiSource string

// DefaultStack is the stack that the commands and the workflows are about unless
// another one is named.
const DefaultStack = "production"

// PulumiPath is where the workflow that runs Pulumi stands in the repository.
func PulumiPath(stackName string) string {
	if stackName == DefaultStack {
		return ".github/workflows/pulumi.yml"
	}
	return ".github/workflows/pulumi-" + stackName + ".yml"
}

// RenderPulumi is the text of the workflow that runs Pulumi: tests and a preview
// for a pull request, up for the default branch, a strict preview at night.
// Committed are the files that up commits to this repository: their pushes start
// no up. The arguments must have been checked, and the name of the stack must be
// one that Pulumi takes.
func RenderPulumi(s secrets.Stack, stackName string, committed []string) string {
	parsed := template.Must(template.New("pulumi.yml").Delims("[[", "]]").Option("missingkey=error").Parse(pulumiSource))
	data := pulumiData{
		Stack: s, StackName: stackName, Named: stackName != DefaultStack,
		Committed: committed, PulumiAPI: pulumiAPI(s.PulumiAPIURL),
	}
	if data.Named {
		data.Flag = " --stack " + stackName
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		panic(err) // the template is part of the program, and a Builder takes everything
	}
	return text.String()
}

type pulumiData struct {
	secrets.Stack
	StackName, Flag, PulumiAPI string
	Named                      bool
	Committed                  []string
}

// tokens is what a job asks for: as much as it needs.
type tokens struct {
	pulumiData
	Flags string // of secretctl app-token
	Scope string // the variable with the scope of the Pulumi token
}

func (d pulumiData) Reading() tokens { return tokens{d, " --read-only" + d.Flag, "PULUMI_READ_SCOPE"} }
func (d pulumiData) Writing() tokens { return tokens{d, d.Flag, "PULUMI_WRITE_SCOPE"} }
