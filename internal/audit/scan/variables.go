package scan

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
)

// getenv is os.getenv("NAME"), os.Getenv("NAME") or os.LookupEnv("NAME").
func (f *file) getenv(start, end int) {
	open := f.skip(end)
	if f.language != language.Python && f.language != language.Go || open >= len(f.data) || f.data[open] != '(' {
		return
	}
	if text, ok := argument(f.arguments(open), 1, "key"); ok {
		f.variable(start, text)
	}
}

// environ is os.environ["NAME"] or os.environ.get("NAME"), but not an assignment.
func (f *file) environ(start, end int) {
	if f.language != language.Python || end >= len(f.data) {
		return
	}
	rest := f.lineFrom(end)
	switch {
	case strings.HasPrefix(rest, ".get("):
		if text, ok := argument(f.arguments(end+len(".get")), 1, "key"); ok {
			f.variable(start, text)
		}
	case strings.HasPrefix(rest, "["):
		text, after, ok := strings.Cut(rest[1:], "]")
		after = strings.TrimLeft(after, " \t")
		if ok && (!strings.HasPrefix(after, "=") || strings.HasPrefix(after, "==")) && !strings.HasSuffix(strings.TrimSpace(f.before(start)), "del os.") {
			f.variable(start, strings.TrimSpace(text))
		}
	}
}

var (
	member      = regexp.MustCompile(`^(?:\?\.|\.)([A-Za-z_][A-Za-z0-9_]*)\s*(=[^=]|\()?`)
	index       = regexp.MustCompile(`^(?:\?\.)?\[\s*(["'][A-Za-z0-9_]+["'])\s*\]\s*(=[^=])?`)
	call        = regexp.MustCompile(`^\.get\(\s*(["'][A-Za-z0-9_]+["'])`)
	destructure = regexp.MustCompile(`\{([^{}]*)\}\s*=\s*$`)
	tag         = regexp.MustCompile(`^:"([A-Z][A-Z0-9_]*)`)
)

// env is process.env.NAME and its like, or the tag of a Go struct.
func (f *file) env(start, end int) {
	rest := f.lineFrom(end)
	if f.language == language.Go {
		if m := tag.FindStringSubmatch(rest); m != nil {
			f.variable(start, `"`+m[1]+`"`)
		}
		return
	}
	before := f.before(start)
	from := strings.TrimRight(before, ".?")
	if f.language != language.JavaScript || from == before || !environments.MatchString(from) {
		return
	}
	if m := call.FindStringSubmatch(rest); m != nil {
		f.variable(start, m[1])
	} else if m := index.FindStringSubmatch(rest); m != nil && m[2] == "" {
		f.variable(start, m[1])
	} else if m := member.FindStringSubmatch(rest); m != nil && m[2] == "" {
		f.variable(start, `"`+m[1]+`"`)
	} else if m := destructure.FindStringSubmatch(environments.ReplaceAllString(from, "")); m != nil {
		for name := range strings.SplitSeq(m[1], ",") {
			name, _, _ = strings.Cut(name, ":")
			name, _, _ = strings.Cut(name, "=")
			f.variable(start, `"`+strings.TrimSpace(name)+`"`)
		}
	}
}

var environments = regexp.MustCompile(`(?:process|import\.meta|Deno|Bun)$`)

// printenv is the command.
func (f *file) printenv(start, end int) {
	if f.language == language.Shell {
		name, _, _ := strings.Cut(strings.TrimSpace(f.lineFrom(end)), " ")
		f.variable(start, `"`+strings.Trim(name, `"')`)+`"`)
	}
}

// expansion is $NAME or ${NAME} in a script, unless the script sets it itself.
func (f *file) expansion(start, end int) {
	name := f.data[start:end]
	if !f.matters(string(name)) || bytes.HasPrefix(f.data[end:], []byte("=")) || f.assigns(string(name)) || f.said(start) {
		return
	}
	f.add(start, Hit{Kind: Variable, Name: string(name)})
}

// variable adds a variable that is read under a literal name that matters.
func (f *file) variable(start int, text string) {
	if name, ok := literal(text); ok && f.matters(name) && !f.said(start) {
		f.add(start, Hit{Kind: Variable, Name: name})
	}
}

func (f *file) matters(name string) bool {
	return (f.scanner.names[name] || LooksSecret(name)) && plausible(name)
}

// secretName is what the names of secrets end with.
var secretName = regexp.MustCompile(`^(?:[A-Z0-9]+_)*(?:API_?KEY|ACCESS_KEY(?:_ID)?|SECRET_KEY|PRIVATE_KEY|SIGNING_KEY|ENCRYPTION_KEY|(?:CLIENT_|APP_|WEBHOOK_)?SECRET|TOKEN|PAT|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS)$`)

// LooksSecret reports whether a variable is called as secrets are. A name that begins
// with INPUT_ is what a runner gives to an action of its inputs.
func LooksSecret(name string) bool {
	return secretName.MatchString(name) && !strings.HasPrefix(name, "INPUT_")
}

var assignment = regexp.MustCompile(`(?m)(?:^|[\s;&|(])(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)*)?([A-Z][A-Z0-9_]*)\+?=|\bread\s+(?:-\w+\s+)*([A-Z][A-Z0-9_]*)|\bfor\s+([A-Z][A-Z0-9_]*)\s+in\b|(?m)^\s+-?\s*([A-Z][A-Z0-9_]*):\s`)

// assigns reports whether a script gives the variable its value; in YAML an env: of
// the workflow does.
func (f *file) assigns(name string) bool {
	if f.assigned == nil {
		f.assigned = map[string]bool{}
		for _, m := range assignment.FindAllSubmatch(f.data, -1) {
			for _, group := range m[1:4] {
				f.assigned[string(group)] = true
			}
			if f.language == language.YAML && !language.Compose(f.path) {
				f.assigned[string(m[4])] = true
			}
		}
	}
	return f.assigned[name]
}
