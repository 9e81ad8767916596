package secrets

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

var secretFields = []string{
	"name", "github_name", "key", "aliases", "visibility", "repositories",
	"owner", "rotate_every", "format", "required", "allow_placeholder",
}

// secret reads one entry; what is wrong with it goes to the problems.
func (l *loader) secret(node *yaml.Node, fields map[string]*yaml.Node) Secret {
	s := Secret{Line: node.Line, Column: node.Column, Required: true}
	s.Name = l.text(fields, "name")
	if fields["name"] == nil {
		l.add(node, "name", `the secret has no field "name"`)
	}
	s.GitHubName = s.Name
	if fields["github_name"] != nil {
		s.GitHubName = l.text(fields, "github_name")
	}
	s.Key = strings.ToLower(s.Name)
	if n := fields["key"]; n != nil && n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		keys := l.list(fields, "key")
		s.Key, s.MoreKeys = keys[0], keys[1:]
	} else if n != nil {
		s.Key = l.text(fields, "key")
	}
	s.Aliases = l.list(fields, "aliases")
	s.Visibility = l.text(fields, "visibility")
	s.Repositories = l.list(fields, "repositories")
	s.Owner = l.text(fields, "owner")
	s.RotateEvery = l.days(fields["rotate_every"], l.rotateEvery)
	s.Format = l.format(fields["format"])
	if n := fields["required"]; n != nil {
		s.Required = l.boolean(n, "required")
	}
	if n := fields["allow_placeholder"]; n != nil {
		s.AllowPlaceholder = l.boolean(n, "allow_placeholder")
	}
	return s
}

// text reads a string; a missing field is "".
func (l *loader) text(fields map[string]*yaml.Node, field string) string {
	n := fields[field]
	if n == nil {
		return ""
	}
	if !isString(n) {
		l.add(n, "type", "%q must be a string", field)
		return ""
	}
	return n.Value
}

// isString accepts numbers and booleans too, as they are written.
func isString(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value != "" && n.Tag != "!!null"
}

func (l *loader) boolean(n *yaml.Node, field string) bool {
	if n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
		l.add(n, "type", `%q must be one of "false", "true"`, field)
	}
	return n.Value == "true"
}

// list reads a list of strings; an entry of another type is "".
func (l *loader) list(fields map[string]*yaml.Node, field string) []string {
	n := fields[field]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		l.add(n, "type", "%q must be a list", field)
		return nil
	}
	var all []string
	for _, item := range n.Content {
		text := ""
		if isString(item) {
			text = item.Value
		} else {
			l.add(item, "type", "%q must be a list of strings", field)
		}
		all = append(all, text)
	}
	return all
}

// days reads a number of days, such as 90d, or never, which is 0.
func (l *loader) days(n *yaml.Node, otherwise time.Duration) time.Duration {
	switch {
	case n == nil:
		return otherwise
	case n.Value == "never":
		return 0
	}
	digits, ok := strings.CutSuffix(n.Value, "d")
	count, err := strconv.Atoi(digits)
	if !ok || err != nil || count < 1 || count > 3650 {
		l.add(n, "rotate-every", "rotate_every %q is neither \"never\" nor a number of days from \"1d\" to \"3650d\"", n.Value)
		return 0
	}
	return time.Duration(count) * 24 * time.Hour
}

func (l *loader) format(n *yaml.Node) Format {
	if n == nil {
		return Format{}
	}
	f, err := parseFormat(n.Value)
	if err != nil {
		l.add(n, "format", "%s", err)
	}
	return f
}
