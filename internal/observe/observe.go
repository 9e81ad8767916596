// Package observe reads the world that package drift judges: the store, the
// environment, the generated files, the mark, the organization's secrets and who
// may read them. It writes nothing. Any answer but a clear one is an error: an
// outage must not look like an empty world.
package observe

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/oidc"
	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Observer looks at one stack's pipeline.
type Observer struct {
	Stack   secrets.Stack
	Catalog *secrets.Catalog
	GitHub  *github.Client
	ESC     *esc.Client
	OIDC    *oidc.Client // asked by stacks whose workflow logs in that way
	Uses    *uses.Uses   // who reads what, as far as that is known
	Now     time.Time
	// List lists the organization's secrets; nil asks GitHub. It is called last of
	// all, when everything else could be read.
	List func(context.Context) ([]github.Secret, error)
}

// World reads everything, with a constant number of requests, one more for each
// further hundred secrets of a level and one for each secret whose allow list
// matters.
func (o Observer) World(ctx context.Context) (drift.World, error) {
	repository, err := o.GitHub.Repository(ctx, o.Stack.Organization, o.Stack.Repository)
	if err != nil {
		return drift.World{}, err
	}
	o.Stack.DefaultBranch = cmp.Or(repository.DefaultBranch, o.Stack.DefaultBranch)
	w := drift.NewWorld(o.Stack, o.Catalog, o.Now)
	w.Repository, w.Uses = repository, o.Uses
	for _, read := range []func(context.Context, *drift.World) error{o.environments, o.files, o.mark, o.pushed, o.received, o.trust, o.secrets, o.access} {
		if err := read(ctx, &w); err != nil {
			return w, err
		}
	}
	return w, nil
}

// received reads the levels, each of which the token may or may not read.
func (o Observer) received(ctx context.Context, w *drift.World) error {
	organization, repository := o.Stack.Organization, o.Stack.Repository
	levels := []struct {
		level *received.Level
		read  func() ([]github.Secret, error)
	}{
		{&w.Received.Organization, func() ([]github.Secret, error) { return o.GitHub.Granted(ctx, organization, repository) }},
		{&w.Received.Repository, func() ([]github.Secret, error) { return o.GitHub.RepositorySecrets(ctx, organization, repository) }},
	}
	if name := o.Stack.GitHubEnvironment; name != "" {
		levels = append(levels, levels[0])
		levels[2].level = &w.Received.Environment
		levels[2].read = func() ([]github.Secret, error) {
			return o.GitHub.EnvironmentSecrets(ctx, organization, repository, name)
		}
	}
	for _, l := range levels {
		list, err := l.read()
		switch {
		case errors.Is(err, github.ErrForbidden) || errors.Is(err, github.ErrNotFound):
			*l.level = received.Level{Unread: true}
		case err != nil:
			return err
		default:
			*l.level = received.NewLevel(list)
		}
	}
	return nil
}

func (o Observer) environments(ctx context.Context, w *drift.World) error {
	var err error
	if w.Store, err = store.Observe(ctx, o.ESC, o.Stack.Environment.Store()); err != nil {
		return err
	}
	definition, err := o.ESC.Get(ctx, o.Stack.Environment)
	if errors.Is(err, esc.ErrNotFound) {
		return nil
	}
	w.Environment = &definition.Text
	return err
}

func (o Observer) files(ctx context.Context, w *drift.World) error {
	for i := range w.Files {
		f := &w.Files[i]
		var err error
		if f.Live, err = o.GitHub.File(ctx, o.Stack.Organization, f.Repository, f.Path); err != nil {
			return err
		}
	}
	return nil
}

// mark reads the mark. One that cannot be understood counts as none: up writes it
// anew.
func (o Observer) mark(ctx context.Context, w *drift.World) error {
	text, err := o.GitHub.File(ctx, o.Stack.Organization, o.Stack.Repository, o.Stack.MarkPath())
	mark, bad := workflow.ParseMark([]byte(text))
	if bad == nil {
		w.Mark = &mark
	}
	w.NoMark = bad != nil && text != ""
	return err
}

// pushed reads the catalog that the next sync will use.
func (o Observer) pushed(ctx context.Context, w *drift.World) error {
	text, err := o.GitHub.File(ctx, o.Stack.Organization, o.Stack.Repository, o.Stack.Catalog)
	if catalog, _ := secrets.Parse(o.Stack.Catalog, []byte(text)); catalog != nil {
		w.Pushed = catalog.Digest()
	}
	return err
}

// trust reads the issuer. Whose it is, outputs know better than its name.
func (o Observer) trust(ctx context.Context, w *drift.World) error {
	if !o.Stack.PulumiOIDC {
		return nil
	}
	w.Trust = &drift.Trust{}
	var err error
	w.Trust.Issuer, err = o.OIDC.Find(ctx, o.Stack.Environment.Organization, oidc.IssuerURL(o.Stack.GitHubBaseURL))
	if errors.Is(err, oidc.ErrForbidden) {
		w.Trust.Unread = true
		return nil
	}
	w.Trust.Ours = w.Trust.Issuer != nil && w.Trust.Issuer.Name == oidc.IssuerName(o.Stack)
	return err
}

func (o Observer) secrets(ctx context.Context, w *drift.World) error {
	list := o.List
	if list == nil {
		list = func(ctx context.Context) ([]github.Secret, error) { return o.GitHub.Secrets(ctx, o.Stack.Organization) }
	}
	all, err := list(ctx)
	w.See(all)
	return err
}

// access asks who may read a secret of visibility "selected", where that matters:
// the catalog says who should, or the stack is going to write it.
func (o Observer) access(ctx context.Context, w *drift.World) error {
	for i := range w.Live {
		l := &w.Live[i]
		s, ok := o.Catalog.BySource(l.Name)
		managed := slices.Contains(o.Stack.Managed, s.Name) && l.Name == s.GitHubName
		if !ok || l.Visibility != "selected" || (len(s.Repositories) == 0 && !managed) {
			continue
		}
		list, err := o.GitHub.Repositories(ctx, o.Stack.Organization, l.Name)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b github.Repository) int { return strings.Compare(a.Name, b.Name) })
		l.Repositories = append([]github.Repository{}, list...)
	}
	return nil
}
