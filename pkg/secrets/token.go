package secrets

import (
	"errors"
	"strings"
)

// ParseToken reads a token as a file or a variable holds it, with white space
// around it. The error does not quote the token, and says what is wrong after
// its name: "is empty".
func ParseToken(text string) (Value, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return Value{}, errors.New("is empty")
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }):
		return Value{}, errors.New("holds characters that cannot stand in a header: copy it again")
	}
	return NewValue(text), nil
}
