package pipeline

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
)

// exportFindings gives machines what the diagnostics give people, each sorted.
func (p *Pipeline) exportFindings(ctx *pulumi.Context) {
	managed, adopted := []string{}, []string{}
	for _, s := range p.secrets {
		if p.managed(s.entry.Name) {
			managed = append(managed, s.entry.Name)
		} else {
			adopted = append(adopted, s.entry.Name)
		}
	}
	slices.Sort(managed)
	slices.Sort(adopted)
	ctx.Export("managed", pulumi.ToStringArray(managed))
	ctx.Export("adopted", pulumi.ToStringArray(adopted))
	for _, kind := range drift.Kinds {
		ctx.Export(string(kind), pulumi.ToStringArray(drift.Names(p.findings, kind)))
	}
}

// exportApplied leaves what the next run needs to know of this one; see previous.
func (p *Pipeline) exportApplied(ctx *pulumi.Context) {
	applied := pulumi.Map{}
	for _, s := range p.secrets {
		if p.managed(s.entry.Name) {
			applied[s.entry.Name] = pulumi.Map{
				"visibility":   pulumi.String(p.visibility(s.entry)),
				"repositories": pulumi.ToIntArray(p.repositories(s.entry)),
				"updatedAt":    p.appliedAt(s),
				"trigger":      pulumi.String(p.trigger(s.entry)),
			}
		}
	}
	var files []string
	for _, f := range p.Files {
		files = append(files, f.String())
	}
	ctx.Export("environment", pulumi.String(p.settings.Environment.String()))
	ctx.Export("files", pulumi.ToStringArray(files))
	ctx.Export("applied", applied)
}
