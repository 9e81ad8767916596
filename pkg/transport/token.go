package transport

import (
	"errors"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// ParseToken reads a token as a file or a variable holds it, with white space
// around it. The error does not quote the token, and says what is wrong after
// its name: "is empty".
func ParseToken(text string) (secrets.Value, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return secrets.Value{}, errors.New("is empty")
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }):
		return secrets.Value{}, errors.New("holds characters that cannot stand in a header: copy it again")
	}
	return secrets.NewValue(text), nil
}
