package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Target is one place that gets the value.
type Target struct {
	Source workflow.Source
	Place  github.Place
	Access github.Access // of an organization secret
	Since  time.Time     // GitHub's date before; zero when it is not there
}

// String names the target, and who may read it.
func (t Target) String() string {
	text := fmt.Sprintf("%s secret %s", t.Source.Level, t.Source.Name)
	switch {
	case t.Source.Level != workflow.Organization:
		return text
	case t.Access.Visibility == "selected":
		return fmt.Sprintf("%s (visibility selected, %d repositories)", text, len(t.Access.Repositories))
	}
	return fmt.Sprintf("%s (visibility %s)", text, t.Access.Visibility)
}

// Ready refuses to begin what could not be brought to an end.
func Ready(w drift.World, s secrets.Secret) error {
	passed := workflow.Passes(w.Files[0].Live)
	passes := slices.ContainsFunc(s.Sources(), func(name string) bool { return passed[workflow.Variable(name)] == name })
	r := w.Received
	switch {
	case r.Organization.Unread || r.Repository.Unread || r.Environment.Unread:
		return stopped(errors.New("GITHUB_TOKEN may not see which secrets the jobs of "+w.Stack.Repository+" receive"), nothing, "secretctl status")
	case w.Mark == nil || w.Mark.Serial == 0 || !w.Store.Exists || w.Environment == nil:
		return stopped(errors.New("the stack is not up: its mark, its store or its environment is missing"), nothing, "pulumi up")
	case w.Pushed == "":
		return stopped(fmt.Errorf("repository %s has no catalog that the sync can read", w.Stack.Repository), nothing, "git push")
	case !passes:
		return stopped(fmt.Errorf("%s does not pass %s to the sync", w.Stack.WorkflowPath(), s.GitHubName), nothing, "pulumi up")
	}
	return nil
}

const nothing = "nothing was changed"

// Rotation lists where a new value of a secret has to be set: under every name, and at
// the level, from which the job receives it, since two different values would be
// refused. The access is read now, and is not to change.
func Rotation(ctx context.Context, c *github.Client, w drift.World, s secrets.Secret) ([]Target, error) {
	var all []Target
	for _, name := range s.Sources() {
		source, at, ok := w.Source(name)
		if !ok {
			continue
		}
		t := Target{Source: source, Place: place(w, source.Level)}
		now, err := c.SecretAt(ctx, t.Place, name)
		if err == nil && source.Level == workflow.Organization {
			t.Access, err = access(ctx, c, w.Stack.Organization, now)
		}
		if err != nil {
			return nil, stopped(err, nothing, again("rotate", s))
		}
		t.Since = latest(w, source, at, now.UpdatedAt)
		all = append(all, t)
	}
	if len(all) > 0 {
		return all, nil
	}
	for _, f := range drift.Find(w) {
		if f.Name == s.Name && f.Class == drift.ByPerson {
			return nil, stopped(errors.New(f.Message), nothing, f.Hint)
		}
	}
	return nil, stopped(fmt.Errorf("%s is not in GitHub", s.GitHubName), nothing, w.HowToSet(s, workflow.Source{Level: workflow.Organization, Name: s.GitHubName}))
}

func again(command string, s secrets.Secret) string { return "secretctl " + command + " " + s.Name }

func place(w drift.World, level workflow.Level) github.Place {
	p := github.Place{Organization: w.Stack.Organization}
	if level != workflow.Organization {
		p.Repository = w.Repository.Name // as it is called now: no write follows a redirect
	}
	if level == workflow.Environment {
		p.Environment = w.Stack.GitHubEnvironment
	}
	return p
}

// access is who may read an organization secret now.
func access(ctx context.Context, c *github.Client, organization string, secret github.Secret) (github.Access, error) {
	a := github.Access{Visibility: secret.Visibility}
	if a.Visibility != "selected" {
		return a, nil
	}
	list, err := c.Repositories(ctx, organization, secret.Name)
	for _, r := range list {
		a.Repositories = append(a.Repositories, r.ID)
	}
	return a, err
}

