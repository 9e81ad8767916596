package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/observe"
)

// world is what the program saw before it declared anything.
type world struct {
	drift.World
	providers *providers
	last      *previous
	allowed   map[string][]int // repository ids of the managed secrets of visibility "selected", by name
}

// read looks at everything the declaration depends on, and refuses to replace
// what people made.
func (s *settings) read(ctx *pulumi.Context, last *previous) (*world, error) {
	w := &world{last: last}
	var err error
	observer := observe.Observer{Stack: s.Stack, Catalog: s.catalog, GitHub: s.github, ESC: s.esc, OIDC: s.oidc, Uses: s.uses, Now: s.now,
		List: func(context.Context) ([]github.Secret, error) {
			if w.providers, err = s.newProviders(ctx); err != nil {
				return nil, err
			}
			return s.organizationSecrets(ctx, w.providers)
		}}
	if w.World, err = observer.World(ctx.Context()); err != nil {
		return nil, err
	}
	for name := range w.Managed {
		applied, known := last.Applied[name]
		at, _ := parseDate(applied.UpdatedAt)
		w.Managed[name] = drift.Managed{UpdatedAt: at, First: !known}
	}
	if err := errors.Join(w.settleTrust(), s.mayMove(w), s.mayReplaceEnvironment(ctx.Context(), w), s.mayReplaceFiles(w)); err != nil {
		return nil, err
	}
	if err := s.mayCommit(ctx, w); err != nil {
		return nil, err
	}
	return w, s.readAllowed(ctx.Context(), w)
}

// readAllowed finds the allow list of each managed secret: the catalog's, else the
// live one, else the last one, since GitHub forgets the list with the secret, or
// with another visibility.
func (s *settings) readAllowed(ctx context.Context, w *world) error {
	w.allowed = map[string][]int{}
	for _, entry := range s.catalog.Secrets {
		if !s.managed(entry.Name) {
			continue
		}
		live, _ := w.Secret(entry.GitHubName)
		switch {
		case len(entry.Repositories) > 0:
			for _, name := range entry.Repositories {
				r, err := s.github.Repository(ctx, s.Organization, name)
				if err != nil {
					return err
				}
				w.allowed[entry.Name] = append(w.allowed[entry.Name], r.ID)
			}
		case live.Repositories != nil:
			w.allowed[entry.Name] = ids(live.Repositories)
		default:
			w.allowed[entry.Name] = w.last.Applied[entry.Name].Repositories
		}
	}
	return nil
}

func ids(repositories []github.Repository) []int {
	var all []int
	for _, r := range repositories {
		all = append(all, r.ID)
	}
	return all
}

// parseDate reads the dates of GitHub as the API writes them and as its provider
// prints them.
func parseDate(text string) (time.Time, error) {
	if at, err := time.Parse("2006-01-02 15:04:05 -0700 MST", text); err == nil {
		return at.UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC(), err
}

func (s *settings) managed(name string) bool {
	_, ok := s.values[name]
	return ok
}
