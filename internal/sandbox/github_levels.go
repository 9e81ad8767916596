package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// level is where secrets are kept: the organization, the repository or one of
// its environments.
type level struct {
	secrets map[string]*storedSecret // by name in capitals
	writes  map[string][]write       // by name, oldest first; kept while the manners hide writes
	sealKey sealKey
}

// write is what a lagging replica needs to know about a change.
type write struct {
	before *storedSecret // nil if the secret was created
	seen   time.Time     // in real time, when the lag is over
}

func newLevel() *level {
	return &level{secrets: map[string]*storedSecret{}, writes: map[string][]write{}, sealKey: newSealKey()}
}

func (l *level) get(name string) (*storedSecret, bool) {
	s, ok := l.secrets[strings.ToUpper(name)]
	return s, ok
}

// put creates or replaces a secret.
func (g *github) put(l *level, s storedSecret) {
	g.remember(l, s.Name)
	l.secrets[s.Name] = &s
}

// remove deletes a secret; false if there is none.
func (g *github) remove(l *level, name string) bool {
	s, ok := l.get(name)
	if ok {
		g.remember(l, s.Name)
		delete(l.secrets, s.Name)
	}
	return ok
}

// remember keeps the state of a secret before it changes.
func (g *github) remember(l *level, name string) {
	if g.manners.DateLag > 0 || g.manners.FlappingLists {
		l.writes[name] = append(l.writes[name], write{l.secrets[name], time.Now().Add(g.manners.DateLag)})
	}
}

// forget makes every write so far known to all replicas.
func (g *github) forget() {
	clear(g.secrets.writes)
	clear(g.repositorySecrets.writes)
	for _, l := range g.environments {
		clear(l.writes)
	}
}

// replica returns a secret as a replica shows it, nil if it has none. On a
// replica a write that still lags has not happened, nor, if old is true, has the
// last one.
func (g *github) replica(l *level, name string, old bool) *storedSecret {
	s, writes := l.secrets[name], l.writes[name]
	for i, w := range slices.Backward(writes) {
		lags := g.manners.DateLag > 0 && time.Now().Before(w.seen)
		if !lags && (!old || i != len(writes)-1) {
			break
		}
		s = w.before
	}
	return s
}

// listed returns the secrets of a level as the list that q asks for shows them,
// and counts the request.
func (g *github) listed(l *level, q *request) (list []*storedSecret) {
	names := maps.Clone(l.writes)
	for name := range l.secrets {
		names[name] = nil
	}
	old := g.manners.FlappingLists && g.turns[q.URL.String()]%2 == 0
	g.turns[q.URL.String()]++
	for name := range names {
		if s := g.replica(l, name, old); s != nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, byName)
	return list
}

func sorted(l *level) []*storedSecret { return slices.SortedFunc(maps.Values(l.secrets), byName) }

func byName(a, b *storedSecret) int { return cmp.Compare(a.Name, b.Name) }
