package secrets

import (
	"fmt"
	"strings"
	"testing"
)

const formatReason = ": change format in the catalog if it is real"

func lookalikeReason(pattern string) string {
	return fmt.Sprintf("a placeholder (%q): allow_placeholder in the catalog if it is real", pattern)
}

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
		{"PLACEHOLDER", "", "PLACEHOLDER", lookalikeReason("placeholder")},
		{"PLACEHOLDER and more", "", "placeholder_openai", lookalikeReason("placeholder")},
		{"PLACEHOLDER over lines", "", "PLACEHOLDER\nfill me in", lookalikeReason("placeholder")},
		{"CHANGEME", "", "CHANGEME", lookalikeReason("changeme")},
		{"change-me", "", "change-me", lookalikeReason("changeme")},
		{"change_me", "", "Change_Me", lookalikeReason("changeme")},
		{"change me", "", "change me", lookalikeReason("changeme")},
		{"your-", "", "your-api-key-here", lookalikeReason("your-key")},
		{"YOUR_", "", "YOUR_API_KEY", lookalikeReason("your-key")},
		{"<...>", "", "<insert key>", lookalikeReason("angle brackets")},
		{"<>", "", "<>", lookalikeReason("angle brackets")},
		{"xxx", "", "xxx", lookalikeReason("xxx")},
		{"XXXXXXXX", "", "XXXXXXXX", lookalikeReason("xxx")},
		{"placeholder in blanks", "", "  CHANGEME\n", lookalikeReason("changeme")},
		{"what GitHub masks", "", "***", lookalikeReason("***")},
		{"REPLACE_ME", "", "REPLACE_ME", lookalikeReason("replaceme")},
		{"a variable", "", "${OPENAI_API_KEY}", lookalikeReason("${NAME}")},
		{"undefined", "", "undefined", lookalikeReason("undefined")},
		{"TODO", "", "TODO\n", lookalikeReason("todo")},
		{"a PEM under a word, undeclared", "", "Placeholder: 1\n" + pemBlock, lookalikeReason("placeholder")},
		{"a PEM that is none", "pem", "Placeholder: 1", lookalikeReason("placeholder")},
		{"job token of the other form", "", "ghs_123_" + strings.Repeat("a.", 200) + "-b", `a job token of GitHub, dead after the job ("ghs_"): allow_placeholder in the catalog if it is real`},
		{"job token", "", "ghs_" + strings.Repeat("a", 36), `a job token of GitHub, dead after the job ("ghs_"): allow_placeholder in the catalog if it is real`},
		{"not a PEM", "pem", "not a PEM", "not of the format pem" + formatReason},
		{"PEM without newlines", "pem", strings.ReplaceAll(pemBlock, "\n", " "), "not of the format pem" + formatReason},
		{"PEM cut short", "pem", pemBlock[:50], "not of the format pem" + formatReason},
		{"PEM with escaped newlines", "pem", strings.ReplaceAll(pemBlock, "\n", `\n`), "not of the format pem" + formatReason},
		{"no host", "url", "https://", "not of the format url" + formatReason},
		{"no scheme", "url", "example.com/hook", "not of the format url" + formatReason},
		{"URL with a newline", "url", "https://example.com/\n", "not of the format url" + formatReason},
		{"other prefix", "prefix:sk-", "pk-1", "not of the format prefix:sk-" + formatReason},
		{"pattern in the middle", "regex:[0-9]+", "a1b", "not of the format regex:[0-9]+" + formatReason},
		{"pattern before a newline", "regex:[0-9]+", "1\n", "not of the format regex:[0-9]+" + formatReason},
		{"one of two patterns", "regex:a|b", "ab", "not of the format regex:a|b" + formatReason},

		{"a PEM under a word", "pem", "Placeholder: 1\n" + pemBlock, ""},
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
		"your_company_warehouse_prod", "<Kq8#z!pL>", "ghs_own_password_of_mine", "placeholders4you", "undefined1", "[secrets]", "${A}b", "**",
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
	f, err := parseFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	if f.String() != format {
		t.Errorf("format %q prints as %q", format, f)
	}
	return Secret{Format: f}
}

// TestAllowPlaceholder: the catalog lets one secret have what the others must not.
func TestAllowPlaceholder(t *testing.T) {
	catalog, problems := Parse("catalog.yaml", []byte("secrets:\n  - {name: A, allow_placeholder: true}\n  - {name: B}\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	for _, value := range []string{"changeme", "ghs_" + strings.Repeat("a", 36)} {
		if got := catalog.Secrets[0].Refuse(NewValue(value)); got != "" {
			t.Errorf("refused as %s", got)
		}
		if catalog.Secrets[1].Refuse(NewValue(value)) == "" {
			t.Error("not refused where the catalog says nothing")
		}
	}
	if got := catalog.Secrets[0].Refuse(NewValue(" ")); got != "blank" {
		t.Errorf("a blank one: %q", got)
	}
}

// TestDocumentedPatterns: docs/catalog.md lists every pattern, and its examples are
// refused by it.
func TestDocumentedPatterns(t *testing.T) {
	documented := map[string]bool{}
	for line := range strings.Lines(documentation(t, "Values that are refused")) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		documented[name] = true
		for i, example := range strings.Split(cells[2], "`") {
			if i%2 == 0 || name == "ghs_" {
				continue
			}
			if got := (Secret{}).Refuse(NewValue(example)); got != lookalikeReason(name) {
				t.Errorf("%s: the example %s is refused as %q", name, example, got)
			}
		}
	}
	for _, l := range lookalikes {
		if !documented[l.name] {
			t.Errorf("%s is not documented", l.name)
		}
		delete(documented, l.name)
	}
	if len(documented) > 0 {
		t.Errorf("documented and not there: %v", documented)
	}
}
