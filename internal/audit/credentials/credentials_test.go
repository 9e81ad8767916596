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

// A long text goes to the rules in chunks. Lines are counted through, and a credential
// at the seam is found.
func TestFindInChunks(t *testing.T) {
	raw := make([]byte, 60)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	token := "ghp_" + strings.NewReplacer("+", "a", "/", "b").Replace(base64.StdEncoding.EncodeToString(raw))[:36]
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	filler := strings.Repeat(strings.Repeat("x ", 19)+"\n", chunkBytes/39) // almost a chunk
	found := d.Find("a.py", []byte(filler+"t = '"+token+"'\n"+filler+filler+"t = '"+token+"'\n"), 1)
	n := strings.Count(filler, "\n")
	if len(found) != 2 || found[0].Line != n+1 || found[1].Line != 3*n+2 {
		t.Errorf("found %+v, want lines %d and %d", found, n+1, 3*n+2)
	}
}
