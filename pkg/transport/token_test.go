package transport

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestParseToken(t *testing.T) {
	text := "pul-" + rand.Text()
	for _, given := range []string{text, text + "\n", " \t" + text + "\r\n"} {
		if token, err := ParseToken(given); err != nil || token.Reveal() != text {
			t.Errorf("%d characters: %d remain, %v", len(given), token.Len(), err)
		}
	}
	for given, want := range map[string]string{
		"": "empty", " \n": "empty",
		text + "\n" + text: "cannot stand in a header", text + "é": "cannot stand in a header",
		text + " x": "cannot stand in a header", text + "\x00": "cannot stand in a header",
	} {
		token, err := ParseToken(given)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), text) || !token.Empty() {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
