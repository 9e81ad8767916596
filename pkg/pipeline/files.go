package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
)

// newFile declares a file on the default branch. The message is constant: a
// changed attribute is a commit. What may be overwritten has been settled before.
// The old one goes first: the former name of a repository leads to the same file.
func (p *pipeline) newFile(ctx *pulumi.Context, resource, repository, path string, text pulumi.StringInput, opts ...pulumi.ResourceOption) (*github.RepositoryFile, error) {
	opts = append(opts, pulumi.Parent(p), pulumi.Provider(p.providers.github), pulumi.DeleteBeforeReplace(true))
	f, err := github.NewRepositoryFile(ctx, resource, &github.RepositoryFileArgs{
		Repository:        pulumi.String(repository),
		File:              pulumi.String(path),
		Content:           text,
		CommitMessage:     pulumi.String(generated.CommitMessage(path)),
		OverwriteOnCreate: pulumi.Bool(true),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declaring %s: %w", path, err)
	}
	return f, nil
}
