package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// verify opens the environment as an application does, and checks that it has
// every value of this job that the store has.
func (r *run) verify(ctx context.Context) {
	opened, err := r.ESC.Open(ctx, r.Environment)
	switch {
	case errors.Is(err, esc.ErrNotFound):
		r.problem(fmt.Sprintf("environment %s does not exist", r.Environment), "pulumi up")
		return
	case err != nil:
		r.problem(fmt.Sprintf("cannot tell whether applications get these values: %s", err), "secretctl sync")
		return
	}
	wrong := map[string]bool{}
	for key, value := range r.done().want {
		got, _ := opened.At(r.RootKey, key)
		if got.Kind != esc.String || !got.Secret || !got.Text.Equal(value) {
			wrong[key] = true
		}
	}
	if len(wrong) == 0 || r.replaced(ctx) {
		return
	}
	for i := range r.done().rows {
		row := &r.done().rows[i]
		if slices.ContainsFunc(row.keys, func(key string) bool { return wrong[key] }) {
			row.Finding = true
			row.Note = fmt.Sprintf("applications do not get this value: %s overrides it", r.Environment)
		}
	}
}

// replaced reports whether somebody has written the store since: the values are
// theirs now.
func (r *run) replaced(ctx context.Context) bool {
	newest, err := r.newest(ctx)
	return err == nil && newest != r.revision
}

func (r *run) problem(message, hint string) { r.problems = append(r.problems, Problem{message, hint}) }

// done is the plan that the store now follows: the last one sent if this run
// wrote, which a later attempt may have found out.
func (r *run) done() *plan {
	if r.wrote {
		return &r.sent
	}
	return &r.plan
}