// latest is the newest date that anybody knows of a source: what a replica that lags
// shows after our write must not be taken for its date.
func latest(w drift.World, source workflow.Source, dates ...time.Time) time.Time {
	texts := []string{w.Mark.Sources[source]}
	if w.Store.Record != nil {
		texts = append(texts, w.Store.Record.Delivered[source])
	}
	for _, text := range texts {
		if at, err := time.Parse(time.RFC3339, text); err == nil && !at.After(w.Now) {
			dates = append(dates, at)
		}
	}
	return slices.MaxFunc(dates, time.Time.Compare)
}

// Restoration is where a deleted secret goes: at the level where it last stood, with
// the access that the catalog declares, else for private repositories.
func Restoration(ctx context.Context, c *github.Client, w drift.World, s secrets.Secret) (Target, error) {
	name := s.GitHubName
	for _, source := range s.Sources() {
		if _, ok := w.Secret(source); ok {
			return Target{}, stopped(fmt.Errorf("%s is in GitHub", source), nothing, "secretctl status")
		}
		if _, _, ok := w.Source(source); ok {
			return Target{}, stopped(fmt.Errorf("the job receives %s", source), nothing, "secretctl status")
		}
	}
	source, _, stood := w.Mark.Sources.Of(name)
	if !stood {
		source = workflow.Source{Level: workflow.Organization, Name: name}
	}
	t := Target{Source: source, Place: place(w, source.Level), Access: github.Access{Visibility: s.Visibility}, Since: latest(w, source, time.Time{})}
	if t.Access.Visibility == "" {
		t.Access.Visibility = "private"
	}
	if source.Level == workflow.Organization {
		for _, name := range s.Repositories {
			r, err := c.Repository(ctx, w.Stack.Organization, name)
			if err != nil {
				return Target{}, stopped(err, nothing, again("restore", s))
			}
			t.Access.Repositories = append(t.Access.Repositories, r.ID)
		}
	}
	// A list may come from a replica that lags: the old value must not replace a new one.
	switch _, err := c.SecretAt(ctx, t.Place, name); {
	case errors.Is(err, github.ErrNotFound):
		return t, nil
	case err != nil:
		return Target{}, stopped(err, nothing, again("restore", s))
	}
	return Target{}, stopped(fmt.Errorf("%s secret %s is in GitHub", t.Place, name), nothing, "secretctl status")
}

// History says in lines who set the value that the store holds, as far as anybody
// knows: GitHub does not tell.
func History(w drift.World, s secrets.Secret) []string {
	var lines []string
	record := store.Record{}
	if w.Store.Record != nil {
		record = *w.Store.Record
	}
	for _, name := range s.Sources() {
		if source, date, ok := record.Delivered.Of(name); ok {
			since, _ := record.ChangeOf(source)
			lines = append(lines, fmt.Sprintf("%s was last set in GitHub at %s; its value is of %s", name, date, since))
		}
	}
	if number, _, _ := strings.Cut(record.Run, "-"); number != "" && number != "local" {
		lines = append(lines, fmt.Sprintf("the last sync was https://github.com/%s/%s/actions/runs/%s", w.Stack.Organization, w.Stack.Repository, number))
	}
	if edit, ok := w.Store.HandEdit(); ok {
		lines = append(lines, fmt.Sprintf("revision %d of the store was written by %s at %s, not by sync: the copy may not be what GitHub held",
			edit.Number, edit.Author, edit.Created.UTC().Format(time.RFC3339)))
	} else if len(w.Store.Revisions) > 0 {
		newest := w.Store.Revisions[0]
		lines = append(lines, fmt.Sprintf("the store's newest revision, %d, was written by %s at %s", newest.Number, newest.Author, newest.Created.UTC().Format(time.RFC3339)))
	}
	return lines
}
