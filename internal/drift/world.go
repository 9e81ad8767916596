package drift

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// World is everything that was observed in one run. No value is in it.
type World struct {
	Stack       secrets.Stack
	Catalog     *secrets.Catalog
	Repository  github.Repository // whose workflow syncs
	Live        []Live
	Received    received.Secrets
	Managed     map[string]Managed // by name: the secrets whose values the stack holds
	Store       store.State
	Environment *string          // the definition of the environment; nil when it does not exist
	Files       []generated.File // with their live texts
	Mark        *workflow.Mark   // as the repository holds it; nil when there is none that can be read
	NoMark      bool             // something else stands in its place
	Trust       *Trust           // nil when the workflow's token does not come by OIDC
	Uses        *uses.Uses       // who reads what; nil when nothing is known
	Pushed      string           // the digest of the catalog in the repository; "" when there is none that can be read
	Now         time.Time        // for "2 h ago", and to know a date that cannot be
}

// Live is an organization secret as GitHub lists it.
type Live struct {
	Name         string // the GitHub name, in capitals
	Visibility   string
	Repositories []github.Repository // who may read it, sorted by name; nil when that was not asked
	UpdatedAt    time.Time           // in seconds, UTC; moves with the access too
}

// Managed is what the last up left of a managed secret; zero when that is not
// known.
type Managed struct {
	UpdatedAt time.Time
	First     bool // the next up writes it for the first time
}

// NewWorld is a world that nobody has looked at yet. The stack's managed secrets
// are as before their first up.
func NewWorld(s secrets.Stack, c *secrets.Catalog, now time.Time) World {
	w := World{Stack: s, Catalog: c, Managed: map[string]Managed{}, Files: generated.Files(s, c), Now: now}
	w.Received.Organization.Unread, w.Received.Repository.Unread = true, true
	for _, name := range s.Managed {
		w.Managed[name] = Managed{}
	}
	return w
}

// See adds the organization's secrets.
func (w *World) See(list []github.Secret) {
	for _, l := range list {
		w.Live = append(w.Live, Live{Name: strings.ToUpper(l.Name), Visibility: l.Visibility, UpdatedAt: l.UpdatedAt.UTC()})
	}
}

// Secret looks a live secret up by its GitHub name.
func (w World) Secret(githubName string) (Live, bool) {
	i := slices.IndexFunc(w.Live, func(l Live) bool { return l.Name == githubName })
	if i < 0 {
		return Live{}, false
	}
	return w.Live[i], true
}

// DeclaredEnvironment is the text that the environment should have.
func (w World) DeclaredEnvironment() string {
	return store.EnvironmentText(w.Stack.Environment.Store())
}

// EnvironmentDiffers reports whether the environment exists with another text.
func (w World) EnvironmentDiffers() bool {
	return w.Environment != nil && !generated.SameDefinition(*w.Environment, w.DeclaredEnvironment())
}

// ago says how long ago t was, as people do.
func (w World) ago(t time.Time) string {
	switch d := w.Now.Sub(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}

// Source is what a job receives for a GitHub name, and its date. If a level that
// decides this was not read, the organization's list stands in.
func (w World) Source(githubName string) (source workflow.Source, at time.Time, ok bool) {
	source, at, ok, unsure := w.Received.Effective(githubName)
	if l, exists := w.Secret(githubName); unsure && exists {
		return organizationSource(githubName), l.UpdatedAt, true
	}
	return source, at, ok
}
