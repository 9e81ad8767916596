package secrets

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Value holds the text of a secret and cannot be printed: every verb of fmt,
// slog and the text, JSON and YAML encoders give "[redacted]".
//
// The text is behind a func because a string field leaks: fmt reads the
// unexported fields of an enclosing struct without calling their methods.
// The callers of Reveal are the audit of where values go.
// The zero Value is the empty value. Safe for concurrent use.
type Value struct{ reveal func() string }

// NewValue wraps text, byte for byte.
func NewValue(text string) Value {
	return Value{reveal: func() string { return text }}
}

// Reveal returns the text. Its result must go to the store or to the caller
// who asked for this value, and nowhere else.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// Empty reports whether the text has no byte.
func (v Value) Empty() bool { return v.Len() == 0 }

// Len is the length of the text in bytes.
func (v Value) Len() int { return len(v.Reveal()) }

// Equal compares two texts in constant time.
func (v Value) Equal(other Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(other.Reveal())) == 1
}

// Format serves every verb of fmt.
func (Value) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText serves the JSON, YAML and XML encoders.
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue serves log/slog.
func (Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// UnmarshalText lets a decoder of JSON or YAML fill a Value. It never fails.
func (v *Value) UnmarshalText(text []byte) error {
	*v = NewValue(string(text))
	return nil
}
