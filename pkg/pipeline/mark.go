package pipeline

import (
	"fmt"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/pulumi/pulumi-pulumiservice/sdk/go/pulumiservice"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// newMark declares the file whose push starts the sync. Its text is an output,
// since a secret that this up writes moves the date; the resource itself is
// registered outside the apply, so a preview shows it.
func (p *Pipeline) newMark(ctx *pulumi.Context, newStore *pulumiservice.Environment, after []pulumi.Resource) (pulumi.Output, error) {
	adopted := p.adoptedMark()
	dates := pulumi.StringMap{}
	for _, s := range p.secrets {
		if p.managed(s.entry.Name) {
			dates[s.entry.Name] = s.updatedAt
		}
	}
	mark := pulumi.All(dates, newStore.EnvironmentId.Elem()).ApplyT(func(all []any) (workflow.Mark, error) {
		m, err := withManaged(adopted, all[0].(map[string]string))
		if err != nil {
			return m, err
		}
		m = forward(m, p.last.Mark, p.Store)
		m.Store = all[1].(string)
		return m, nil
	})
	text := mark.ApplyT(func(m any) string { return workflow.RenderMark(m.(workflow.Mark)) }).(pulumi.StringOutput)
	_, err := p.newFile(ctx, "mark", p.settings.Repository, workflow.MarkPath, text, pulumi.DependsOn(after))
	return mark, err
}

// adoptedMark is the newest date of what people set, and who moved it. The
// aliases of a managed secret are theirs too.
func (p *Pipeline) adoptedMark() workflow.Mark {
	var m workflow.Mark
	for _, l := range p.Live {
		s, ok := p.catalog.BySource(l.Name)
		if ok && (!p.managed(s.Name) || l.Name != s.GitHubName) {
			m = newer(m, l.UpdatedAt, s.Name)
		}
	}
	return m
}

func withManaged(m workflow.Mark, dates map[string]string) (workflow.Mark, error) {
	for name, text := range dates {
		at, err := parseDate(text)
		if err != nil {
			return m, fmt.Errorf("reading the date of organization secret %s: %w", name, err)
		}
		m = newer(m, at, name)
	}
	slices.Sort(m.Names)
	return m, nil
}

func newer(m workflow.Mark, at time.Time, name string) workflow.Mark {
	switch {
	case at.After(m.Date):
		return workflow.Mark{Date: at, Names: []string{name}}
	case at.Equal(m.Date):
		m.Names = append(slices.Clone(m.Names), name)
	}
	return m
}

// forward keeps the last mark unless there is a reason for a newer one, so the
// mark never goes back and no commit is without a reason. A reason without a
// later date moves it by a second, once: another secret that changed in the same
// second, which is all that GitHub's dates resolve, and a hand edit of the store,
// since the clock of ESC says nothing about the dates of GitHub.
func forward(m workflow.Mark, last markOutput, state store.State) workflow.Mark {
	var edits []string
	if edit, ok := state.HandEdit(); ok {
		edits = []string{drift.RevisionName(edit)}
	}
	at, err := time.Parse(time.RFC3339, last.Date)
	if err != nil || m.Date.After(at) {
		return workflow.Mark{Date: m.Date, Names: slices.Concat(m.Names, edits)}
	}
	reasons := edits
	if m.Date.Equal(at) {
		reasons = slices.Concat(m.Names, edits)
	}
	reasons = slices.DeleteFunc(reasons, func(name string) bool { return slices.Contains(last.Names, name) })
	if len(reasons) == 0 {
		return workflow.Mark{Date: at, Names: last.Names}
	}
	return workflow.Mark{Date: at.Add(time.Second), Names: reasons}
}
