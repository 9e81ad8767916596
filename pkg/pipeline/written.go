package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// dateTimeout is how long an up waits for GitHub to show a write.
	dateTimeout = 30 * time.Second
	datePause   = 500 * time.Millisecond
)

// written remembers what this run has written, and when by GitHub's clock. The
// provider reads the date back at once, when GitHub may still show the old one, or
// none when that read fails.
type written struct {
	mu    sync.Mutex
	dates map[string]time.Time // by name; zero when GitHub did not show the write in time
}

// date is that of a secret that was written; false if it was not.
func (w *written) date(name string) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ok := w.dates[name]
	return at, ok
}

func (w *written) note(name string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dates == nil {
		w.dates = map[string]time.Time{}
	}
	w.dates[name] = at
}

// unknown reports whether a date is missing that the mark should have.
func (w *written) unknown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range w.dates {
		if at.IsZero() {
			return true
		}
	}
	return false
}

// writtenHook runs after the secret was written. It never fails: a date that does
// not come is not worth the up.
func (p *Pipeline) writtenHook(ctx *pulumi.Context, s *Secret) (*pulumi.ResourceHook, error) {
	before, _ := p.Secret(s.entry.GitHubName)
	return ctx.RegisterResourceHook("written "+s.entry.Name, func(*pulumi.ResourceHookArgs) error {
		p.written.note(s.entry.Name, p.dateAfter(s.entry.GitHubName, before.UpdatedAt))
		return nil
	}, nil)
}

// dateAfter waits until GitHub shows a newer date than before.
func (p *Pipeline) dateAfter(githubName string, before time.Time) time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), p.dateTimeout)
	defer cancel()
	for {
		s, err := p.github.Secret(ctx, p.Organization, githubName)
		if err == nil && s.UpdatedAt.After(before) {
			return s.UpdatedAt.UTC()
		}
		select {
		case <-ctx.Done():
			return time.Time{}
		case <-time.After(datePause):
		}
	}
}

// appliedAt is what the next run compares GitHub's date with: when this one wrote
// the secret, or what the last one knew. Without either, what GitHub shows now is
// taken over.
func (p *Pipeline) appliedAt(s *Secret) pulumi.StringOutput {
	return s.updatedAt.ApplyT(func(string) string {
		at, ok := p.written.date(s.entry.Name)
		if !ok {
			at = p.world.Managed[s.entry.Name].UpdatedAt
			if live, exists := p.Secret(s.entry.GitHubName); exists && at.IsZero() {
				at = live.UpdatedAt
			}
		}
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}).(pulumi.StringOutput)
}

// startSync starts the workflow when a secret was written and its date is not
// known: then no line of the mark says so, and no push starts it. A token that may
// not do that leaves it to the next run of the workflow.
func (p *Pipeline) startSync(ctx *pulumi.Context, mark *github.RepositoryFile) {
	mark.CommitSha.ApplyT(func(string) string {
		if !ctx.DryRun() && p.written.unknown() {
			c, cancel := context.WithTimeout(context.Background(), dateTimeout)
			defer cancel()
			if err := p.github.Dispatch(c, p.Organization, p.settings.Repository, p.WorkflowPath()); err != nil {
				_ = ctx.Log.Warn("starting the sync: "+err.Error(), &pulumi.LogArgs{Resource: p})
			}
		}
		return ""
	})
}
