package sync_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const pem = "-----BEGIN KEY-----\nTm90IGEga2V5\nYXQgYWxsLg==\n-----END KEY-----"

// largest is what GitHub takes, in bytes.
const largest = 48 * 1024

// hostile are values that some step on the way is known to mangle.
var hostile = []string{
	pem, pem + "\n", pem + "\n\n", strings.ReplaceAll(pem, "\n", "\r\n"), "\n" + pem,
	"a\tb", "\ta", "a\t", " a", "a ", "pa ss #word", "a #b", "#a", "user: pass", "a:", ": a", "? a", "- a",
	`{"a": "b", "c": [1, null]}`, "{abc}", "[abc]", "{", "]", "{}", "[]",
	"*a", "@a", "%a", "&a", "!a", "!!str a", "|", "|a", ">", ">-\n  a", "-", "--- a", "---", "...", `"`, `"a"`, "'", "'a'", "`a`",
	"0123", "0x10", "0o7", "1e5", "1.0", "1_000", "-1", "+1", ".5", ".inf", ".NaN", "true", "True", "yes", "no", "on", "null", "Null", "~",
	"2026-08-01", "12:30:45", "=", "<<", "",
	"a$b", "$", "$$", "a$$b", "${", "a${b}c", "$${a}", "${{ x }}", "${sophia.s0}", "$(a)", "%s%d", "a&b<c>", `\`, `\n`, `a\`, `\u0041`,
	"fn::secret", "{fn::secret: a}", "ciphertext", "[redacted]", "[secret]", "[unknown]",
	"héé", "e\u0301", "日本語", "🔑🗝", "\U0001F468\u200D\U0001F469", "\ufeffbom", "\u0085\u2028\u2029", "\u00a0", "\u202eabc", "\uffff", "\U0010ffff", "\ufffd",
	"\x00", "a\x00b", "\x01\x02\x1b[31m", "\x7f", "\v\f\b", "\r", "\r\n", "\n", "a\rb", "a\n", "a\n\n", "a\r\n", "\na", "a\n b\n  c", "a  \nb",
	strings.Repeat("k", largest), strings.Repeat("a b ", largest/4), strings.Repeat("é", largest/2),
	strings.Repeat("\n", 100) + "a", strings.Repeat("${", 1000),
}

// TestFidelity syncs all hostile values at once, through the real evaluator.
func TestFidelity(t *testing.T) {
	w := newWorld(t, len(hostile))
	for i, text := range hostile {
		w.set(i, text)
		if strings.TrimSpace(text) == "" {
			w.set(i, text+"x"+text)
		}
	}
	if report := w.mustRun(); report.Findings() != 0 {
		t.Errorf("findings: %+v", report.Secrets)
	}
	sameValues(t, w.sent(), w.values())
	before := w.revision()
	if report := w.mustRun(); report.Written || w.revision() != before {
		t.Error("the same values were written again")
	}
}

// TestFidelityProperty is TestFidelity for random texts of any Unicode plane and
// pieces of hostile values, with several secrets in one document.
func TestFidelityProperty(t *testing.T) {
	w := newWorld(t, 4)
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile[:len(hostile)-5]), rapid.StringMatching(`[ -~\n\r\t$]{0,20}`))
	value := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(t, "pieces"), "")
	}).Filter(accepted)
	rapid.Check(t, func(t *rapid.T) {
		for i := range w.sync.Catalog.Secrets {
			w.set(i, value.Draw(t, "value"))
		}
		if _, err := w.run(); err != nil {
			t.Fatalf("syncing: %v", err)
		}
		values := w.values()
		for key, want := range w.sent() {
			if values[key] != want {
				t.Fatalf("key %s: sent %q, opened %q", key, want, values[key])
			}
		}
	})
}

func accepted(text string) bool {
	return (secrets.Secret{}).Refuse(secrets.NewValue(text)) == ""
}

func FuzzFidelity(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Add("\xff\xfe")
	w := newWorld(f, 1)
	f.Fuzz(func(t *testing.T, text string) {
		w.TB = t
		w.set(0, text)
		before := w.values()["s0"]
		report, err := w.run()
		if err != nil {
			t.Fatalf("syncing: %v", err)
		}
		want := any(text)
		if !accepted(text) {
			want = before
		}
		if w.values()["s0"] != want {
			t.Errorf("sent %q, opened something else; verdict %s", text, report.Secrets[0].Verdict)
		}
		if !utf8.ValidString(text) && report.Secrets[0].Note != "not valid UTF-8" {
			t.Errorf("invalid UTF-8 %q: %+v", text, report.Secrets[0])
		}
	})
}
