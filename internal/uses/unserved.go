package uses

import (
	"fmt"
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/nearest"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Unserved is a key with readers that no secret of the catalog serves: renamed,
// removed, retired, or never there.
type Unserved struct {
	Key     string
	Retired bool // sync removes it from the store
	Readers []Place
	Nearest []string // keys of the catalog that it may have been
}

// Unserved finds the keys that readers ask for and the catalog does not serve,
// sorted.
func (u *Uses) Unserved(c *secrets.Catalog) []Unserved {
	var served []string
	for _, s := range c.Secrets {
		served = append(served, s.Keys()...)
	}
	var all []Unserved
	for _, key := range u.Keys() {
		if readers := u.Readers(key); len(readers) > 0 && !slices.Contains(served, key) {
			all = append(all, Unserved{key, slices.Contains(c.Retired, key), readers, nearest.Words(key, served)})
		}
	}
	return all
}

// Say is what is wrong with the key, naming as many of its readers.
func (n Unserved) Say(most int) string {
	what := "no secret serves it"
	if n.Retired {
		what = "it is retired"
	}
	text := fmt.Sprintf("key %q is read in %s, and %s", n.Key, Name(n.Readers, most), what)
	if len(n.Nearest) > 0 {
		text += fmt.Sprintf("; did you mean %q?", n.Nearest[0])
	}
	return text
}

// Name is the number of places and the first of them.
func Name(places []Place, most int) string {
	var names []string
	for _, p := range places {
		names = append(names, p.String())
	}
	return fmt.Sprintf("%s (%s)", words.Count(len(places), "place"), words.Some(names, most))
}
