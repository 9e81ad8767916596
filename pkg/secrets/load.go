package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// maxCatalogBytes keeps a wrong file from being parsed; a catalog of a thousand
// secrets with every field is a tenth of it.
const maxCatalogBytes = 1 << 20

// Load reads and checks the catalog in path. The problems are sorted by place;
// with any of them the catalog is nil. The error is for a file that could not
// be read.
func Load(path string) (*Catalog, []Problem, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the catalog: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxCatalogBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the catalog: %w", err)
	}
	catalog, problems := Parse(path, data)
	return catalog, problems, nil
}

// Parse is Load for text that is already in memory; file names it in problems.
func Parse(file string, data []byte) (*Catalog, []Problem) {
	l := &loader{file: file}
	if len(data) > maxCatalogBytes {
		l.add(nil, "size", "the file is over %d bytes, too large for a catalog", maxCatalogBytes)
		return nil, l.problems
	}
	document := l.document(data)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	catalog := l.catalog(document)
	l.check(catalog)
	if len(l.problems) > 0 {
		sortProblems(l.problems)
		return nil, slices.Compact(l.problems)
	}
	return catalog, nil
}

// loader turns YAML nodes into secrets and gathers problems on the way.
type loader struct {
	file     string
	problems []Problem
	root     map[string]*yaml.Node   // the fields of the catalog, for their places
	nodes    []map[string]*yaml.Node // the fields of each secret, likewise

	rotateEvery time.Duration // of the secrets that say nothing
}

func (l *loader) add(at *yaml.Node, rule, format string, args ...any) {
	p := Problem{File: l.file, Rule: rule, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		p.Line, p.Column = at.Line, at.Column
	}
	l.problems = append(l.problems, p)
}

func (l *loader) catalog(document *yaml.Node) *Catalog {
	if len(document.Content) == 0 {
		l.add(nil, "empty", `the catalog is empty: start it with "secrets:" and a list of names`)
		return &Catalog{}
	}
	l.root = l.mapping(document.Content[0], "the catalog", []string{"consumers", "ignore", "retired", "rotate_every", "secrets"})
	l.rotateEvery = l.days(l.root["rotate_every"], 0)
	return &Catalog{
		Secrets:   l.secrets(document),
		Retired:   slices.Sorted(slices.Values(l.list(l.root, "retired"))),
		Ignore:    slices.Sorted(slices.Values(l.list(l.root, "ignore"))),
		Consumers: slices.Sorted(slices.Values(l.list(l.root, "consumers"))),
	}
}

func (l *loader) secrets(document *yaml.Node) []Secret {
	list, ok := l.root["secrets"]
	switch {
	case l.root == nil:
		return nil
	case !ok:
		l.add(document.Content[0], "empty", `the catalog has no field "secrets"`)
		return nil
	case list.Kind != yaml.SequenceNode || len(list.Content) == 0:
		l.add(list, "empty", `"secrets" must be a list with at least one entry`)
		return nil
	}
	var all []Secret
	for _, node := range list.Content {
		if fields := l.mapping(node, "a secret", secretFields); fields != nil {
			l.nodes = append(l.nodes, fields)
			all = append(all, l.secret(node, fields))
		}
	}
	return all
}

// mapping returns the fields of node by name. Unknown and repeated fields are
// problems; a node that is no mapping is one too, and gives nil.
func (l *loader) mapping(node *yaml.Node, what string, known []string) map[string]*yaml.Node {
	if node.Kind != yaml.MappingNode {
		l.add(node, "type", "%s must be a mapping with the fields %s", what, quoted(known))
		return nil
	}
	fields := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case !slices.Contains(known, key.Value):
			l.add(key, "unknown-field", "%s has no field %q: the fields are %s", what, key.Value, quoted(known))
		case fields[key.Value] != nil:
			l.add(key, "unknown-field", "field %q is given twice", key.Value)
		default:
			fields[key.Value] = value
		}
	}
	return fields
}

// document reads the one YAML document of the file. A second one would be names
// that nobody sees.
func (l *loader) document(data []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if err == nil {
		err = decoder.Decode(&second)
	}
	switch {
	case err == nil:
		l.add(&second, "syntax", "a second YAML document: a catalog must be one document")
	case !errors.Is(err, io.EOF):
		l.addSyntax(err)
	}
	return &first
}

func (l *loader) addSyntax(err error) {
	p := Problem{File: l.file, Rule: "syntax", Message: "not YAML: " + err.Error()}
	var placed *yaml.LoadError
	if errors.As(err, &placed) {
		p.Line, p.Column, p.Message = placed.Mark.Line, placed.Mark.Column, "not YAML: "+placed.Message
	}
	l.problems = append(l.problems, p)
}

func quoted(words []string) string {
	var out []string
	for _, w := range slices.Sorted(slices.Values(words)) {
		out = append(out, fmt.Sprintf("%q", w))
	}
	return strings.Join(out, ", ")
}
