package scan

import (
	"bytes"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
)

// call is that of a reader whose argument number n is the key.
func (f *file) call(start, end, n int) {
	open := f.skip(end)
	if open >= len(f.data) || f.data[open] != '(' || f.defines(start) || f.said(start) {
		return
	}
	all := f.arguments(open)
	text, ok := argument(all, n, "key")
	if !ok {
		return
	}
	key, ok := literal(text)
	if !ok || !plausible(key) {
		f.add(start, Hit{Kind: Computed})
		return
	}
	h := Hit{Kind: Read, Name: key}
	if otherwise, ok := argument(all, n+1, "default"); ok {
		h.Default = fingerprint(otherwise)
	}
	f.add(start, h)
}

// defines reports whether the word at start is being defined, not called.
func (f *file) defines(start int) bool {
	before := strings.TrimRight(f.before(start), " \t")
	return strings.HasSuffix(before, "def") || strings.HasSuffix(before, "func") || strings.HasSuffix(before, "function")
}

// goReader is x.Get(ctx, key) or x.Lookup(ctx, key).
func (f *file) goReader(start, end int) {
	if f.language != language.Go || start == 0 || f.data[start-1] != '.' || end >= len(f.data) || f.data[end] != '(' || f.said(start) {
		return
	}
	all := f.arguments(end)
	if len(all) != 2 || !strings.Contains(strings.ToLower(all[0]), "ctx") && !strings.Contains(all[0], "ontext") {
		return
	}
	key, ok := literal(all[1])
	switch {
	case ok && plausible(key):
		f.add(start, Hit{Kind: Candidate, Name: key})
	case !ok:
		f.add(start, Hit{Kind: Candidate})
	}
}

// goImport is the import of the Go reader.
func (f *file) goImport(start, end int) {
	if f.language == language.Go && end < len(f.data) && f.data[end] == '"' && bytes.HasSuffix(f.data[:start], []byte("/sophia-secrets/pkg/")) {
		f.add(start, Hit{Kind: Imports})
	}
}

// skip is the offset of the first byte that is no space.
func (f *file) skip(at int) int {
	for at < len(f.data) && (f.data[at] == ' ' || f.data[at] == '\t') {
		at++
	}
	return at
}
