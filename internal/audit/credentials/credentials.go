// Package credentials finds hard-coded credentials with the rules of gitleaks. It
// passes on where and by which rule, and drops the text at once.
package credentials

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/rs/zerolog"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
	"github.com/zricethezav/gitleaks/v8/report"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
)

// Detector knows the rules. Safe for concurrent use.
type Detector struct{ rules *detect.Detector }

// New compiles the rules, and silences their library, which would log matches.
func New() (*Detector, error) {
	logging.Logger = zerolog.Nop()
	rules, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return nil, fmt.Errorf("loading the rules of gitleaks: %w", err)
	}
	return &Detector{rules}, nil
}

// chunkBytes is how much the rules see at a time, as in gitleaks itself: a word in a
// text lets a rule look through all of it.
const chunkBytes = 100_000

// Find looks through a text that begins in the given line of the file.
func (d *Detector) Find(file string, data []byte, line int) []finding.Finding {
	var all []finding.Finding
	for len(data) > 0 {
		end := chunkEnd(data)
		all = append(all, d.find(file, data[:end], line)...)
		line += bytes.Count(data[:end], []byte("\n"))
		data = data[end:]
	}
	return all
}

// chunkEnd is the last empty line of a chunk, else its last line, so that no
// credential is cut that has several lines.
func chunkEnd(data []byte) int {
	if len(data) <= chunkBytes {
		return len(data)
	}
	for _, mark := range []string{"\n\n", "\n"} {
		if i := bytes.LastIndex(data[:chunkBytes], []byte(mark)); i > 0 {
			return i + len(mark)
		}
	}
	return chunkBytes
}

func (d *Detector) find(file string, data []byte, line int) []finding.Finding {
	var all []finding.Finding
	for _, f := range d.rules.Detect(detect.Fragment{Raw: string(data), FilePath: file, StartLine: line}) { //nolint:staticcheck // its successor comes with v9
		if wrong(file, f) {
			continue
		}
		column := f.StartColumn
		if f.StartLine > line { // the library counts the line's end before it
			column--
		}
		all = append(all, finding.Finding{
			Rule: rule.Credential, File: file, Line: f.StartLine, Column: column, Subject: f.RuleID,
			Message: fmt.Sprintf("this looks like a credential (%s): rotate it, and read it by key", f.RuleID),
		})
	}
	return all
}

// wrong reports what a person would not call a credential.
func wrong(file string, f report.Finding) bool {
	switch {
	case forTests(file) && vague[f.RuleID], encoded(f.Line):
		return true
	case f.RuleID != generic:
		return false
	}
	return identifier.MatchString(f.Secret) || code[path.Ext(file)] && !quoted(f.Match, f.Secret)
}

// identifier is a name of code, such as newDecryptionKey1024.
var identifier = regexp.MustCompile(`^[A-Za-z][a-z]+(?:[A-Z][a-z]+)+[0-9]{0,4}$`)

// generic is the rule that goes by the name of what is assigned.
const generic = "generic-api-key"

// code are the files in which a text stands in quotes: what does not is an expression.
var code = map[string]bool{".go": true, ".py": true, ".js": true, ".jsx": true, ".ts": true, ".tsx": true, ".mjs": true, ".cjs": true, ".java": true, ".rs": true, ".c": true, ".h": true}

func quoted(match, secret string) bool {
	before, _, ok := strings.Cut(match, secret)
	return ok && strings.TrimRight(before, "\"'`") != before
}

// encoded reports whether a line is one of a file in base64, in which every pattern
// occurs some time.
func encoded(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= 60 && strings.Trim(line, inBase64) == ""
}

const inBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// vague are the rules that match what tests make up.
var vague = map[string]bool{generic: true, "private-key": true, "jwt": true, "curl-auth-user": true, "curl-auth-header": true}

// forTests reports whether a file is a test's or holds its data.
func forTests(file string) bool {
	base := path.Base(file)
	folder := "/" + path.Dir(file) + "/"
	return strings.Contains(folder, "/testdata/") || strings.Contains(folder, "/tests/") || strings.Contains(folder, "/test/") ||
		strings.Contains(folder, "/fixtures/") || strings.Contains(folder, "/__tests__/") ||
		strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "test_") || strings.Contains(base, ".test.") || strings.Contains(base, ".spec.")
}
