package secrets

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is something wrong in a user's file, with its place and its rule.
type Problem struct {
	File    string
	Line    int // 1-based; 0 when the problem is about the file as a whole
	Column  int // 1-based
	Message string
	Rule    string
}

// String is "file:line:col: message [rule]".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", p.File, max(p.Line, 1), max(p.Column, 1), p.Message, p.Rule)
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
}
