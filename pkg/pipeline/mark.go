package pipeline

import (
	"time"

	"github.com/pulumi/pulumi-pulumiservice/sdk/go/pulumiservice"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// newMark declares the file whose push starts the sync. Its text is an output,
// since a secret that this up writes gets another date; the resource itself is
// registered outside the apply, so a preview shows it.
func (p *pipeline) newMark(ctx *pulumi.Context, values *pulumiservice.Environment, after []pulumi.Resource) error {
	dates := pulumi.StringMap{}
	for _, s := range p.secrets {
		if p.managed(s.entry.Name) {
			dates[s.entry.Name] = s.updatedAt
		}
	}
	text := pulumi.All(values.EnvironmentId.Elem(), dates).ApplyT(func(all []any) string {
		return workflow.RenderMark(p.Wanted(func(m *workflow.Mark) {
			m.Store = all[0].(string)
			p.written.addTo(m, p.secrets)
		}))
	}).(pulumi.StringOutput)
	file, err := p.newFile(ctx, "mark", p.settings.Repository, p.MarkPath(), text, pulumi.DependsOn(after))
	if err != nil {
		return err
	}
	p.startSync(ctx, file)
	return nil
}

// addTo puts the dates of the secrets that this run has written into the mark. One
// whose date is not known keeps its line: the next up takes the date over.
func (w *written) addTo(m *workflow.Mark, all []*secret) {
	for _, s := range all {
		source, _, stands := m.Sources.Of(s.entry.GitHubName)
		if at, ok := w.date(s.entry.Name); ok && !at.IsZero() && (!stands || source.Level == workflow.Organization) {
			m.Sources.Set(workflow.Source{Level: workflow.Organization, Name: s.entry.GitHubName}, at.UTC().Format(time.RFC3339))
		}
	}
}
