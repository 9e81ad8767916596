package sync

import (
	"fmt"
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// arrival is what the job received for one secret.
type arrival struct {
	value   secrets.Value
	here    bool   // whether there is a value at all
	refused string // why it must not be written; "" if it may be
	note    string // why there is none
}

// arrive looks at the variables of a secret and of its aliases. An empty one is
// what GitHub passes for a secret that is not set.
func arrive(s secrets.Secret, lookup func(string) (string, bool)) arrival {
	a := arrival{note: "not passed by the workflow"}
	from := ""
	for _, source := range s.Sources() {
		text, ok := lookup(secrets.Variable(source))
		switch value := secrets.NewValue(text); {
		case ok && text == "":
			a.note = "arrived empty"
		case !ok:
		case from == "":
			from, a.here, a.value = source, true, value
		case !value.Equal(a.value):
			a.refused = fmt.Sprintf("%s and %s differ", from, source)
		}
	}
	if a.here && a.refused == "" {
		a.refused = s.Refuse(a.value)
	}
	return a
}

// live is what the store holds: the keys that its own text has, and the values
// that it gives when opened.
type live struct {
	keys   []string
	values map[string]esc.Value
}

// plan is what to do about every secret.
type plan struct {
	rows   []Row
	set    map[string]secrets.Value
	remove []string
}

func (p plan) empty() bool { return len(p.set)+len(p.remove) == 0 }

// apply changes a document as planned, new keys in the catalog's order.
func (p plan) apply(d *store.Document) {
	for _, row := range p.rows {
		if value, ok := p.set[row.Key]; ok {
			d.Set(row.Key, value)
		}
	}
	for _, key := range p.remove {
		d.Remove(key)
	}
}

// newPlan compares what arrived with what is there.
func newPlan(c *secrets.Catalog, lookup func(string) (string, bool), now live, prune bool) plan {
	p := plan{set: map[string]secrets.Value{}}
	have, known := map[string]bool{}, map[string]bool{}
	for _, key := range now.keys {
		have[key] = true
	}
	for _, s := range c.Secrets {
		known[s.Key] = true
		a := arrive(s, lookup)
		row := judge(s, a, have[s.Key], now.values[s.Key])
		if row.Verdict == Written {
			p.set[s.Key] = a.value
		}
		p.rows = append(p.rows, row)
	}
	for _, key := range now.keys {
		switch {
		case known[key]:
		case prune:
			p.remove = append(p.remove, key)
			p.rows = append(p.rows, Row{Key: key, Verdict: Pruned})
		default:
			p.rows = append(p.rows, Row{Key: key, Verdict: Unknown, Finding: true, Note: "not in the catalog"})
		}
	}
	p.rows = slices.Clip(p.rows)
	return p
}

// judge decides about one secret. Only a value that is there, equal and secret
// needs no write.
func judge(s secrets.Secret, a arrival, have bool, old esc.Value) Row {
	row := Row{Name: s.Name, Key: s.Key, githubName: s.GitHubName}
	switch {
	case a.refused != "":
		row.Verdict, row.Note, row.Finding = Refused, a.refused, true
	case !a.here && have:
		row.Verdict, row.Note, row.Finding = Kept, a.note, s.Required
	case !a.here:
		row.Verdict, row.Note, row.Finding = Missing, a.note, s.Required
	case have && old.Kind == esc.String && old.Secret && old.Text.Equal(a.value):
		row.Verdict = Unchanged
	default:
		row.Verdict = Written
		if have && !old.Secret {
			row.Note = "was not a secret"
		}
	}
	return row
}
