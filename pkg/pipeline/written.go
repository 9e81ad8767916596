package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
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
func (p *pipeline) writtenHook(ctx *pulumi.Context, s *secret) (*pulumi.ResourceHook, error) {
	before := p.dateBefore(s.entry)
	return ctx.RegisterResourceHook("written "+s.entry.Name, func(*pulumi.ResourceHookArgs) error {
		p.written.note(s.entry.Name, p.dateAfter(s.entry.GitHubName, before))
		return nil
	}, nil)
}

// dateBefore is the newest date that is known of a secret. The list alone may lag
// behind the write of an earlier up, whose date would then pass for that of this
// one.
func (p *pipeline) dateBefore(s secrets.Secret) time.Time {
	live, _ := p.Secret(s.GitHubName)
	newest := live.UpdatedAt
	known := []string{p.last.Applied[s.Name].UpdatedAt, p.last.Applied[s.Name].After}
	if source, date, ok := p.Wanted(nil).Sources.Of(s.GitHubName); ok && source.Level == workflow.Organization {
		known = append(known, date)
	}
	for _, text := range known {
		if at, err := parseDate(text); err == nil && at.After(newest) {
			newest = at
		}
	}
	return newest
}

// dateAfter waits until GitHub shows a newer date than before.
func (p *pipeline) dateAfter(githubName string, before time.Time) time.Time {
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
// taken over, once that is later than the date before the write.
func (p *pipeline) appliedAt(s *secret) pulumi.StringOutput {
	return s.updatedAt.ApplyT(func(string) string {
		at, ok := p.written.date(s.entry.Name)
		if !ok {
			at = p.world.Managed[s.entry.Name].UpdatedAt
			after, _ := parseDate(p.last.Applied[s.entry.Name].After)
			if live, _ := p.Secret(s.entry.GitHubName); at.IsZero() && live.UpdatedAt.After(after) {
				at = live.UpdatedAt
			}
		}
		return dateText(at)
	}).(pulumi.StringOutput)
}

// appliedAfter is the date before a write whose own date is not known.
func (p *pipeline) appliedAfter(s *secret) pulumi.StringOutput {
	return p.appliedAt(s).ApplyT(func(at string) string {
		if at != "" {
			return ""
		}
		return dateText(p.dateBefore(s.entry))
	}).(pulumi.StringOutput)
}

func dateText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// startSync starts the workflow when a secret was written and its date is not
// known: then no line of the mark says so, and no push starts it. A token that may
// not do that leaves it to the next run of the workflow.
func (p *pipeline) startSync(ctx *pulumi.Context, mark *github.RepositoryFile) {
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
