package credentials

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	raw := make([]byte, 120)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("+", "a", "/", "b", "=", "c").Replace(base64.StdEncoding.EncodeToString(raw))
	token := "ghp_" + text[:36]
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, file, text, want string }{
		{"a token", "a.py", "x\ny\n  t = \"" + token + "\"\n", "[12:8 github-pat]"},
		{"a token of a test", "a_test.go", "t := \"" + token + "\"\n", "[10:7 github-pat]"},
		{"muted by gitleaks' own comment", "a.py", "t = \"" + token + "\" # gitleaks:allow\n", "[]"},
		{"an expression", "a.go", "key, err := NewDecapsulationKey1024(seed[:32])\nsecretKey := seed9x8c7v6b5n4m3l2k1j0h.d\n", "[]"},
		{"a text in quotes", "a.go", "secretKey := \"" + text[36:76] + "\"\n", "[10:1 generic-api-key]"},
		{"a name of code", "a.go", "secretKey := \"NewDecapsulationKey1024\"\n", "[]"},
		{"a token in a line of base64", "a.b64", text[:40] + "+EAAA" + text[40:64] + "\n", "[]"},
		{"of a test", "testdata/a.go", "secretKey := \"" + text[36:76] + "\"\n", "[]"},
		{"encoded", "a.b64", text + "\n", "[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, f := range d.Find(tc.file, []byte(tc.text), 10) {
				got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Subject))
				for i := 0; i+6 <= len(text); i++ {
					if strings.Contains(fmt.Sprintf("%#v", f), text[i:i+6]) {
						t.Error("a part of the value is in the finding")
					}
				}
			}
			if fmt.Sprint(got) != tc.want {
				t.Errorf("found %q, want %s", got, tc.want)
			}
		})
	}
}
