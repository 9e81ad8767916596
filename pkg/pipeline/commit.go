package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
)

// mayCommit asks what would refuse the commits of an up, where one is due: the
// provider would meet it half-way, with organization secrets written already. A
// preview says it and goes on, since it needs no right to write.
func (s *settings) mayCommit(ctx *pulumi.Context, w *world) error {
	due := slices.IndexFunc(w.Files, func(f generated.File) bool {
		return f.Differs() && f.Repository == s.Repository && strings.HasPrefix(f.Path, ".github/workflows/")
	})
	if due < 0 && w.Mark != nil && w.Mark.Same(w.Wanted(nil)) {
		return nil
	}
	branch, err := s.github.Branch(ctx.Context(), s.Organization, s.Repository, w.Stack.DefaultBranch)
	switch {
	case errors.Is(err, github.ErrNotFound) || errors.Is(err, github.ErrForbidden):
		return nil // an empty repository has no branch
	case err != nil:
		return err
	case due >= 0 && branch.Scopes != nil && !slices.Contains(branch.Scopes, "workflow"):
		err := fmt.Errorf("GITHUB_TOKEN may not write %s: it lacks the scope workflow; add it at https://github.com/settings/tokens", w.Files[due])
		if !ctx.DryRun() {
			return err
		}
		return ctx.Log.Warn(err.Error(), nil)
	case branch.Protected:
		return ctx.Log.Info(fmt.Sprintf("branch %s of %s/%s is protected: the account of GITHUB_TOKEN has to be allowed to bypass that, or GitHub refuses the commit with 409",
			w.Stack.DefaultBranch, s.Organization, s.Repository), nil)
	}
	return nil
}
