package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-pulumiservice/sdk/go/pulumiservice"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// newStore declares the environment that holds the values. Pulumi creates it and
// never looks at its text again: sync writes that.
func (p *pipeline) newStore(ctx *pulumi.Context) (*pulumiservice.Environment, error) {
	name := p.settings.Environment.Store()
	return p.declare(ctx, "store", name, store.Seed(p.RootKey), p.Store.Exists,
		pulumi.IgnoreChanges([]string{"yaml"}))
}

// newEnvironment declares the environment that applications open. It imports the
// store and holds no value.
func (p *pipeline) newEnvironment(ctx *pulumi.Context, after pulumi.Resource) (*pulumiservice.Environment, error) {
	name := p.settings.Environment
	text := p.DeclaredEnvironment()
	arrived, err := p.arrivedHook(ctx, name, text)
	if err != nil {
		return nil, err
	}
	return p.declare(ctx, "environment", name, text, p.world.Environment != nil,
		pulumi.DependsOn([]pulumi.Resource{after}),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{
			AfterCreate: []*pulumi.ResourceHook{arrived},
			AfterUpdate: []*pulumi.ResourceHook{arrived},
		}))
}

// declare registers an environment that is never deleted. One that exists is
// imported, which does nothing when it is in the state and takes it over when it
// is not: after an outage, a half-finished create, or with a new state.
func (p *pipeline) declare(ctx *pulumi.Context, resource string, name secrets.EnvironmentName, text string, exists bool, opts ...pulumi.ResourceOption) (*pulumiservice.Environment, error) {
	opts = append(opts, pulumi.Parent(p), pulumi.Provider(p.providers.pulumi), pulumi.RetainOnDelete(true))
	if exists {
		opts = append(opts, pulumi.Import(pulumi.ID(name.String())))
	}
	e, err := pulumiservice.NewEnvironment(ctx, resource, &pulumiservice.EnvironmentArgs{
		Organization: pulumi.String(name.Organization),
		Project:      pulumi.String(name.Project),
		Name:         pulumi.String(name.Name),
		Yaml:         pulumi.NewStringAsset(text),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declaring environment %s: %w", name, err)
	}
	return e, nil
}

// arrivedHook reads the environment back after a write. The provider reports a
// write that the service refused as done; the hook makes the same up fail, and
// the next one repairs it.
func (p *pipeline) arrivedHook(ctx *pulumi.Context, name secrets.EnvironmentName, text string) (*pulumi.ResourceHook, error) {
	return ctx.RegisterResourceHook("environment-arrived", func(*pulumi.ResourceHookArgs) error {
		c, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		live, err := p.esc.Get(c, name)
		if err != nil {
			return fmt.Errorf("reading environment %s back: %w", name, err)
		}
		if !generated.SameDefinition(live.Text, text) {
			return fmt.Errorf("environment %s was not written: the service refused and the provider does not say why; check that PULUMI_ACCESS_TOKEN may write it, then run pulumi up again", name)
		}
		return nil
	}, nil)
}
