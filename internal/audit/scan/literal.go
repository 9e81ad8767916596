package scan

import (
	"hash/maphash"
	"strings"
)

// maxCommand bounds what is looked at around a word.
const maxCommand = 2000

// arguments splits a call, of which the opening bracket stands at open. One that
// does not end is taken as far as it goes.
func (f *file) arguments(open int) []string {
	text := f.data[open+1 : min(len(f.data), open+1+maxCommand)]
	var all []string
	depth, start, quote := 0, 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote || c == '\n' && quote != '`' {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '[' || c == '{':
			depth++
		case depth > 0 && (c == ')' || c == ']' || c == '}'):
			depth--
		case c == ')':
			return append(all, strings.TrimSpace(string(text[start:i])))
		case c == ',' && depth == 0:
			all, start = append(all, strings.TrimSpace(string(text[start:i]))), i+1
		}
	}
	return append(all, strings.TrimSpace(string(text[start:])))
}

// argument is argument number n, or the one of that keyword.
func argument(all []string, n int, keywords ...string) (string, bool) {
	for _, a := range all {
		name, value, ok := strings.Cut(a, "=")
		if !ok || strings.HasPrefix(value, "=") {
			continue
		}
		for _, keyword := range keywords {
			if strings.TrimSpace(name) == keyword {
				return strings.TrimSpace(value), true
			}
		}
	}
	if n < 1 || n > len(all) || all[n-1] == "" || keyword(all[n-1]) {
		return "", false
	}
	return all[n-1], true
}

func keyword(argument string) bool {
	name, _, ok := strings.Cut(argument, "=")
	return ok && !strings.ContainsAny(name, `"'([{`)
}

// literal is the text of one quoted string; ok is false for anything else.
func literal(text string) (string, bool) {
	text = strings.TrimLeft(text, "rRuUbB")
	if len(text) < 2 || !strings.Contains("\"'`", text[:1]) || text[0] != text[len(text)-1] {
		return "", false
	}
	inner := text[1 : len(text)-1]
	if strings.ContainsAny(inner, "\\\n"+text[:1]) || text[0] == '`' && strings.Contains(inner, "${") {
		return "", false
	}
	return inner, true
}

// plausible reports whether a text may be printed as a key or a name: letters,
// digits and separators, and no run of them that could be a token.
func plausible(name string) bool {
	if name == "" || len(name) > maxWord {
		return false
	}
	run := 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '_' || c == '.' || c == '-' || c == '/':
			run = 0
		case !wordByte[c]:
			return false
		default:
			if run++; run > 20 {
				return false
			}
		}
	}
	return true
}

var seed = maphash.MakeSeed()

// fingerprint tells one default from another within this process. The text may be a
// credential, so it is not kept.
func fingerprint(text string) uint64 { return maphash.String(seed, text) | 1 }
