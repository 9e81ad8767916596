// Package generated lists the files whose text the catalog and the stack's config
// alone decide. The mark is not among them: its text depends on the world.
package generated

import (
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// File is one generated file on the default branch of a repository.
type File struct {
	Resource         string // its name in the stack
	Repository, Path string
	Text             string // as declared
	Live             string // as found; "" when it is not there, or was not read

	ours func(text string) bool
}

// Files are the sync workflow and, where they are configured, the maintenance
// workflow and the Python module.
func Files(s secrets.Stack, c *secrets.Catalog) []File {
	files := []File{{
		Resource: "workflow", Repository: s.Repository, Path: s.WorkflowPath(),
		Text: workflow.Render(s, c), ours: workflow.Ours,
	}}
	if s.StatusToken != "" {
		files = append(files, File{
			Resource: "maintenance", Repository: s.Repository, Path: s.MaintenancePath(),
			Text: workflow.RenderMaintenance(s, c), ours: workflow.Ours,
		})
	}
	if s.PythonAccess != nil {
		files = append(files, File{
			Resource: "python-access", Repository: s.PythonAccess.Repository, Path: s.PythonAccess.Path,
			Text: python.Module(s, c), ours: python.Ours,
		})
	}
	return files
}

// String is repository/path.
func (f File) String() string { return f.Repository + "/" + f.Path }

// Foreign reports whether the file as found was written by people.
func (f File) Foreign() bool { return f.Live != "" && !f.ours(f.Live) }

// Differs reports whether the file as found has another text. Files are compared
// byte for byte, as the GitHub provider compares them.
func (f File) Differs() bool { return f.Live != f.Text }

// SameDefinition reports whether two definitions are the same to the Pulumi Cloud
// provider, which ignores white space around them.
func SameDefinition(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// Committed are the paths in the stack's repository that up commits to: those of
// the files, and the mark.
func Committed(s secrets.Stack, c *secrets.Catalog) []string {
	paths := []string{s.MarkPath()}
	for _, f := range Files(s, c) {
		if strings.EqualFold(f.Repository, s.Repository) {
			paths = append(paths, f.Path)
		}
	}
	return paths
}
