package secrets

import (
	"encoding/pem"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Format says what a value must look like. The zero Format takes anything.
type Format struct {
	text  string
	match func(string) bool
}

const formats = `"pem", "prefix:TEXT", "regex:PATTERN", "url"`

// parseFormat reads "pem", "url", "prefix:TEXT" or "regex:PATTERN" (Go syntax,
// anchored at both ends). The error lists the valid forms.
func parseFormat(text string) (Format, error) {
	kind, argument, _ := strings.Cut(text, ":")
	switch {
	case text == "pem":
		return Format{text, isPEM}, nil
	case text == "url":
		return Format{text, isURL}, nil
	case kind == "prefix" && argument != "":
		return Format{text, func(v string) bool { return strings.HasPrefix(v, argument) }}, nil
	case kind == "regex" && argument != "":
		return parsePattern(text, argument)
	}
	return Format{}, fmt.Errorf("format %q is not one of %s", text, formats)
}

// parsePattern compiles the pattern on its own first: one with a stray ")" must
// not reach out of the group that anchors it.
func parsePattern(text, pattern string) (Format, error) {
	_, err := regexp.Compile(pattern)
	var anchored *regexp.Regexp
	if err == nil {
		anchored, err = regexp.Compile(`\A(?:` + pattern + `)\z`)
	}
	if err != nil {
		return Format{}, fmt.Errorf("format %q is no regular expression: %w", text, err)
	}
	return Format{text, anchored.MatchString}, nil
}

// String is the text the format was parsed from.
func (f Format) String() string { return f.text }

// Matches reports whether v looks as the format says.
func (f Format) Matches(v Value) bool { return f.match == nil || f.match(v.Reveal()) }

// proves reports whether v is of a form that no placeholder has.
func (f Format) proves(v Value) bool { return (f.text == "pem" || f.text == "url") && f.Matches(v) }

func isPEM(text string) bool {
	block, _ := pem.Decode([]byte(text))
	return block != nil
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && u.Host != ""
}
