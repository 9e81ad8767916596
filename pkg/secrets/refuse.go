package secrets

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// placeholder matches what people and templates leave where a value belongs.
// It matches whole values only, so that a real value may contain such a word.
var placeholder = regexp.MustCompile(`(?is)\A(?:placeholder.*|change[-_ ]?me|your[-_ ].*|<[^<>]*>|x{3,})\z`)

// githubJobToken matches the token of a job, which dies with the job.
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
const githubJobToken = "ghs_"

// Refuse says why value must not be written for s; "" means that it may be.
// The reason never quotes the value.
func (s Secret) Refuse(value Value) string {
	text := value.Reveal()
	switch {
	case text == "":
		return "empty"
	case strings.TrimSpace(text) == "":
		return "blank"
	case !utf8.ValidString(text):
		return "not valid UTF-8"
	case len(text) > MaxValueBytes:
		return fmt.Sprintf("%d bytes, over the %d of GitHub", len(text), MaxValueBytes)
	case placeholder.MatchString(strings.TrimSpace(text)):
		return "a placeholder"
	case strings.HasPrefix(text, githubJobToken):
		return "a job token of GitHub, dead after the job"
	case !s.Format.Matches(value):
		return "not of the format " + s.Format.String()
	}
	return ""
}
