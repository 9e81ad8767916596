package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/adopt"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// What is there may be replaced when nothing in it would be lost: this stack
// declared it, it is the declared text already, or it holds nothing of its own. A
// header or an import of the store proves nothing.

// mayReplaceEnvironment refuses an environment that holds something of its own.
// Told to adopt it, the program wants each value in the store first, and the same
// one.
func (s *settings) mayReplaceEnvironment(ctx context.Context, w *world) error {
	if w.Environment == nil || w.last.Environment == s.Environment.String() {
		return nil
	}
	lost := holds(*w.Environment, s.Environment.Store().Import())
	if len(lost) > 0 && s.Adopt {
		lost = nil
		report, err := adopt.Look(ctx, s.esc, s.Environment, s.RootKey)
		if err != nil {
			return err
		}
		for _, key := range report.Moved {
			lost = append(lost, store.Shown(key))
		}
		lost = append(lost, report.Undecided()...)
	}
	if len(lost) == 0 {
		return nil
	}
	return fmt.Errorf("environment %s exists and holds values that are not ours, which would be lost: %s; move them first: %s",
		s.Environment, strings.Join(lost, ", "), s.Typed("secretctl adopt"))
}

// holds lists what a definition gives to those who open it, but for one import.
func holds(text, imported string) []string {
	var all []string
	for _, path := range store.Keys(text) {
		all = append(all, store.Shown(path))
	}
	for _, name := range store.Imports(text) {
		if name != imported {
			all = append(all, "import of "+name)
		}
	}
	return all
}

// mayReplaceFiles refuses files that this stack did not declare. One that belongs
// to another environment is never replaced.
func (s *settings) mayReplaceFiles(w *world) error {
	var errs []error
	for _, f := range w.Files {
		other := workflow.SyncedEnvironment(f.Live)
		known := slices.Contains(w.last.Files, f.String())
		switch {
		case f.Live == "" || !f.Differs():
		case other != "" && other != s.Environment.String() && (!known || other != w.last.Environment):
			errs = append(errs, fmt.Errorf("%s in %s/%s belongs to environment %s: give this stack files of its own: %s",
				f.Path, s.Organization, f.Repository, other, s.Typed("pulumi config set workflow NAME")))
		case !known && !s.Adopt:
			errs = append(errs, s.foreign(f.Repository, f.Path))
		}
	}
	// The mark goes with the workflow: who declared that one has written this one.
	if w.NoMark && !s.Adopt && !slices.Contains(w.last.Files, w.Files[0].String()) {
		errs = append(errs, s.foreign(s.Repository, s.MarkPath()))
	}
	return errors.Join(errs...)
}

func (s *settings) foreign(repository, path string) error {
	return fmt.Errorf("%s exists in %s/%s with another text than this stack declares: keep what you need of it elsewhere, then %s to replace it",
		path, s.Organization, repository, s.Typed("pulumi config set adopt true"))
}

// mayMove refuses another environment as long as the state protects the old store,
// as the first edition did: Pulumi's own error speaks of the program's source.
func (s *settings) mayMove(w *world) error {
	if last := w.last.Environment; last != "" && last != s.Environment.String() && w.last.Edition < edition {
		return fmt.Errorf("the stack was last updated by an older version, which protects the store of %s: pulumi config set environment %s, then pulumi up, then change it", last, last)
	}
	return nil
}
