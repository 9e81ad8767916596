package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// ErrDefinition is a definition that a person has to fix first.
var ErrDefinition = errors.New("the definition cannot be edited")

var errUnreadable = fmt.Errorf("%w: it is not one YAML document with a mapping at the top", ErrDefinition)

var errNotPlain = fmt.Errorf("%w without changing more than values: write it in plain YAML", ErrDefinition)

// Document edits the text of a store. It changes single values and keeps
// everything else: other keys, imports, comments, and secrets as ciphertext. Not
// safe for concurrent use.
type Document struct {
	node   *yaml.Node
	root   string
	values *yaml.Node // values.<root>
}

// ParseDocument reads the definition of a store whose values are under
// values.<root>, and adds that mapping if it is missing. It is ErrDefinition if
// something else is there, or if the text cannot be written back unchanged.
func ParseDocument(text, root string) (*Document, error) {
	node, err := parse(text)
	if err != nil {
		return nil, err
	}
	d := &Document{node: node, root: root}
	if back, err := parse(d.String()); err != nil || !same(node, back) {
		return nil, errNotPlain
	}
	d.values = node.Content[0]
	for _, key := range []string{"values", root} {
		if d.values = child(d.values, key); d.values == nil {
			return nil, fmt.Errorf("%w: values.%s is not a plain mapping", ErrDefinition, root)
		}
	}
	if losesComment(text, d.String()) {
		return nil, errNotPlain
	}
	return d, nil
}

// Keys are the keys under the root, in the order of the text.
func (d *Document) Keys() []string {
	var keys []string
	for i := 0; i < len(d.values.Content); i += 2 {
		keys = append(keys, d.values.Content[i].Value)
	}
	return keys
}

// Set gives a key a value, as a secret. A new key goes to the end.
func (d *Document) Set(key string, value secrets.Value) {
	node := secretNode(value)
	i := d.index(key)
	if i < 0 {
		d.values.Content = append(d.values.Content, keyNode(key), node)
		return
	}
	old := d.values.Content[i+1]
	keepComments(d.values.Content[i], old, node)
	d.values.Content[i+1] = node
}

// Remove deletes a key, if it is there.
func (d *Document) Remove(key string) {
	if i := d.index(key); i >= 0 {
		d.values.Content = slices.Delete(d.values.Content, i, i+2)
	}
}

// String is the text to write. It holds the values that were set.
func (d *Document) String() string { return encode(d.node) }

func (d *Document) index(key string) int { return index(d.values, key) }

// parse reads a definition; an empty one is an empty mapping. A second document
// would be lost.
func parse(text string) (*yaml.Node, error) {
	var node, second yaml.Node
	decoder := yaml.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(&node); err != nil && !errors.Is(err, io.EOF) {
		return nil, errUnreadable
	}
	if !errors.Is(decoder.Decode(&second), io.EOF) {
		return nil, errUnreadable
	}
	if len(node.Content) == 0 || isNull(node.Content[0]) {
		node = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}},
			HeadComment: node.HeadComment, FootComment: node.FootComment}
	}
	if node.Content[0].Kind != yaml.MappingNode {
		return nil, errUnreadable
	}
	return &node, nil
}

// encode writes as ESC does when it encrypts: two spaces, nothing folded. It
// works on a copy, because the encoder strips the tags of what it writes.
func encode(node *yaml.Node) string {
	var out bytes.Buffer
	dumper, err := yaml.NewDumper(&out, yaml.WithV3Defaults(), yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err == nil {
		err = errors.Join(dumper.Dump(clone(node)), dumper.Close())
	}
	if err != nil {
		panic("encoding a definition: " + err.Error()) // a node that was parsed or built here
	}
	return out.String()
}

func clone(node *yaml.Node) *yaml.Node {
	n := *node
	n.Content = nil
	for _, child := range node.Content {
		n.Content = append(n.Content, clone(child))
	}
	return &n
}

// child returns the mapping under key, and adds it if nothing is there. It is nil
// if something else is.
func child(mapping *yaml.Node, key string) *yaml.Node {
	i := index(mapping, key)
	if i < 0 {
		made := &yaml.Node{Kind: yaml.MappingNode}
		mapping.Content = append(mapping.Content, keyNode(key), made)
		mapping.Style &^= yaml.FlowStyle
		return made
	}
	found := mapping.Content[i+1]
	if found.Style&yaml.FlowStyle != 0 || isNull(found) { // a block has no line of its own to carry it
		moveLineComment(mapping.Content[i], found)
	}
	switch {
	case isNull(found):
		*found = yaml.Node{Kind: yaml.MappingNode}
	case found.Kind != yaml.MappingNode || isFunction(found):
		return nil
	}
	found.Style &^= yaml.FlowStyle
	return found
}

func index(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

// isFunction tells a call, such as fn::secret or fn::open::aws-login, from an
// object.
func isFunction(mapping *yaml.Node) bool {
	return len(mapping.Content) == 2 && strings.HasPrefix(mapping.Content[0].Value, "fn::")
}

// same compares what two nodes mean, not how they are written.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && a.Value == b.Value && a.Anchor == b.Anchor &&
		slices.EqualFunc(a.Content, b.Content, same)
}
