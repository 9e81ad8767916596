package secrets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of GitHub.
// https://docs.github.com/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions#limits-for-secrets
const (
	// MaxSources is how many organization secrets one workflow sees: the first
	// hundred in alphabetical order. The rest arrive as empty strings.
	MaxSources    = 100
	maxValueBytes = 48 * 1024
)

// Catalog names every secret, in the order of the file.
type Catalog struct {
	Secrets   []Secret
	Retired   []string // keys that sync removes from the store, sorted
	Ignore    []string // GitHub names, or patterns PREFIX_*, that are not for this pipeline, sorted
	Consumers []string // repositories whose code reads the secrets, OWNER/NAME or NAME, sorted
}

// Secret is one entry of the catalog. It holds no value.
type Secret struct {
	Name             string        // as people know it
	GitHubName       string        // as stored in the organization; Name unless GitHub refuses that
	Key              string        // as applications ask for it; the name in lower case unless given
	MoreKeys         []string      // other keys that serve the same value
	Aliases          []string      // other GitHub names the value may arrive under
	Visibility       string        // "all", "private" or "selected"; "" is not checked
	Repositories     []string      // who may read it, when Visibility is "selected"
	Owner            string        // who answers for it
	RotateEvery      time.Duration // 0 is never
	Format           Format        // what a value must look like; the zero Format takes anything
	Required         bool          // whether its absence is a finding
	AllowPlaceholder bool          // whether a value may look like a placeholder
	Line, Column     int           // where the entry starts in the file
}

// Sources are the GitHub names that the value may arrive under: the secret's
// own first, then its aliases.
func (s Secret) Sources() []string {
	return append([]string{s.GitHubName}, s.Aliases...)
}

// Keys are all keys that serve the value, the canonical one first.
func (s Secret) Keys() []string { return append([]string{s.Key}, s.MoreKeys...) }

// Sources are all GitHub names of the catalog, aliases included, sorted.
func (c *Catalog) Sources() []string {
	var names []string
	for _, s := range c.Secrets {
		names = append(names, s.Sources()...)
	}
	slices.Sort(names)
	return names
}

// ByKey finds a secret by one of its keys.
func (c *Catalog) ByKey(key string) (Secret, bool) {
	return c.find(func(s Secret) bool { return slices.Contains(s.Keys(), key) })
}

// BySource finds a secret by one of its GitHub names, in any case.
func (c *Catalog) BySource(githubName string) (Secret, bool) {
	return c.find(func(s Secret) bool {
		return slices.ContainsFunc(s.Sources(), func(n string) bool { return strings.EqualFold(n, githubName) })
	})
}

// ByName finds a secret by its name.
func (c *Catalog) ByName(name string) (Secret, bool) {
	return c.find(func(s Secret) bool { return s.Name == name })
}

// Ignores reports whether an organization secret is not for this pipeline.
func (c *Catalog) Ignores(githubName string) bool {
	return slices.ContainsFunc(c.Ignore, func(pattern string) bool {
		prefix, isPattern := strings.CutSuffix(pattern, "*")
		return githubName == pattern || isPattern && strings.HasPrefix(githubName, prefix)
	})
}

// Digest tells whether two catalogs ask the same of a sync: 16 hexadecimal digits.
// Owners, comments and the order of the file do not count.
func (c *Catalog) Digest() string {
	var lines []string
	for _, s := range c.Secrets {
		lines = append(lines, fmt.Sprintf("%q %q %q %q %v", s.Name, s.Sources(), s.Keys(), s.Format, s.Required))
		if s.AllowPlaceholder { // a line of its own: catalogs without it keep their digest
			lines = append(lines, fmt.Sprintf("allow_placeholder %q", s.Name))
		}
	}
	for _, key := range c.Retired {
		lines = append(lines, fmt.Sprintf("retired %q", key))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}

func (c *Catalog) find(match func(Secret) bool) (Secret, bool) {
	i := slices.IndexFunc(c.Secrets, match)
	if i < 0 {
		return Secret{}, false
	}
	return c.Secrets[i], true
}
