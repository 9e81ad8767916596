package sync

import (
	"fmt"
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// arrival is what the job received for one secret.
type arrival struct {
	value   secrets.Value
	names   []string // the GitHub names under which a value came
	refused string   // why it must not be written; "" if it may be
	note    string   // why there is none
}

// arrive looks at the variables of a secret and of its aliases. An empty one is
// what GitHub passes for a secret that is not set.
func arrive(s secrets.Secret, lookup func(string) (string, bool)) arrival {
	a := arrival{note: store.NotPassed}
	for _, source := range s.Sources() {
		text, ok := lookup(workflow.Variable(source))
		if text == "" {
			if ok {
				a.note = store.ArrivedEmpty
			}
			continue
		}
		value := secrets.NewValue(text)
		if a.names = append(a.names, source); len(a.names) == 1 {
			a.value = value
		} else if !value.Equal(a.value) {
			a.refused = fmt.Sprintf("%s and %s differ", a.names[0], source)
		}
	}
	if len(a.names) > 0 && a.refused == "" {
		a.refused = s.Refuse(a.value)
	}
	return a
}

// plan is what to do with every secret.
type plan struct {
	rows    []Row
	arrived bool                     // whether the job received any value
	want    map[string]secrets.Value // the values that the store must have afterwards, by key
	set     []string                 // the keys to write
	remove  []string
}

func (p plan) empty() bool { return len(p.set)+len(p.remove) == 0 }

// apply changes a document as planned, new keys in the catalog's order.
func (p plan) apply(d *store.Document) {
	for _, key := range p.set {
		d.Set(key, p.want[key])
	}
	for _, key := range p.remove {
		d.Remove(key)
	}
}

// newPlan compares what arrived with what is there.
func newPlan(c *secrets.Catalog, lookup func(string) (string, bool), held contents, prune bool) plan {
	p := plan{want: map[string]secrets.Value{}}
	for _, s := range c.Secrets {
		p.judge(s, arrive(s, lookup), held)
	}
	for _, key := range held.keys {
		_, known := c.ByKey(key)
		switch {
		case known:
		case prune || slices.Contains(c.Retired, key):
			p.remove = append(p.remove, key)
			p.rows = append(p.rows, Row{Key: store.Shown(key), Verdict: Removed})
		default:
			p.rows = append(p.rows, Row{Key: store.Shown(key), Verdict: Unknown, Note: "not in the catalog"})
		}
	}
	return p
}

// judge decides on one secret. A key needs no write only if the store has the
// same value there, as a secret.
func (p *plan) judge(s secrets.Secret, a arrival, held contents) {
	row := Row{Name: s.Name, Key: s.Key, keys: s.Keys(), sources: s.Sources(), arrived: a.names}
	have := slices.ContainsFunc(row.keys, func(key string) bool { return slices.Contains(held.keys, key) })
	p.arrived = p.arrived || len(a.names) > 0
	switch {
	case a.refused != "":
		row.Verdict, row.Note, row.Finding = Refused, a.refused, true
	case len(a.names) == 0 && have:
		row.Verdict, row.Note, row.Finding = Kept, a.note, s.Required
	case len(a.names) == 0:
		row.Verdict, row.Note, row.Finding = Missing, a.note, s.Required
	default:
		row.Verdict, row.change = Unchanged, changeOf(row.keys, a.value, held)
		for _, key := range row.keys {
			p.want[key] = a.value
			old, has := held.values[key], slices.Contains(held.keys, key)
			if has && old.Kind == esc.String && old.Secret && old.Text.Equal(a.value) {
				continue
			}
			row.Verdict = Written
			switch {
			case has && held.first && old.Kind == esc.String && !old.Text.Empty() && !old.Text.Equal(a.value):
				row.Note, row.Finding = "replaced the value that stood there before the first sync", true
			case has && !old.Secret:
				row.Note = "was not a secret"
			}
			p.set = append(p.set, key)
		}
	}
	p.rows = append(p.rows, row)
}
