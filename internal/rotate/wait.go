package rotate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
)

// wait returns when applications read the value and the record says so.
func (r *Rotate) wait(ctx context.Context) error {
	r.Say("waiting for the sync")
	began, said := time.Now(), time.Now()
	for try := 0; ; try++ {
		run, _ := r.newestRun(ctx) // before the store: what the run wrote is there then
		done, err := r.arrived(ctx)
		var failed *esc.Error
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
		case errors.As(err, &failed) && failed.Temporary():
			r.Say("the store cannot be read: %s", err)
		case err != nil:
			return err
		case r.lastRun >= 0 && run.ID > r.lastRun && slices.Contains([]string{"failure", "timed_out", "startup_failure"}, run.Conclusion):
			return stopped(fmt.Errorf("run %d of %s ended with %s", run.ID, r.World.Stack.WorkflowPath(), run.Conclusion), r.state(),
				fmt.Sprintf("gh run view %d --log-failed --repo %s/%s", run.ID, r.World.Stack.Organization, r.World.Stack.Repository))
		}
		if time.Since(said) > 30*time.Second {
			said = time.Now()
			r.Say("still waiting, for %s", time.Since(began).Round(time.Second))
		}
		if !r.pause(ctx, try) {
			s := r.World.Stack
			return stopped(fmt.Errorf("the sync has not delivered %s: %w", r.Secret.Name, context.Cause(ctx)), r.state(),
				fmt.Sprintf("gh run list --workflow %s.yml --repo %s/%s", s.Workflow, s.Organization, s.Repository))
		}
	}
}

// arrived looks at the store. A sync that has tried and could not is an error.
func (r *Rotate) arrived(ctx context.Context) (bool, error) {
	name := r.World.Stack.Environment.Store()
	definition, err := r.ESC.Get(ctx, name)
	if err != nil {
		return false, r.unreadable(err)
	}
	record, _ := store.ReadRecord(definition.Text)
	if before := r.World.Store.Record; before != nil && record.Run == before.Run {
		return false, nil // no sync has written since
	}
	for _, t := range r.Targets {
		if reason := record.Undelivered[t.Source]; reason != "" && record.Serial >= max(r.serial, 1) {
			return false, stopped(fmt.Errorf("the sync did not deliver %s: %s", t.Source.Name, reason), r.state(), "secretctl status")
		}
		if line, asked := r.lines[t.Source]; r.serial > 0 && asked && record.Delivered[t.Source] < line {
			return false, nil
		}
	}
	value, ok, err := Held(ctx, r.ESC, r.World, r.Secret)
	switch {
	case err != nil:
		return false, r.unreadable(err)
	case ok && value.Equal(r.Value):
		return true, nil
	case r.serial == 0: // a sync of before may have written; another is on its way
		return false, nil
	}
	return false, stopped(fmt.Errorf("applications do not read the new value: %s overrides it", r.World.Stack.Environment),
		fmt.Sprintf("GitHub and the store hold the new value, the mark has serial %d", r.serial), "secretctl verify")
}

// unreadable stops on an answer that waiting does not change.
func (r *Rotate) unreadable(err error) error {
	var failed *esc.Error
	if errors.As(err, &failed) && failed.Temporary() {
		return err
	}
	return stopped(err, r.state(), "secretctl status")
}

// newestRun is the zero Run where there is none; false where the token may not see any.
func (r *Rotate) newestRun(ctx context.Context) (github.Run, bool) {
	s := r.World.Stack
	runs, err := r.GitHub.Runs(ctx, s.Organization, r.World.Repository.Name, path.Base(s.WorkflowPath()), "")
	if err != nil || len(runs) == 0 {
		return github.Run{}, err == nil
	}
	return runs[0], true
}
