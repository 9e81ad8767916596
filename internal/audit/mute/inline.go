package mute

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/judge"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/scan"
)

// directive is a comment that ignores findings in one line.
type directive struct {
	file         string
	line, column int // of the comment
	ignores      int // the line
	rules        []string
	used         bool
}

// Inline takes away what comments ignore: secretaudit:ignore RULE[,RULE] REASON, in
// the line or alone in the one before it. A comment without a rule, without a reason
// or without an effect is a finding; the last only for the rules that are on.
func Inline(found []finding.Finding, files []judge.File, on func(rule string) bool) []finding.Finding {
	var kept []finding.Finding
	all := map[string][]*directive{}
	for _, f := range files {
		for _, h := range f.Hits {
			if h.Kind == scan.Ignore {
				d, wrong := parse(f.Path, h)
				if wrong != "" {
					kept = append(kept, d.finding(wrong))
					continue
				}
				all[f.Path] = append(all[f.Path], d)
			}
		}
	}
	for _, f := range found {
		if !ignored(all[f.File], f) {
			kept = append(kept, f)
		}
	}
	for _, directives := range all {
		for _, d := range directives {
			if !d.used && slices.ContainsFunc(d.rules, on) {
				kept = append(kept, d.finding("this comment ignores nothing: remove it"))
			}
		}
	}
	return kept
}

func parse(file string, h scan.Hit) (*directive, string) {
	d := &directive{file: file, line: h.Line, column: h.Column, ignores: h.Line}
	if h.Alone {
		d.ignores++
	}
	if len(h.Words) == 0 {
		return d, "this comment names no rule: secretaudit:ignore RULE REASON"
	}
	d.rules = strings.Split(h.Words[0], ",")
	for _, rule := range d.rules {
		if _, ok := finding.ByName(rule); !ok {
			return d, "this comment names what is no rule: secretaudit explain lists them"
		}
	}
	if len(h.Words) < 2 {
		return d, fmt.Sprintf("this comment gives no reason: secretaudit:ignore %s REASON", h.Words[0])
	}
	return d, ""
}

func ignored(directives []*directive, f finding.Finding) bool {
	for _, d := range directives {
		if d.ignores == f.Line && slices.Contains(d.rules, f.Rule) {
			d.used = true
			return true
		}
	}
	return false
}

func (d *directive) finding(message string) finding.Finding {
	return finding.Finding{Rule: rule.Ignore, File: d.file, Line: d.line, Column: d.column, Message: message}
}
