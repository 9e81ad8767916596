package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// file is a generated file whose text depends on the catalog and the config
// alone. The mark is none: its text depends on the world.
type file struct {
	resource         string // its name in the stack
	repository, path string
	text             string            // as declared
	ours             func(string) bool // whether a text that is found there was generated
	live             string            // as found; "" when it is not there
}

// String is repository/path.
func (f file) String() string { return f.repository + "/" + f.path }

// declaredFiles are the workflow and, when it is configured, what applications
// read the secrets with in Python.
func (s *settings) declaredFiles() []file {
	files := []file{{resource: "workflow", repository: s.Repository, path: workflow.Path, ours: workflow.Ours, text: workflow.Render(workflow.ForStack(s.Stack, s.catalog))}}
	if s.PythonAccess == nil {
		return files
	}
	o := python.Options{
		Catalog: s.catalog, Environment: s.Environment, RootKey: s.RootKey,
		PulumiAPIURL: s.PulumiAPIURL, ModulePath: s.PythonAccess.Path,
	}
	return append(files,
		file{resource: "python-access", repository: s.PythonAccess.Repository, path: s.PythonAccess.Path, ours: python.Ours, text: python.Module(o)},
		file{resource: "python-access-test", repository: s.PythonAccess.Repository, path: python.TestPath, ours: python.Ours, text: python.AccessTest(o)})
}

// newFile declares a file on the default branch. The message is constant: a
// changed attribute is a commit. What may be overwritten has been settled before.
func (p *Pipeline) newFile(ctx *pulumi.Context, resource, repository, path string, text pulumi.StringInput, opts ...pulumi.ResourceOption) (*github.RepositoryFile, error) {
	opts = append(opts, pulumi.Parent(p), pulumi.Provider(p.world.providers.github))
	f, err := github.NewRepositoryFile(ctx, resource, &github.RepositoryFileArgs{
		Repository:        pulumi.String(repository),
		File:              pulumi.String(path),
		Content:           text,
		CommitMessage:     pulumi.String("Update " + path),
		OverwriteOnCreate: pulumi.Bool(true),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declaring %s: %w", path, err)
	}
	return f, nil
}
