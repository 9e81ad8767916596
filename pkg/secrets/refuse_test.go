package secrets

import (
	"fmt"
	"strings"
	"testing"
)

const pemBlock = "-----BEGIN TEST KEY-----\nAAECAwQFBgcICQ==\n-----END TEST KEY-----"

func TestRefuse(t *testing.T) {
	for _, tc := range []struct{ name, format, value, want string }{
		{"empty", "", "", "empty"},
		{"empty before its format", "pem", "", "empty"},
		{"blank", "", " \t\r\n", "blank"},
		{"blank beyond ASCII", "", "\u00a0\u2003", "blank"},
		{"broken UTF-8", "", "a\xffb", "not valid UTF-8"},
		{"half a rune", "", "\xe2\x82", "not valid UTF-8"},
		{"a surrogate", "", "\xed\xa0\x80", "not valid UTF-8"},
		{"too long", "", strings.Repeat("x1", 24*1024) + "x", "49153 bytes, over the 49152 of GitHub"},
		{"too long in bytes, not in runes", "", strings.Repeat("é", 24*1024+1), "49154 bytes, over the 49152 of GitHub"},
		{"PLACEHOLDER", "", "PLACEHOLDER", "a placeholder"},
		{"PLACEHOLDER and more", "", "placeholder_openai", "a placeholder"},
		{"PLACEHOLDER over lines", "", "PLACEHOLDER\nfill me in", "a placeholder"},
		{"CHANGEME", "", "CHANGEME", "a placeholder"},
		{"change-me", "", "change-me", "a placeholder"},
		{"change_me", "", "Change_Me", "a placeholder"},
		{"change me", "", "change me", "a placeholder"},
		{"your-", "", "your-api-key-here", "a placeholder"},
		{"YOUR_", "", "YOUR_API_KEY", "a placeholder"},
		{"<...>", "", "<insert key>", "a placeholder"},
		{"<>", "", "<>", "a placeholder"},
		{"xxx", "", "xxx", "a placeholder"},
		{"XXXXXXXX", "", "XXXXXXXX", "a placeholder"},
		{"placeholder in blanks", "", "  CHANGEME\n", "a placeholder"},
		{"job token", "", "ghs_" + strings.Repeat("a", 36), "a job token of GitHub, dead after the job"},
		{"not a PEM", "pem", "not a PEM", "not of the format pem"},
		{"PEM without newlines", "pem", strings.ReplaceAll(pemBlock, "\n", " "), "not of the format pem"},
		{"PEM cut short", "pem", pemBlock[:50], "not of the format pem"},
		{"PEM with escaped newlines", "pem", strings.ReplaceAll(pemBlock, "\n", `\n`), "not of the format pem"},
		{"no host", "url", "https://", "not of the format url"},
		{"no scheme", "url", "example.com/hook", "not of the format url"},
		{"URL with a newline", "url", "https://example.com/\n", "not of the format url"},
		{"other prefix", "prefix:sk-", "pk-1", "not of the format prefix:sk-"},
		{"pattern in the middle", "regex:[0-9]+", "a1b", "not of the format regex:[0-9]+"},
		{"pattern before a newline", "regex:[0-9]+", "1\n", "not of the format regex:[0-9]+"},
		{"one of two patterns", "regex:a|b", "ab", "not of the format regex:a|b"},

		{"PEM", "pem", pemBlock + "\n", ""},
		{"PEM without a final newline", "pem", pemBlock, ""},
		{"PEM with CRLF", "pem", strings.ReplaceAll(pemBlock, "\n", "\r\n"), ""},
		{"URL", "url", "https://hooks.example.com/services/T/B?x=1", ""},
		{"prefix", "prefix:sk-", "sk-1", ""},
		{"pattern", "regex:[0-9]+", "123", ""},
		{"second pattern", "regex:a|b", "b", ""},
		{"as long as GitHub takes", "", strings.Repeat("x1", 24*1024), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := secretOf(t, tc.format).Refuse(NewValue(tc.value)); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestRefuseTakes: what looks odd to a parser, a shell or a template is a value
// like any other, byte for byte.
func TestRefuseTakes(t *testing.T) {
	for i, value := range []string{
		"pa ss #word", "user: pass", `{"a": [1, null]}`, "{abc}", "[abc]",
		"*a", "@a", "%a", "&a", "!a", "|a", ">a", "-a", "- a", `"a`, "'a", "`a", "?a", ":a", "#a", ",a",
		"*", "@", "-", "--", "---", "...", "0123", "1e5", "0x1F", "1_000", ".inf", "true", "no", "null", "~", "NULL",
		"a$$b", "a${b}c", "$HOME", "${{ x }}", "${{ secrets.X }}", "a&b<c>", "<a><b>", "a<b>", "%s%d%n", `a\nb`, `\`,
		"\ta", "a\t", " a ", "a\r\nb\r\n", "\na\n", "a\x01b", "a\u007fb", "\ufeffa", "a\u2028b", "é", "漢字", "😀", "\U0010ffff", "\u202ea",
		"x", "xx", "xxxy", "axxx", "my placeholder", "yours", "yourself", "unchangeme", "changeme2", "ghp_abc", "aghs_b",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if got := (Secret{}).Refuse(NewValue(value)); got != "" {
				t.Errorf("value %d refused as %q", i, got)
			}
		})
	}
}

// TestRefuseIsSilent: no reason says anything of the value.
func TestRefuseIsSilent(t *testing.T) {
	const marker = "m4rk3r"
	for _, format := range []string{"", "pem", "url", "prefix:a", "regex:b"} {
		for _, value := range []string{"<" + marker + ">", "your-" + marker, "ghs_" + marker, marker, marker + "\xff", strings.Repeat(marker, 10000)} {
			if got := secretOf(t, format).Refuse(NewValue(value)); strings.Contains(got, marker) {
				t.Errorf("format %q: the reason quotes the value", format)
			}
		}
	}
}

func secretOf(t *testing.T, format string) Secret {
	t.Helper()
	if format == "" {
		return Secret{}
	}
	f, err := ParseFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	if f.String() != format {
		t.Errorf("format %q prints as %q", format, f)
	}
	return Secret{Format: f}
}
