package secrets

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// lookalike is what people, templates and tools leave where a value belongs.
type lookalike struct {
	name, what string
	pattern    *regexp.Regexp
}

// lookalikes match whole values, so that a real one may contain such a word. Each
// is as narrow as its common forms: a password may begin with "your_" too.
var lookalikes = [...]lookalike{
	placeholder("placeholder", `placeholders?[0-9]*([^a-z0-9].*)?`),
	placeholder("changeme", `change[-_ ]?(me|this|it)`),
	placeholder("replaceme", `replace[-_ ]?(me|this|it)`),
	placeholder("your-key", `your[-_ ]([a-z0-9]+[-_ ])*(key|token|secret|password|passphrase|credentials?|value|url|webhook|name|username|user|id|here)`),
	placeholder("angle brackets", `<([a-z]+([-_ ][a-z]+)*|\.{3})?>`),
	placeholder("xxx", `x{3,}([-_ ]x{3,})*`),
	placeholder("***", `\*{3,}`),
	placeholder("${NAME}", `\$\{[a-z_][a-z0-9_]*\}`),
	placeholder("undefined", `undefined`),
	placeholder("todo", `todo|tbd|fixme`),
	// Every installation token, of both of its forms, dies with the job or soon after.
	// https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
	{"ghs_", "a job token of GitHub, dead after the job", regexp.MustCompile(`\Aghs_[A-Za-z0-9._-]{36,}\z`)},
}

func placeholder(name, pattern string) lookalike {
	return lookalike{name, "a placeholder", regexp.MustCompile(`(?is)\A(?:` + pattern + `)\z`)}
}

// Refuse says why value must not be written for s and, where there is one, the way
// round it; "" means that it may be written. The reason never quotes the value.
func (s Secret) Refuse(value Value) string {
	text := value.Reveal()
	switch {
	case text == "":
		return "empty"
	case strings.TrimSpace(text) == "":
		return "blank"
	case !utf8.ValidString(text):
		return "not valid UTF-8"
	case len(text) > maxValueBytes:
		return fmt.Sprintf("%d bytes, over the %d of GitHub", len(text), maxValueBytes)
	}
	if reason := s.looksUnreal(strings.TrimSpace(text)); reason != "" && !s.Format.proves(value) {
		return reason
	}
	if !s.Format.Matches(value) {
		return fmt.Sprintf("not of the format %s: change format in the catalog if it is real", s.Format)
	}
	return ""
}

func (s Secret) looksUnreal(text string) string {
	if s.AllowPlaceholder {
		return ""
	}
	for _, l := range lookalikes {
		if l.pattern.MatchString(text) {
			return fmt.Sprintf("%s (%q): allow_placeholder in the catalog if it is real", l.what, l.name)
		}
	}
	return ""
}
