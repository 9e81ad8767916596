package engine

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
)

// BenchmarkPreview compares a clean preview of adopted secrets with the same
// secrets declared one by one with the provider, and with a program that does
// nothing, on one sandbox.
func BenchmarkPreview(b *testing.B) {
	const size = 40
	w := buildWorld(b, fixture.Grow(size))
	ctx := context.Background()
	type stack struct {
		name string
		auto.Stack
	}
	stacks := []stack{
		{"empty", otherStack(b, w, "empty", func(*pulumi.Context) error { return nil })},
		{"one-by-one", otherStack(b, w, "one-by-one", oneByOne(w.Sandbox.GitHubURL(), w.Sandbox.Secrets()))},
	}
	if _, err := w.Up(ctx, io.Discard); err != nil {
		b.Fatal(err)
	}
	if _, err := w.Sync(ctx, io.Discard, io.Discard); err != nil {
		b.Fatal(err)
	}
	stacks = append(stacks, stack{"pipeline", w.Stack})
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		for _, s := range stacks {
			b.Run(s.name+"/"+latency.String(), func(b *testing.B) {
				w.Sandbox.SetLatency(latency)
				defer w.Sandbox.SetLatency(0)
				w.Sandbox.ResetRequests()
				b.ResetTimer()
				for range b.N {
					if _, err := s.Preview(ctx, optpreview.ExpectNoChanges()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(w.Sandbox.Requests()))/float64(b.N), "requests/op")
			})
		}
	}
}

// otherStack is a stack that has been updated once.
func otherStack(b *testing.B, w *engine.Project, name string, program pulumi.RunFunc) auto.Stack {
	b.Helper()
	stack, err := w.NewStack(context.Background(), name, program)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := stack.Up(context.Background(), optup.SuppressOutputs()); err != nil {
		b.Fatal(err)
	}
	return stack
}

// oneByOne declares every secret as a resource of the provider, which needs its
// value.
func oneByOne(url string, values map[string]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p, err := github.NewProvider(ctx, "github", &github.ProviderArgs{
			Owner: pulumi.String(fixture.Organization), BaseUrl: pulumi.String(url), WriteDelayMs: pulumi.Int(1),
		})
		if err != nil {
			return err
		}
		for name, value := range values {
			_, err := github.NewActionsOrganizationSecret(ctx, name, &github.ActionsOrganizationSecretArgs{
				SecretName: pulumi.String(name),
				Visibility: pulumi.String("private"),
				Value:      pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput).ToStringPtrOutput(),
			}, pulumi.Provider(p))
			if err != nil {
				return err
			}
		}
		return nil
	}
}
