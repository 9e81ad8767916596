package secrets

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The names GitHub takes for a secret; it stores them in capitals.
// https://docs.github.com/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions#naming-your-secrets
var githubName = regexp.MustCompile(`\A[A-Z_][A-Z0-9_]*\z`)

var (
	keyPattern   = regexp.MustCompile(`\A[a-z_][a-z0-9_]*\z`)
	visibilities = []string{"all", "private", "selected"}
)

// CheckRootKey refuses a key that cannot hold the secrets of an environment.
func CheckRootKey(key string) error {
	if !keyPattern.MatchString(key) {
		return fmt.Errorf("root key %q must be lower case letters, digits and _, without a leading digit", key)
	}
	return nil
}

// check applies the rules that look at more than one field.
func (l *loader) check(c *Catalog) {
	for i, s := range c.Secrets {
		l.checkNames(s, l.nodes[i])
		l.checkAccess(s, l.nodes[i])
	}
	l.checkUnique(c)
	l.checkSources(c)
	l.checkRetired(c)
	l.checkIgnore(c)
	l.checkConsumers()
}

func (l *loader) checkNames(s Secret, at map[string]*yaml.Node) {
	if at["name"] != nil && s.Name != "" && !githubName.MatchString(s.Name) {
		l.add(at["name"], "name", "name %q must be capitals, digits and _, without a leading digit", s.Name)
	}
	switch reserved := strings.HasPrefix(s.GitHubName, "GITHUB_"); {
	case reserved && at["github_name"] == nil:
		l.add(at["name"], "github-name", "GitHub refuses names that start with GITHUB_: give %s a github_name, such as %q",
			s.Name, "GH_"+strings.TrimPrefix(s.Name, "GITHUB_"))
	case at["github_name"] != nil:
		l.checkGitHubName(at["github_name"], s.GitHubName)
	}
	for i, alias := range s.Aliases {
		l.checkGitHubName(at["aliases"].Content[i], alias)
	}
	if at["key"] == nil && !githubName.MatchString(s.Name) {
		return // the key is made from the name, which is a problem already
	}
	for i, key := range s.Keys() {
		l.checkKey(keyAt(at, i), key)
	}
}

func (l *loader) checkKey(at *yaml.Node, key string) {
	if key != "" && !keyPattern.MatchString(key) {
		l.add(at, "key", "key %q must be lower case letters, digits and _, without a leading digit", key)
	}
}

// keyAt is the node of key number i of a secret.
func keyAt(at map[string]*yaml.Node, i int) *yaml.Node {
	if n := at["key"]; n != nil && n.Kind == yaml.SequenceNode && i < len(n.Content) {
		return n.Content[i]
	}
	return or(at["key"], at["name"])
}

func (l *loader) checkGitHubName(at *yaml.Node, name string) {
	switch {
	case name == "":
	case strings.HasPrefix(strings.ToUpper(name), "GITHUB_"):
		l.add(at, "github-name", "GitHub refuses %q: a name must not start with GITHUB_", name)
	case !githubName.MatchString(name):
		l.add(at, "github-name", "GitHub name %q must be capitals, digits and _, without a leading digit", name)
	}
}

func (l *loader) checkAccess(s Secret, at map[string]*yaml.Node) {
	if s.Visibility != "" && !slices.Contains(visibilities, s.Visibility) {
		l.add(at["visibility"], "visibility", "visibility %q is not one of %s", s.Visibility, quoted(visibilities))
	}
	if at["repositories"] != nil && s.Visibility != "selected" {
		l.add(at["repositories"], "visibility", `repositories need visibility "selected"`)
	}
	if s.Visibility == "selected" && len(s.Repositories) == 0 {
		l.add(at["visibility"], "visibility", `visibility "selected" needs a list of repositories`)
	}
}

// checkUnique finds names, GitHub names, aliases and keys that two entries claim.
func (l *loader) checkUnique(c *Catalog) {
	names, sources, keys := map[string]int{}, map[string]int{}, map[string]int{}
	for i, s := range c.Secrets {
		at := l.nodes[i]
		l.claim(names, s.Name, i, c, at["name"], "name")
		for j, key := range s.Keys() {
			l.claim(keys, key, i, c, keyAt(at, j), "key")
		}
		l.claim(sources, s.GitHubName, i, c, or(at["github_name"], at["name"]), "GitHub name")
		for j, alias := range s.Aliases {
			l.claim(sources, alias, i, c, at["aliases"].Content[j], "alias")
		}
	}
}

func (l *loader) claim(taken map[string]int, word string, i int, c *Catalog, at *yaml.Node, what string) {
	if word == "" {
		return
	}
	if first, ok := taken[word]; ok {
		l.add(at, "unique", "%s %q is already taken by %s on line %d", what, word, c.Secrets[first].Name, c.Secrets[first].Line)
		return
	}
	taken[word] = i
}

// checkSources finds the secrets that one workflow would not see.
func (l *loader) checkSources(c *Catalog) {
	sources := c.Sources()
	if len(sources) <= MaxSources {
		return
	}
	l.add(nil, "too-many", "%s: GitHub passes the first %d in alphabetical order to a workflow, these would arrive empty: %s",
		fmt.Sprintf("%d GitHub names, aliases included", len(sources)), MaxSources, quoted(sources[MaxSources:]))
}

// checkRetired finds keys that sync would remove and a secret still asks for.
func (l *loader) checkRetired(c *Catalog) {
	if l.root["retired"] == nil {
		return
	}
	for _, at := range l.root["retired"].Content {
		l.checkKey(at, at.Value)
		if s, ok := c.ByKey(at.Value); ok {
			l.add(at, "retired", "key %q is retired, but %s on line %d uses it", at.Value, s.Name, s.Line)
		}
	}
}

var ignorePattern = regexp.MustCompile(`\A[A-Z_][A-Z0-9_]*\*?\z`)

// checkIgnore finds patterns that cannot match, and those that match a secret of
// the catalog.
func (l *loader) checkIgnore(c *Catalog) {
	if l.root["ignore"] == nil {
		return
	}
	for _, at := range l.root["ignore"].Content {
		if !ignorePattern.MatchString(at.Value) {
			l.add(at, "ignore", "%q is neither a GitHub name nor a pattern such as %q", at.Value, "PREFIX_*")
			continue
		}
		one := &Catalog{Ignore: []string{at.Value}}
		for _, source := range c.Sources() {
			if one.Ignores(source) {
				s, _ := c.BySource(source)
				l.add(at, "ignore", "%q ignores %s, which %s on line %d uses", at.Value, source, s.Name, s.Line)
			}
		}
	}
}

func or(first, second *yaml.Node) *yaml.Node {
	if first != nil {
		return first
	}
	return second
}
