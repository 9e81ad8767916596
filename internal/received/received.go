// Package received knows what the jobs of a repository receive: of the secrets of
// three levels those that are effective, and of the organization's the first hundred.
package received

import (
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Level is what the jobs of the repository find at one level.
type Level struct {
	Unread  bool // the token may not read it, or it was not asked
	Secrets map[string]time.Time
	ranked  []string // the names in GitHub's order, as far as that is known
}

// NewLevel is a level that was read.
func NewLevel(list []github.Secret) Level {
	l := Level{Secrets: map[string]time.Time{}}
	for _, s := range list {
		name := strings.ToUpper(s.Name)
		l.Secrets[name] = s.UpdatedAt.UTC()
		l.ranked = append(l.ranked, name)
	}
	return l
}

// Secrets are what a job receives: its GitHub environment's secrets, else the
// repository's, else the first hundred of the organization's that the repository
// may read.
type Secrets struct {
	Organization, Repository, Environment Level
}

// Granted is how many of the organization's secrets the repository may read.
func (r Secrets) Granted() int { return len(r.Organization.ranked) }

// Effective is the source that a job receives a GitHub name from. It is unsure if a
// level that decides this was not read.
func (r Secrets) Effective(name string) (source workflow.Source, at time.Time, ok, unsure bool) {
	for _, level := range []struct {
		name workflow.Level
		Level
	}{
		{workflow.Environment, r.Environment}, {workflow.Repository, r.Repository}, {workflow.Organization, r.Organization},
	} {
		if level.Unread {
			return workflow.Source{}, time.Time{}, false, true
		}
		if at, ok := level.Secrets[name]; ok && (level.name != workflow.Organization || r.Within(name) != No) {
			return workflow.Source{Level: level.name, Name: name}, at, true, false
		}
	}
	return workflow.Source{}, time.Time{}, false, false
}

// Answer is what can be known of a rank.
type Answer int

// The answers.
const (
	No Answer = iota
	Maybe
	Yes
)

// orders are the ways in which GitHub may sort names: "alphabetical" does not say
// where "_" sorts.
var orders = []func(string) string{
	func(name string) string { return name },
	func(name string) string { return strings.ReplaceAll(name, "_", " ") },
	func(name string) string { return strings.ReplaceAll(name, "_", "") },
}

// Within says whether a name is among the hundred of the organization's secrets
// that a job receives.
func (r Secrets) Within(name string) Answer {
	first, last := r.Rank(name)
	switch {
	case last <= secrets.MaxSources:
		return Yes
	case first > secrets.MaxSources:
		return No
	}
	return Maybe
}

// Rank returns the lowest and the highest rank that a name can have, from 1.
func (r Secrets) Rank(name string) (first, last int) {
	if len(r.Organization.ranked) <= secrets.MaxSources {
		return 1, 1 // they all arrive
	}
	for i, order := range orders {
		rank := 1
		for _, other := range r.Organization.ranked {
			if order(other) < order(name) {
				rank++
			}
		}
		if i == 0 {
			first, last = rank, rank
		}
		first, last = min(first, rank), max(last, rank)
	}
	return first, last
}
