package judge

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/nearest"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// keys judges the keys that are read: whether a secret serves them, and whether
// their defaults agree.
func (j *judge) keys() {
	for key, places := range j.reads {
		if _, ok := j.Catalog.ByKey(key); !ok {
			says := j.dangling(key)
			for _, p := range places {
				j.add(p, rule.DanglingKey, key, "%s", says)
			}
		}
		var first place
		for _, p := range places {
			switch {
			case p.Default == 0:
			case first.Default == 0:
				first = p
			case p.Default != first.Default:
				j.add(p, rule.ConflictingDefault, key, "the default of key %q is another one than in %s", key, first)
			}
		}
	}
}

var validKey = regexp.MustCompile(`\A[a-z_][a-z0-9_]*\z`)

// dangling says what may end a dangling key: another spelling, or another key of the
// same secret.
func (j *judge) dangling(key string) string {
	if slices.Contains(j.Catalog.Retired, key) {
		return fmt.Sprintf("key %q is retired: sync removes it from the store", key)
	}
	text := fmt.Sprintf("no secret serves key %q", key)
	nearest := nearest.Words(key, j.served)
	if len(nearest) == 0 {
		return text
	}
	var names []string
	for _, n := range nearest {
		names = append(names, fmt.Sprintf("%q", n))
	}
	text += ": did you mean " + strings.Join(names, " or ") + "?"
	if s, ok := j.Catalog.ByKey(nearest[0]); ok && validKey.MatchString(key) && len(nearest) == 1 {
		text += fmt.Sprintf(" Or let %s serve it too: key: [%s, %s]", s.Name, strings.Join(s.Keys(), ", "), key)
	}
	return text
}

// unused finds the secrets that nobody reads, here or in the repositories that
// uses.yaml knows.
func (j *judge) unused() {
	missing := j.unaudited()
	for _, s := range j.Catalog.Secrets {
		if len(j.readers(s)) > 0 || len(j.Others.ReadersOf(s)) > 0 {
			continue
		}
		text := fmt.Sprintf("no code reads %s", s.Name)
		if mentioned := j.mentioned(s); len(mentioned) > 0 {
			text += ", but it is mentioned in " + words.Some(mentioned, few)
		}
		if len(j.runsAll) > 0 {
			text += "; secretctl run passes it in " + words.Some(texts(j.runsAll), few)
		}
		if len(missing) > 0 {
			text += "; not audited yet: " + words.Some(missing, few)
		}
		at := place{file: j.CatalogFile}
		at.Line, at.Column = s.Line, s.Column
		j.add(at, rule.UnusedSecret, s.Name, "%s", text)
	}
}

func (j *judge) readers(s secrets.Secret) []place {
	all := slices.Clone(j.vars[s.Name])
	for _, key := range s.Keys() {
		all = append(all, j.reads[key]...)
	}
	return all
}

// mentioned is where else the names and keys of a secret stand, a place for each file.
func (j *judge) mentioned(s secrets.Secret) []string {
	var all []place
	for _, word := range slices.Concat([]string{s.Name}, s.Sources(), s.Keys()) {
		all = append(all, j.mentions[word]...)
	}
	sortPlaces(all)
	return texts(slices.CompactFunc(all, func(a, b place) bool { return a.file == b.file }))
}

func sortPlaces(all []place) {
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line)) })
}

func texts(places []place) []string {
	sortPlaces(places)
	var all []string
	for _, p := range places {
		all = append(all, p.String())
	}
	return slices.Compact(all)
}

// unaudited are the consumers of which nothing is known: what looks unused may be
// used there.
func (j *judge) unaudited() []string {
	var all []string
	for _, consumer := range j.Catalog.Consumers {
		known := false
		if j.Others != nil {
			for repository := range j.Others.Repositories {
				known = known || strings.EqualFold(repository, consumer) || strings.HasSuffix(strings.ToLower(repository), "/"+strings.ToLower(consumer))
			}
		}
		if !known {
			all = append(all, consumer)
		}
	}
	return all
}

// few is how many of many a message names.
const few = 3
