package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// Pipeline is the component above all others.
type Pipeline struct {
	pulumi.ResourceState
	settings *settings
	world    *world
	secrets  []*Secret
	findings []drift.Finding
}

// newPipeline registers the component and the node of every secret.
func newPipeline(ctx *pulumi.Context, s *settings, w *world) (*Pipeline, error) {
	p := &Pipeline{settings: s, world: w}
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
// text on the pipeline. When findings are strict, those that people have to end
// end the run here, before anything is written.
func (p *Pipeline) report(ctx *pulumi.Context) error {
	p.findings = drift.Find(p.observed())
	p.exportFindings(ctx)
	var forPeople int
	for _, f := range p.findings {
		if f.Kind.ForPeople() {
			forPeople++
		}
		if err := ctx.Log.Warn(f.String(), &pulumi.LogArgs{Resource: p.node(f.Name)}); err != nil {
			return fmt.Errorf("reporting %s: %w", f.Message, err)
		}
	}
	if p.settings.Strict && forPeople > 0 {
		return errors.New(count(forPeople, "finding") + ", and " + ctx.Project() + ":strict is true: nothing was written")
	}
	return p.reportTexts(ctx)
}

// observed is the world as drift compares it.
func (p *Pipeline) observed() drift.World {
	w := drift.World{
		Organization: p.settings.Organization,
		Catalog:      p.settings.catalog,
		Live:         p.world.live,
		Managed:      map[string]drift.Managed{},
		Store:        p.world.store,
		Now:          p.settings.now,
	}
	w.Mark, _ = time.Parse(time.RFC3339, p.world.last.Mark.Date)
	for name := range p.settings.values {
		at, _ := parseDate(p.world.last.Applied[name].UpdatedAt)
		w.Managed[name] = drift.Managed{UpdatedAt: at}
	}
	return w
}

// reportTexts shows how the two texts differ that the provider shows as
// "[secret] => [secret]" or as a changed property.
func (p *Pipeline) reportTexts(ctx *pulumi.Context) error {
	var diffs []string
	if live := p.world.environment; live != nil {
		declared := esc.EnvironmentText(p.settings.Environment.Store())
		if strings.TrimSpace(*live) != strings.TrimSpace(declared) {
			diffs = append(diffs, drift.Diff("live/"+p.settings.Environment.String(), "declared", esc.Redact(*live), declared))
		}
	}
	for _, f := range p.world.files {
		if f.live != "" && f.live != f.text {
			diffs = append(diffs, drift.Diff("live/"+f.String(), "declared", f.live, f.text))
		}
	}
	for _, diff := range diffs {
		if err := ctx.Log.Info("up repairs this:\n"+diff, &pulumi.LogArgs{Resource: p}); err != nil {
			return fmt.Errorf("reporting a difference: %w", err)
		}
	}
	return nil
}

// provision declares what is written, each after what it relies on. The mark
// comes last: it says that everything before it is there.
func (p *Pipeline) provision(ctx *pulumi.Context) error {
	for _, s := range p.secrets {
		if err := s.provision(ctx, p); err != nil {
			return err
		}
	}
	store, err := p.newStore(ctx)
	if err != nil {
		return err
	}
	environment, err := p.newEnvironment(ctx, store)
	if err != nil {
		return err
	}
	before := []pulumi.Resource{environment}
	for _, f := range p.world.files {
		file, err := p.newFile(ctx, f.resource, f.repository, f.path, pulumi.String(f.text))
		if err != nil {
			return err
		}
		before = append(before, file)
	}
	mark, err := p.newMark(ctx, store, before)
	if err != nil {
		return err
	}
	p.exportApplied(ctx, mark)
	return nil
}

// node is where a diagnostic about a name belongs.
func (p *Pipeline) node(name string) pulumi.Resource {
	for _, s := range p.secrets {
		if s.entry.Name == name {
			return s
		}
	}
	return p
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
