package rotate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/verify"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Rotate configures one rotation or restoration.
type Rotate struct {
	GitHub  *github.Client
	ESC     *esc.Client
	World   drift.World // as it was observed before
	Secret  secrets.Secret
	Command string // "rotate" or "restore", for hints
	Value   secrets.Value
	Targets []Target

	Say         func(format string, args ...any) // progress, a line each
	Pause       time.Duration                    // between looks at the store and at GitHub's dates; 0 is a growing one
	DateTimeout time.Duration                    // how long to wait for GitHub to show a write; 0 is 30 s

	set     []string // the names that hold the value now
	serial  int      // of the mark that was pushed; 0 if none was
	lines   workflow.Sources
	lastRun int // of the workflow, before this one's; -1 if it is not known
}

// Stopped is the error of a rotation that ended early: what every side holds, and what
// to type.
type Stopped struct {
	Err         error
	State, Hint string
	Arrived     bool // applications read the value all the same
}

func stopped(err error, state, hint string) *Stopped {
	return &Stopped{Err: err, State: state, Hint: hint}
}

// Error says why, and what every side holds.
func (s *Stopped) Error() string { return s.Err.Error() + "; " + s.State }

// Unwrap returns why it ended.
func (s *Stopped) Unwrap() error { return s.Err }

// Held is what applications read for the secret now; false if its keys differ or are
// not there.
func Held(ctx context.Context, c *esc.Client, w drift.World, s secrets.Secret) (secrets.Value, bool, error) {
	opened, err := c.Open(ctx, w.Stack.Environment)
	if err != nil {
		return secrets.Value{}, false, err
	}
	first, ok := opened.At(w.Stack.RootKey, s.Key)
	for _, key := range s.MoreKeys {
		other, has := opened.At(w.Stack.RootKey, key)
		ok = ok && has && verify.Same(other, first.Text)
	}
	return first.Text, ok && first.Kind == esc.String, nil
}

// Run sends the value, moves the mark, and returns when applications read the value.
// Its error is a *Stopped.
func (r *Rotate) Run(ctx context.Context) error {
	for _, t := range r.Targets {
		if err := r.GitHub.SetSecret(ctx, t.Place, t.Source.Name, r.Value, t.Access); err != nil {
			return stopped(err, r.stateAfter(t, github.Unsure(err)), again(r.Command, r.Secret))
		}
		r.set = append(r.set, t.Source.Name)
		r.Say("GitHub: %s is set", t)
	}
	if run, seen := r.newestRun(ctx); seen {
		r.lastRun = run.ID
	} else {
		r.lastRun = -1
	}
	if r.lines = r.dates(ctx); len(r.lines) == len(r.Targets) {
		if err := r.moveMark(ctx); err != nil {
			return stopped(err, r.state(), "pulumi up")
		}
		r.Say("%s: serial %d is pushed, which starts the sync", r.World.Stack.MarkPath(), r.serial)
	} else {
		r.Say("GitHub does not show the new date yet: the sync is started by hand")
		if err := r.GitHub.Dispatch(ctx, r.World.Stack.Organization, r.World.Repository.Name, r.World.Stack.WorkflowPath()); err != nil {
			return stopped(err, r.state(), "pulumi up")
		}
	}
	if err := r.wait(ctx); err != nil {
		return err
	}
	if r.serial == 0 {
		return &Stopped{errors.New("GitHub does not show the new date yet"), "applications read the value, and the mark is as it was", "pulumi up", true}
	}
	return nil
}

// stateAfter is the state when a target did not take the value.
func (r *Rotate) stateAfter(t Target, unsure bool) string {
	switch {
	case unsure && r.restores():
		return fmt.Sprintf("GitHub may hold %s again, and the store holds it as before", t.Source.Name)
	case unsure && len(r.set) == 0:
		return fmt.Sprintf("GitHub may hold the new value of %s, and the store holds the old one", t.Source.Name)
	case len(r.set) == 0:
		return nothing
	case unsure:
		return fmt.Sprintf("GitHub holds the new value of %s and may hold it of %s, and the store holds the old one", strings.Join(r.set, ", "), t.Source.Name)
	}
	return fmt.Sprintf("GitHub holds the new value of %s and the old one of %s, and the store holds the old one", strings.Join(r.set, ", "), t.Source.Name)
}

// state is what every side holds once GitHub has the value.
func (r *Rotate) state() string {
	github, held := "GitHub holds the new value", "the store held the old one when it was last read"
	if r.restores() {
		github, held = "GitHub holds the value again", "the store holds it as before"
	}
	mark := "the mark is as it was"
	if r.serial > 0 {
		mark = fmt.Sprintf("the mark has serial %d", r.serial)
	}
	return fmt.Sprintf("%s, %s, and %s", github, mark, held)
}

func (r *Rotate) restores() bool { return r.Command == "restore" }

// dates are the new lines of the mark: GitHub's dates, as soon as it shows them.
func (r *Rotate) dates(ctx context.Context) workflow.Sources {
	timeout := r.DateTimeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	lines := workflow.Sources{}
	for _, t := range r.Targets {
		for try := 0; ; try++ {
			now, err := r.GitHub.SecretAt(ctx, t.Place, t.Source.Name)
			if err == nil && now.UpdatedAt.After(t.Since) {
				lines[t.Source] = now.UpdatedAt.UTC().Format(time.RFC3339)
				break
			}
			if !r.pause(ctx, try) {
				return lines
			}
		}
	}
	return lines
}

// pause waits before another look; false if there is no time for one.
func (r *Rotate) pause(ctx context.Context, try int) bool {
	wait := r.Pause
	if wait == 0 {
		wait = min(500*time.Millisecond<<min(try, 4), 5*time.Second)
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// moveMark writes the mark as up would: the new lines, and the next serial. Everything
// else stays as it stands there, whoever has written it meanwhile.
func (r *Rotate) moveMark(ctx context.Context) error {
	s, name := r.World.Stack, r.World.Repository.Name
	refused := ""
	for try := 0; ; try++ {
		old, err := r.GitHub.File(ctx, s.Organization, name, s.MarkPath())
		if err != nil {
			return err
		}
		mark, err := workflow.ParseMark([]byte(old))
		if err != nil {
			return fmt.Errorf("%s: %w", s.MarkPath(), err)
		}
		before := mark
		mark.Sources = maps.Clone(mark.Sources)
		for source, date := range r.lines {
			mark.Sources.Set(source, date)
		}
		if mark.Same(before) { // an up, or an answer that was lost
			r.serial = mark.Serial
			return nil
		}
		last := 0
		if r.World.Store.Record != nil {
			last = r.World.Store.Record.Serial
		}
		mark.Serial = max(mark.Serial, last) + 1
		err = r.GitHub.WriteFile(ctx, s.Organization, name, s.MarkPath(), old, workflow.RenderMark(mark), generated.CommitMessage(s.MarkPath()))
		changed := errors.Is(err, github.ErrConflict) && old != refused
		switch {
		case err == nil:
			r.serial = mark.Serial
			return nil
		case try >= 4 || !changed && !github.Unsure(err) || !r.pause(ctx, try):
			return err
		}
		if errors.Is(err, github.ErrConflict) {
			refused = old // the same text refused twice is a protected branch
		}
	}
}
