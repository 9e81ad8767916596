package generated

import (
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff is the unified diff that leads from one text to the other; equal texts
// give "". It quotes both texts: a text that may hold a value must be masked
// before it comes here.
func Diff(fromName, toName, from, to string) string {
	text := string(diff.Diff(fromName, []byte(from), toName, []byte(to)))
	_, text, _ = strings.Cut(text, "\n") // the command that a person would have typed
	return text
}

// CommitMessage is the message of every commit of a generated file. The provider
// reads it back, so whoever writes one uses the same.
func CommitMessage(path string) string { return "Update " + path }
