package sync

import (
	"context"
	"errors"
	"fmt"

	"github.com/ai-cherry/sophia-secrets/internal/verify"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// verify opens the environment as an application does, and checks every key: that
// it has the value that this job brought, else that what the store kept will do.
func (r *run) verify(ctx context.Context) {
	opened, err := r.ESC.Open(ctx, r.Environment)
	switch {
	case errors.Is(err, esc.ErrNotFound):
		r.problem(fmt.Sprintf("environment %s does not exist", r.Environment), "pulumi up")
		return
	case err != nil:
		r.problem(fmt.Sprintf("cannot tell whether applications get these values: %s", err), "secretctl verify")
		return
	}
	wrong := map[int]string{}
	for i, row := range r.done().rows {
		for _, key := range row.keys {
			got, _ := opened.At(r.RootKey, key)
			if problem := r.judge(row, key, got); problem != "" && wrong[i] == "" {
				wrong[i] = problem
			}
		}
	}
	if len(wrong) == 0 || r.replaced(ctx) {
		return
	}
	for i, problem := range wrong {
		row := &r.done().rows[i]
		row.Finding, row.Note = true, problem
	}
}

// judge says what is wrong with a key; "" if nothing is, or if the row says why
// already.
func (r *run) judge(row Row, key string, got esc.Value) string {
	if want, ok := r.done().want[key]; ok {
		if !verify.Same(got, want) {
			return fmt.Sprintf("applications do not get this value: %s overrides it", r.Environment)
		}
		return ""
	}
	s, _ := r.Catalog.ByName(row.Name)
	if problem := verify.Judge(s, got); problem != "" && !row.Finding && row.Verdict == Kept {
		return "applications get one that is no good: " + problem
	}
	return ""
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
