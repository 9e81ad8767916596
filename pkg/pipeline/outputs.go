package pipeline

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
)

// edition is raised when what a stack leaves behind changes its meaning. The
// second one does not protect the store.
const edition = 2

// exportFindings gives machines what the diagnostics give people. Maps, not lists:
// a name that comes or goes is one changed line.
func (p *pipeline) exportFindings(ctx *pulumi.Context) {
	modes, findings := pulumi.StringMap{}, pulumi.Map{}
	for _, s := range p.secrets {
		modes[s.entry.Name] = pulumi.String(s.mode)
	}
	kinds := map[drift.Kind]pulumi.StringMap{}
	for _, f := range p.findings {
		if f.Proposed() || f.Class == drift.Information {
			continue
		}
		if kinds[f.Kind] == nil {
			kinds[f.Kind] = pulumi.StringMap{}
		}
		name := f.Name
		if name == "" {
			name = "pipeline"
		}
		kinds[f.Kind][name] = pulumi.String(f.Hint)
	}
	for kind, names := range kinds {
		findings[string(kind)] = names
	}
	ctx.Export("secrets", modes)
	ctx.Export("findings", findings)
}

// byID are repositories as a map, which like all outputs shows a change as one line.
func byID(ids []int) pulumi.BoolMap {
	all := pulumi.BoolMap{}
	for _, id := range ids {
		all[strconv.Itoa(id)] = pulumi.Bool(true)
	}
	return all
}

// exportApplied leaves what the next run needs to know of this one; see previous.
func (p *pipeline) exportApplied(ctx *pulumi.Context) {
	applied, files := pulumi.Map{}, pulumi.StringMap{}
	for _, s := range p.secrets {
		if p.managed(s.entry.Name) {
			applied[s.entry.Name] = pulumi.Map{
				"visibility":   pulumi.String(p.visibility(s.entry)),
				"repositories": byID(p.repositories(s.entry)),
				"updatedAt":    p.appliedAt(s),
				"after":        p.appliedAfter(s),
				"trigger":      pulumi.String(p.trigger(s.entry)),
			}
		}
	}
	for _, f := range p.Files {
		files[f.String()] = pulumi.String(f.Resource)
	}
	ctx.Export("edition", pulumi.Int(edition))
	ctx.Export("environment", pulumi.String(p.settings.Environment.String()))
	ctx.Export("files", files)
	ctx.Export("applied", applied)
}
