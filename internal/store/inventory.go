package store

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Inventory lists what a definition itself holds, sorted.
type Inventory struct {
	Literal   []string // keys under the root key that are a plain value or a secret
	Computed  []string // keys under the root key that are anything else: calls, references, objects, lists
	Elsewhere []string // dotted paths below "values" that are not under the root key
	Imports   []string // environments that it imports

	Kinds map[string]string // what each of Computed is: a reference, an object, a list, or a call such as fn::open
}

// Empty reports whether there is nothing in it.
func (v Inventory) Empty() bool {
	return len(v.Literal)+len(v.Computed)+len(v.Elsewhere)+len(v.Imports) == 0
}

// TakeInventory reads the definition of an environment made by people.
func TakeInventory(text, root string) (Inventory, error) {
	node, err := parse(text)
	if err != nil {
		return Inventory{}, err
	}
	v := Inventory{Imports: imports(node.Content[0]), Kinds: map[string]string{}}
	for _, path := range Keys(text) {
		if path != root && !strings.HasPrefix(path, root+".") {
			v.Elsewhere = append(v.Elsewhere, path)
		}
	}
	i := index(node.Content[0], "values")
	if i < 0 {
		return v, nil
	}
	values := node.Content[0].Content[i+1]
	j := index(values, root)
	switch {
	case j < 0 || isNull(values.Content[j+1]):
		return v, nil
	case values.Content[j+1].Kind != yaml.MappingNode || isFunction(values.Content[j+1]):
		v.Computed, v.Kinds[root] = []string{root}, kind(values.Content[j+1])
		return v, nil
	}
	entries := values.Content[j+1].Content
	for k := 0; k+1 < len(entries); k += 2 {
		if isLiteral(entries[k+1]) {
			v.Literal = append(v.Literal, entries[k].Value)
		} else {
			v.Computed = append(v.Computed, entries[k].Value)
			v.Kinds[entries[k].Value] = kind(entries[k+1])
		}
	}
	slices.Sort(v.Literal)
	slices.Sort(v.Computed)
	return v, nil
}

// Imports are the environments that a definition imports, sorted; none if the
// text cannot be read.
func Imports(text string) []string {
	node, err := parse(text)
	if err != nil {
		return nil
	}
	return imports(node.Content[0])
}

// imports reads entries of both forms: NAME and {NAME: {merge: false}}.
func imports(document *yaml.Node) []string {
	i := index(document, "imports")
	if i < 0 {
		return nil
	}
	var names []string
	for _, entry := range document.Content[i+1].Content {
		if entry.Kind == yaml.MappingNode && len(entry.Content) > 0 {
			entry = entry.Content[0]
		}
		names = append(names, entry.Value)
	}
	slices.Sort(names)
	return names
}

// kind is what a node is, in a word.
func kind(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode && isFunction(node):
		return node.Content[0].Value
	case node.Kind == yaml.MappingNode:
		return "an object"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	}
	return "a reference"
}

// isLiteral accepts a scalar without a reference, a secret, and a secret in
// base64.
func isLiteral(node *yaml.Node) bool {
	switch {
	case node.Kind == yaml.ScalarNode:
		return !strings.Contains(node.Value, "${")
	case node.Kind != yaml.MappingNode || !isFunction(node):
		return false
	case node.Content[0].Value == "fn::secret":
		return true
	case node.Content[0].Value == "fn::fromBase64":
		argument := node.Content[1]
		return argument.Kind == yaml.MappingNode && isFunction(argument) && argument.Content[0].Value == "fn::secret"
	}
	return false
}
