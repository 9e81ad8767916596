package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Class says what ends a finding.
type Class string

// The classes.
const (
	ByUp        Class = "up"          // an up: preview shows a proposed change
	BySync      Class = "sync"        // the next sync
	ByPerson    Class = "person"      // somebody has to act
	Information Class = "information" // nothing is wrong
)

// Kind is what a finding is about. The words are stable: they are names of stack
// outputs.
type Kind string

// The kinds of finding.
const (
	Missing     Kind = "missing"     // no level has a required secret; in Pulumi the provider shows a managed one
	notGranted  Kind = "not-granted" // the repository may not read it
	beyond      Kind = "beyond"      // it is not among the hundred that a job receives
	shadowed    Kind = "shadowed"    // a secret of the repository or its environment takes its place
	unread      Kind = "unread"      // the token may not read a level
	token       Kind = "token"       // about the secret with which the sync logs in
	visibility  Kind = "visibility"  // the catalog asks for another visibility, or other repositories; likewise
	Undeclared  Kind = "undeclared"  // organization secrets that the catalog does not name
	changed     Kind = "changed"     // a managed value was changed in GitHub
	stale       Kind = "stale"       // what is in GitHub was not synced yet
	undelivered Kind = "undelivered" // the last sync could not deliver what is in GitHub
	tampered    Kind = "tampered"    // the store holds a revision that sync did not write
	outside     Kind = "outside"     // the store gives applications values outside the root key
	unknown     Kind = "unknown"     // keys of the store that the catalog does not name
	unserved    Kind = "unserved"    // code asks for a key that no secret serves
	unpushed    Kind = "unpushed"    // the repository has another catalog
	Overdue     Kind = "overdue"     // the catalog's rotate_every is over
	DueSoon     Kind = "due-soon"    // it is over within a month
	renamed     Kind = "renamed"     // the repository has another name
	Definition  Kind = "definition"  // a file or an environment has another text; in Pulumi the provider shows it
)

// Finding is something that differs from what was declared, or that somebody should
// know.
type Finding struct {
	Kind    Kind
	Class   Class
	Name    string   // of the secret; "" when it is about the pipeline
	Names   []string // all that the finding is about, when they are several
	Message string
	Hint    string // what to type; "" when there is nothing to do
}

// About is the kind as a word, such as "shadowed": the words are those of the
// stack's outputs.
func (f Finding) About() string { return string(f.Kind) }

// String is the message and the hint in one line.
func (f Finding) String() string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + ": " + f.Hint
}

// Proposed reports whether a preview shows the finding as a change of a resource.
func (f Finding) Proposed() bool {
	return f.Kind == Definition || f.Class == ByUp && (f.Kind == Missing || f.Kind == visibility)
}

// Drifts reports whether any of the findings has to be ended.
func Drifts(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Class != Information })
}

func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

// last puts texts behind everything else, and information behind those.
func last(f Finding) int {
	switch {
	case f.Class == Information:
		return 2
	case f.Kind == Definition:
		return 1
	}
	return 0
}

func page(organization, githubName string) string {
	return fmt.Sprintf("https://github.com/organizations/%s/settings/secrets/actions/%s", organization, githubName)
}

func list(names []string) string { return strings.Join(names, ", ") }

// few is how many of many a message names; of lines of code secretctl check names all.
const few = 3
