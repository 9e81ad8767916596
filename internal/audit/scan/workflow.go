package scan

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
)

var passed = regexp.MustCompile(`^(?:\.([A-Za-z0-9_-]+)|\[\s*['"]([A-Za-z0-9_-]+)['"]\s*\])`)

// secrets is secrets.NAME inside ${{ }} of a workflow.
func (f *file) secrets(start, end int) {
	if !language.Workflow(f.path) || start > 0 && (f.data[start-1] == '.' || f.data[start-1] == '-') {
		return
	}
	before := f.data[max(0, start-maxCommand):start]
	opened := bytes.LastIndex(before, []byte("${{"))
	m := passed.FindStringSubmatch(f.lineFrom(end))
	if opened < 0 || bytes.LastIndex(before, []byte("}}")) > opened || m == nil || f.said(start) {
		return
	}
	if name := m[1] + m[2]; plausible(name) && !f.declares(name) {
		f.add(start, Hit{Kind: Passed, Name: name})
	}
}

// declares reports whether a reusable workflow declares a secret of its own, which its
// caller gives it.
func (f *file) declares(name string) bool {
	if !bytes.Contains(f.data, []byte("workflow_call")) {
		return false
	}
	return regexp.MustCompile(`(?m)^\s+` + regexp.QuoteMeta(name) + `:\s*(?:#.*|\{.*)?$`).Match(f.data)
}

// ignore is a comment that mutes findings: the word, :ignore, rules, a reason.
func (f *file) ignore(start, end int) {
	rest, ok := strings.CutPrefix(f.lineFrom(end), ":ignore")
	if !ok || f.language == language.Prose {
		return
	}
	alone := strings.Trim(f.before(start), "#/*<!-;% \t") == ""
	words := strings.Fields(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(rest), "*/"), "-->"))
	f.add(start, Hit{Kind: Ignore, Words: words, Alone: alone})
}
