package scan

import (
	"bytes"
	"regexp"
	"strings"
)

// command is the words after the one at start, if it is a command there: of a
// script, or a string of code. The line may go on after a backslash.
func (f *file) command(start, end int) ([]string, bool) {
	if f.said(start) || start > 0 && strings.IndexByte("-.@", f.data[start-1]) >= 0 || end < len(f.data) && strings.IndexByte("-./:@=", f.data[end]) >= 0 {
		return nil, false
	}
	if f.language.Code() && !quoteAt(f.data, start-1) && !quoteAt(f.data, end) {
		return nil, false
	}
	text := f.lineFrom(end)
	for next := end + len(text); strings.HasSuffix(text, `\`) && next+1 < len(f.data); {
		more := f.lineFrom(next + 1)
		text, next = strings.TrimSuffix(text, `\`)+" "+more, next+1+len(more)
	}
	if i := strings.IndexAny(text, ";|&><)`"); i >= 0 {
		text = text[:i]
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\"',[]", r) })
	return words, len(words) > 0
}

func quoteAt(data []byte, at int) bool {
	return at >= 0 && at < len(data) && (data[at] == '"' || data[at] == '\'' || data[at] == '`')
}

// valued are the flags of secretctl that take their value as the next word.
var valued = map[string]bool{"--environment": true, "--root-key": true, "--catalog": true, "--stack": true, "--only": true, "--mark": true, "--format": true, "--timeout": true}

// secretctl is get KEY, run -- COMMAND or sync.
func (f *file) secretctl(start, end int) {
	words, ok := f.command(start, end)
	if !ok {
		return
	}
	verb, rest, only := "", []string(nil), []string(nil)
	for i := 0; i < len(words); i++ {
		switch name, value, given := strings.Cut(words[i], "="); {
		case words[i] == "--" || verb != "" && !strings.HasPrefix(words[i], "-"):
			rest, i = words[i:], len(words)
		case !strings.HasPrefix(words[i], "-"):
			verb = words[i]
		case valued[name]:
			if !given && i+1 < len(words) {
				i++
				value = words[i]
			}
			if name == "--only" {
				only = append(only, value)
			}
		}
	}
	f.verb(start, verb, rest, only, strings.Contains(f.lineFrom(end), "--only"))
}

func (f *file) verb(start int, verb string, rest, only []string, some bool) {
	switch {
	case verb == "sync":
		f.add(start, Hit{Kind: Sync})
	case verb == "get" && len(rest) > 0:
		f.asks(start, rest[0])
	case verb == "run" && len(rest) > 0:
		for i, word := range rest { // KEY,KEY was split at its commas
			if word == "--" {
				only, rest = append(only, rest[:i]...), rest[i+1:]
				break
			}
		}
		if !some {
			only = nil
		}
		for _, key := range only {
			f.asks(start, key)
		}
		f.add(start, Hit{Kind: Run, Words: rest, Only: only})
	}
}

// asks is a key on a command line.
func (f *file) asks(start int, key string) {
	switch {
	case strings.ContainsAny(key, "$<{"):
		f.add(start, Hit{Kind: Computed})
	case plausible(key):
		f.add(start, Hit{Kind: Read, Name: key})
	}
}

// pulumi is pulumi env set, esc env set and what else writes to ESC.
func (f *file) pulumi(start, end int) {
	words, ok := f.command(start, end)
	if !ok {
		return
	}
	f.touches = true
	if len(words) >= 2 && words[0] == "env" {
		switch words[1] {
		case "set", "edit", "rotate":
			f.add(start, Hit{Kind: Write, Name: string(f.data[start:end]) + " env " + words[1]})
		}
	}
}

// gh is gh secret set NAME.
func (f *file) gh(start, end int) {
	words, ok := f.command(start, end)
	if !ok || len(words) < 3 || words[0] != "secret" || words[1] != "set" {
		return
	}
	f.touches = true
	if name := words[2]; plausible(name) && !strings.HasPrefix(name, "-") && !strings.ContainsAny(name, "./") {
		f.add(start, Hit{Kind: Set, Name: name})
	}
}

// writes is a method of ESC's SDKs that replaces a definition.
func (f *file) writes(start, end int) {
	if open := f.skip(end); open < len(f.data) && f.data[open] == '(' && !f.defines(start) && !f.said(start) {
		f.touches = true
		f.add(start, Hit{Kind: Write, Name: string(f.data[start:end])})
	}
}

var changing = regexp.MustCompile(`(?i)\b(?:patch|put|post)\b`)

// api is ESC's API, with a method that writes near by.
func (f *file) api(start, end int) {
	if !bytes.HasSuffix(f.data[:start], []byte("/api/esc/")) || f.said(start) {
		return
	}
	f.touches = true
	const near = 300
	if changing.Match(f.data[max(0, start-near):min(len(f.data), end+near)]) {
		f.add(start, Hit{Kind: Write, Name: "ESC's API"})
	}
}
