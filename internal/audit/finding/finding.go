package finding

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is something at a place. No value of a credential is in it.
type Finding struct {
	Rule         string
	Note         bool // nobody has to act
	File         string
	Line, Column int
	Message      string
	Subject      string // what it is about: a key, a name; with rule and file it stays when lines move
}

// String is "file:line:col: message [rule]".
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", f.File, max(f.Line, 1), max(f.Column, 1), f.Message, f.Rule)
}

// Sort sorts by place and removes what is said twice.
func Sort(all []Finding) []Finding {
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Subject, b.Subject))
	})
	return slices.Compact(all)
}

// Count is how many of them somebody has to act on.
func Count(all []Finding) int {
	n := 0
	for _, f := range all {
		if !f.Note {
			n++
		}
	}
	return n
}
