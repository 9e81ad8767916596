package drift

import (
	"fmt"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// World is everything that was observed in one run. No value is in it.
type World struct {
	Organization string
	Catalog      *secrets.Catalog
	Live         []Live
	Managed      map[string]Managed // by name: the secrets whose values the stack holds
	Store        Store
	Mark         time.Time // the mark of the last up; zero before the first
	Now          time.Time // for "2 h ago" alone; no date is compared with it
}

// Live is an organization secret as GitHub lists it.
type Live struct {
	Name         string // the GitHub name
	Visibility   string
	Repositories []string  // who may read it; nil when that was not asked
	UpdatedAt    time.Time // in seconds; moves with the access too
}

// Managed is what the last up left of a managed secret; zero before the first.
type Managed struct{ UpdatedAt time.Time }

// Store is what the last sync left behind.
type Store struct {
	Exists    bool
	Mark      time.Time  // the mark that the last sync recorded; zero: never
	Revisions []Revision // the newest, newest first
}

// Revision is one version of the store.
type Revision struct {
	Number  int
	Created time.Time
	Author  string
	Synced  bool // sync wrote it last
}

// HandEdit is the newest revision of the store that was written after sync wrote
// its last. A store that sync never wrote has none.
func (s Store) HandEdit() (Revision, bool) {
	if !s.Exists || s.Mark.IsZero() || len(s.Revisions) == 0 || s.Revisions[0].Synced {
		return Revision{}, false
	}
	return s.Revisions[0], true
}

// find looks a live secret up by its GitHub name.
func (w World) find(githubName string) (Live, bool) {
	for _, l := range w.Live {
		if l.Name == githubName {
			return l, true
		}
	}
	return Live{}, false
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
