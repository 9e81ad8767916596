package store

import (
	"maps"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Record is what the last sync left in the store about itself. It is written with
// the values, in the same revision, so that the two never disagree.
type Record struct {
	Serial      int    // of the mark that the sync found in its checkout
	Catalog     string // the digest of the catalog that it used
	After       int    // the number of the revision that this one replaced
	Run         string // the id of the sync; every sync has another
	Delivered   workflow.Sources
	Undelivered workflow.Sources           // what the mark asked for and sync could not deliver, each with the reason
	Changed     map[workflow.Source]Change // where more is known than the delivered date says; see ChangeOf
}

// Same reports whether two records say the same about the sources, whoever wrote
// them.
func (r Record) Same(other Record) bool {
	return r.Serial == other.Serial && r.Catalog == other.Catalog &&
		maps.Equal(r.Delivered, other.Delivered) && maps.Equal(r.Undelivered, other.Undelivered) && maps.Equal(r.Changed, other.Changed)
}

// Clone copies a record with its maps. The copies are never nil.
func (r Record) Clone() Record {
	r.Delivered, r.Undelivered = copied(r.Delivered), copied(r.Undelivered)
	changed := map[workflow.Source]Change{}
	maps.Copy(changed, r.Changed)
	r.Changed = changed
	return r
}

func copied(s workflow.Sources) workflow.Sources {
	all := workflow.Sources{}
	maps.Copy(all, s)
	return all
}

// Why no value came for a source, in the words of records.
const (
	ArrivedEmpty = "arrived empty"
	NotPassed    = "not passed by the workflow"
)

const (
	recordTitle = "sophia-secrets record"
	// recordKey holds the record beside the root key when the description cannot be used.
	recordKey = "sophia-secrets-record"
)

// recordText is the form of a record: short, since the length that a service
// accepts is not documented. A hundred sources take less than 6 KB.
type recordText struct {
	Title       int                          `yaml:"sophia-secrets record"`
	Serial      int                          `yaml:"serial"`
	Catalog     string                       `yaml:"catalog,omitempty"`
	After       int                          `yaml:"after"`
	Run         string                       `yaml:"run"`
	Delivered   map[string]map[string]string `yaml:"delivered,omitempty"` // by level and name
	Undelivered map[string]map[string]string `yaml:"undelivered,omitempty"`
	Changed     string                       `yaml:"changed,omitempty"`
}

func (r Record) text() string {
	text, err := yaml.Marshal(recordText{1, r.Serial, r.Catalog, r.After, r.Run, byLevel(r.Delivered), byLevel(r.Undelivered), r.changedText()})
	if err != nil {
		panic(err) // numbers and strings have no way to fail
	}
	return string(text)
}

// parseRecord reads a text that may be a record or anything else.
func parseRecord(text string) (Record, bool) {
	var t recordText
	if !strings.HasPrefix(text, recordTitle) || yaml.Unmarshal([]byte(text), &t) != nil {
		return Record{}, false
	}
	delivered := flat(t.Delivered)
	return Record{t.Serial, t.Catalog, t.After, t.Run, delivered, flat(t.Undelivered), parseChanged(t.Changed, delivered)}, true
}

func byLevel(s workflow.Sources) map[string]map[string]string {
	levels := map[string]map[string]string{}
	for source, text := range s {
		level := string(source.Level)
		if levels[level] == nil {
			levels[level] = map[string]string{}
		}
		levels[level][source.Name] = text
	}
	return levels
}

func flat(levels map[string]map[string]string) workflow.Sources {
	all := workflow.Sources{}
	for level, names := range levels {
		for name, text := range names {
			all[workflow.Source{Level: workflow.Level(level), Name: name}] = text
		}
	}
	return all
}

// ReadRecord finds the record in the definition of a store; false if sync never
// wrote the store, or if the text cannot be read.
func ReadRecord(text string) (Record, bool) {
	node, err := parse(text)
	if err != nil {
		return Record{}, false
	}
	at := recordNode(node.Content[0])
	if at == nil {
		return Record{}, false
	}
	return parseRecord(at.Value)
}

// recordNode finds the record: in the top-level description, or in the values
// beside the root key.
func recordNode(top *yaml.Node) *yaml.Node {
	for _, path := range [][]string{{"description"}, {"values", recordKey}} {
		at := top
		for _, key := range path {
			i := index(at, key)
			if i < 0 {
				at = nil
				break
			}
			at = at.Content[i+1]
		}
		if at != nil && at.Kind == yaml.ScalarNode && strings.HasPrefix(at.Value, recordTitle) {
			return at
		}
	}
	return nil
}

// SetRecord replaces the record in its place. The first one goes into the
// description, or into the values if people use the description or inValues says
// that the service refuses it.
func (d *Document) SetRecord(r Record, inValues bool) {
	top := d.node.Content[0]
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: r.text(), Style: yaml.LiteralStyle}
	at := recordNode(top)
	inDescription := at != nil && index(top, "description") >= 0 && top.Content[index(top, "description")+1] == at
	switch {
	case at != nil && (!inValues || !inDescription):
		*at = *value
		return
	case inDescription:
		i := index(top, "description")
		top.Content = append(top.Content[:i], top.Content[i+2:]...)
	case index(top, "description") < 0 && !inValues:
		top.Content = append([]*yaml.Node{keyNode("description"), value}, top.Content...)
		top.Style &^= yaml.FlowStyle
		return
	}
	values := child(top, "values")
	values.Content = append(values.Content, keyNode(recordKey), value)
}
