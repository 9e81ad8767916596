package drift

import "github.com/rogpeppe/go-internal/diff"

// Diff is the unified diff that leads from one text to the other; equal texts
// give "". It quotes both texts: a text that may hold a value must be masked
// before it comes here.
func Diff(fromName, toName, from, to string) string {
	return string(diff.Diff(fromName, []byte(from), toName, []byte(to)))
}
