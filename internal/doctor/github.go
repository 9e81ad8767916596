package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/github"
)

// maxSkew is how far the clocks may differ: dates of changes are compared.
const maxSkew = 5 * time.Minute

// github checks the token, its rights and the repository.
func (e *examination) github(ctx context.Context) {
	if e.GitHub == nil {
		e.add(fail("GITHUB_TOKEN", exportGitHub, "it is not set, and everything at GitHub is unknown"))
		return
	}
	now, err := e.GitHub.Clock(ctx)
	switch {
	case errors.Is(err, github.ErrUnauthorized):
		e.add(fail("GITHUB_TOKEN", exportGitHub, "GitHub does not accept it"))
		return
	case err != nil:
		e.add(unknown("GITHUB_TOKEN", "%s", err))
		return
	}
	e.add(pass("GITHUB_TOKEN", "GitHub accepts it"))
	e.clock(now)
	e.repository, err = e.GitHub.Repository(ctx, e.Stack.Organization, e.Stack.Repository)
	if err != nil {
		e.add(e.noRepository(err))
		return
	}
	e.add(e.named())
	e.reads(ctx)
	e.branch(ctx)
}

func (e *examination) clock(theirs time.Time) {
	switch skew := e.Now().Sub(theirs).Abs().Round(time.Second); {
	case theirs.IsZero():
		e.add(unknown("clock", "GitHub names no date"))
	case skew > maxSkew:
		e.add(fail("clock", "sudo timedatectl set-ntp true", "it is %s off GitHub's", skew))
	default:
		e.add(pass("clock", "%s off GitHub's", skew))
	}
}

func (e *examination) noRepository(err error) Check {
	name := e.Stack.Organization + "/" + e.Stack.Repository
	if errors.Is(err, github.ErrNotFound) {
		return fail("repository", fmt.Sprintf("gh repo create %s --private", name), "%s does not exist, or GITHUB_TOKEN may not see it", name)
	}
	return unknown("repository", "%s", err)
}

// named checks that the repository still has the stack's name for it.
func (e *examination) named() Check {
	if !strings.EqualFold(e.repository.Name, e.Stack.Repository) {
		return fail("repository", "pulumi config set repository "+e.repository.Name, "%s is now called %s", e.Stack.Repository, e.repository.Name)
	}
	return pass("repository", "%s/%s, default branch %s", e.Stack.Organization, e.repository.Name, e.repository.DefaultBranch)
}

// reads tries the rights to read.
func (e *examination) reads(ctx context.Context) {
	organization, repository := e.Stack.Organization, e.Stack.Repository
	list, err := e.GitHub.Secrets(ctx, organization)
	e.add(e.right("organization secrets: read", err, "%d listed", len(list)))
	list, err = e.GitHub.RepositorySecrets(ctx, organization, repository)
	e.add(e.right("repository secrets: read", err, "%d listed", len(list)))
	if name := e.Stack.GitHubEnvironment; name != "" {
		list, err = e.GitHub.EnvironmentSecrets(ctx, organization, repository, name)
		if errors.Is(err, github.ErrNotFound) {
			e.add(fail("GitHub environment", fmt.Sprintf("gh api --method PUT repos/%s/%s/environments/%s", organization, repository, name),
				"%s does not exist, or GITHUB_TOKEN may not see it", name))
			return
		}
		e.add(e.right("environment secrets: read", err, "%d listed", len(list)))
	}
}

func (e *examination) right(name string, err error, format string, args ...any) Check {
	switch {
	case errors.Is(err, github.ErrForbidden) || errors.Is(err, github.ErrNotFound):
		return fail(name, exportGitHub, "GITHUB_TOKEN lacks this right")
	case err != nil:
		return unknown(name, "%s", err)
	}
	return pass(name, format, args...)
}

// branch looks at the default branch, and at what the answer says of the token.
func (e *examination) branch(ctx context.Context) {
	b, err := e.GitHub.Branch(ctx, e.Stack.Organization, e.Stack.Repository, e.repository.DefaultBranch)
	e.writes(b.Scopes)
	switch {
	case err != nil:
		e.add(unknown("branch", "%s", err))
	case b.Protected:
		e.add(unknown("branch", "%s is protected: whether the identity of pulumi up is let by cannot be proven without writing", e.repository.DefaultBranch))
	default:
		e.add(pass("branch", "%s takes commits", e.repository.DefaultBranch))
	}
}

// writes can tell the rights of a classic token alone, by its scopes.
func (e *examination) writes(scopes []string) {
	for _, right := range []struct{ name, scope string }{
		{"organization secrets: write", "admin:org"}, {"contents: write", "repo"}, {"workflows: write", "workflow"},
	} {
		switch {
		case scopes == nil:
			e.add(unknown(right.name, "it cannot be proven without writing"))
		case !slices.Contains(scopes, right.scope):
			e.add(fail(right.name, "gh auth refresh --scopes "+right.scope, "the token lacks the scope %s", right.scope))
		default:
			e.add(pass(right.name, "the token has the scope %s", right.scope))
		}
	}
}
