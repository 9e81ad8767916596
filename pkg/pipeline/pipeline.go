package pipeline

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/words"
)

// pipeline is the component above all others.
type pipeline struct {
	pulumi.ResourceState
	*settings
	*world
	secrets  []*secret
	findings []drift.Finding
	written  written
}

// newPipeline registers the component and the node of every secret.
func newPipeline(ctx *pulumi.Context, s *settings, w *world) (*pipeline, error) {
	p := &pipeline{settings: s, world: w}
	err := ctx.RegisterComponentResourceV2("sophia-secrets:index:Pipeline", "pipeline", pulumi.Map{
		"organization": pulumi.String(s.Organization),
		"repository":   pulumi.String(s.Repository),
		"environment":  pulumi.String(s.Environment.String()),
	}, p)
	if err != nil {
		return nil, fmt.Errorf("registering the pipeline: %w", err)
	}
	for _, entry := range s.catalog.Secrets {
		secret, err := p.newSecret(ctx, entry)
		if err != nil {
			return nil, err
		}
		p.secrets = append(p.secrets, secret)
	}
	return p, nil
}

// report hangs every finding on the node of its secret, and the difference of a
// text on the pipeline. What the provider shows is not said twice.
func (p *pipeline) report(ctx *pulumi.Context) error {
	p.findings = drift.Find(p.World)
	p.exportFindings(ctx)
	for _, f := range p.findings {
		log := ctx.Log.Warn
		switch {
		case f.Proposed():
			continue
		case f.Class == drift.Information:
			log = ctx.Log.Info
		}
		if err := log(f.String(), &pulumi.LogArgs{Resource: p.node(f.Name)}); err != nil {
			return fmt.Errorf("reporting %s: %w", f.Message, err)
		}
	}
	return p.reportTexts(ctx)
}

// reportTexts shows the diff of each text that the provider shows only as "[secret]
// => [secret]" or as a changed property. What people wrote may hold a value, so it
// is redacted or only counted.
func (p *pipeline) reportTexts(ctx *pulumi.Context) error {
	var diffs []string
	if p.EnvironmentDiffers() {
		diffs = append(diffs, generated.Diff("live/"+p.settings.Environment.String(), "declared", store.Redact(*p.world.Environment), p.DeclaredEnvironment()))
	}
	for _, f := range p.Files {
		switch {
		case f.Foreign():
			diffs = append(diffs, fmt.Sprintf("%s was written by people: %s go\n", f, words.Count(strings.Count(f.Live, "\n"), "line")))
		case f.Live != "" && f.Differs():
			diffs = append(diffs, generated.Diff("live/"+f.String(), "declared", f.Live, f.Text))
		}
	}
	for _, diff := range diffs {
		if err := ctx.Log.Info("up repairs this:\n"+diff, &pulumi.LogArgs{Resource: p}); err != nil {
			return fmt.Errorf("reporting a difference: %w", err)
		}
	}
	return nil
}

// strict fails a strict preview that has findings, after it has shown them all.
func (p *pipeline) strict() error {
	n := 0
	for _, f := range p.findings {
		if f.Class != drift.Information {
			n++
		}
	}
	if !p.strictly || n == 0 {
		return nil
	}
	return fmt.Errorf("%s, and %s is true", words.Count(n, "finding"), StrictVariable)
}

// provision declares what is written, each after what it relies on. The mark
// comes last: it says that everything before it is there.
func (p *pipeline) provision(ctx *pulumi.Context) error {
	for _, s := range p.secrets {
		if err := s.provision(ctx, p); err != nil {
			return err
		}
	}
	values, err := p.newStore(ctx)
	if err != nil {
		return err
	}
	environment, err := p.newEnvironment(ctx, values)
	if err != nil {
		return err
	}
	before := []pulumi.Resource{environment}
	trusted, err := p.newIssuer(ctx)
	if err != nil {
		return fmt.Errorf("declaring the OIDC issuer: %w", err)
	}
	for _, f := range p.Files { // a workflow that logs in by OIDC comes after the issuer that lets it in
		file, err := p.newFile(ctx, f.Resource, f.Repository, f.Path, pulumi.String(f.Text), pulumi.DependsOn(trusted))
		if err != nil {
			return err
		}
		before = append(before, file)
	}
	if err := p.newMark(ctx, values, before); err != nil {
		return err
	}
	p.exportApplied(ctx)
	return nil
}

// node is where a diagnostic about a name belongs.
func (p *pipeline) node(name string) pulumi.Resource {
	for _, s := range p.secrets {
		if s.entry.Name == name {
			return s
		}
	}
	return p
}
