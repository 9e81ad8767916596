package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a finding is about. The words are stable: they are the names of
// stack outputs.
type Kind string

// The kinds of finding.
const (
	Missing     Kind = "missing"     // the organization lacks a required, adopted secret
	Visibility  Kind = "visibility"  // the catalog asks for another visibility, or other repositories
	Undeclared  Kind = "undeclared"  // the catalog does not name it
	Changed     Kind = "changed"     // a managed value was changed in GitHub
	Stale       Kind = "stale"       // what is in GitHub was not synced yet
	Undelivered Kind = "undelivered" // the last sync could not deliver what is in GitHub
	Tampered    Kind = "tampered"    // the store holds a revision that sync did not write
	Definition  Kind = "definition"  // a file or an environment has another text; in Pulumi the provider shows it
)

// Kinds are those that become stack outputs, in their order.
var Kinds = []Kind{Missing, Visibility, Undeclared, Changed, Stale, Undelivered, Tampered}

// ForPeople reports whether only a person can end such a finding. The others end
// with an up and the sync that it starts.
func (k Kind) ForPeople() bool {
	return k == Missing || k == Visibility || k == Undeclared || k == Undelivered
}

// Finding is something that differs from what was declared, and that no provider
// shows.
type Finding struct {
	Kind    Kind
	Name    string   // of the secret; the GitHub name of an undeclared one; "" when it is about the pipeline
	Names   []string // all that the finding is about, when they are several
	Message string
	Hint    string // what to type or to open
}

// String is the message and the hint in one line.
func (f Finding) String() string { return f.Message + ": " + f.Hint }

// Names lists what the findings of one kind are about, sorted; never nil.
func Names(findings []Finding, kind Kind) []string {
	names := []string{}
	for _, f := range findings {
		if f.Kind != kind {
			continue
		}
		names = append(names, f.Names...)
		if f.Name != "" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

func page(organization, githubName string) string {
	return fmt.Sprintf("https://github.com/organizations/%s/settings/secrets/actions/%s", organization, githubName)
}

func list(names []string) string { return strings.Join(names, ", ") }
