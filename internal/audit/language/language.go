// Package language tells how the text of a file is to be read.
package language

import (
	"bytes"
	"path"
	"strings"
)

// Language is how the text of a file is to be read.
type Language string

// The languages. Of Prose and anything Other only mentions count.
const (
	Python     Language = "python"
	Go         Language = "go"
	JavaScript Language = "javascript" // and TypeScript
	Shell      Language = "shell"
	YAML       Language = "yaml"
	Commands   Language = "commands" // files that hold commands: Makefile, Dockerfile, package.json
	Prose      Language = "prose"    // says what could be typed, and types nothing
	Other      Language = "other"
)

var extensions = map[string]Language{
	".py": Python, ".pyi": Python, ".pyw": Python,
	".go": Go,
	".js": JavaScript, ".jsx": JavaScript, ".mjs": JavaScript, ".cjs": JavaScript, ".ts": JavaScript, ".tsx": JavaScript,
	".mts": JavaScript, ".cts": JavaScript, ".vue": JavaScript, ".svelte": JavaScript,
	".sh": Shell, ".bash": Shell, ".zsh": Shell, ".ksh": Shell, ".bats": Shell,
	".yml": YAML, ".yaml": YAML,
	".mk": Commands, ".json": Commands, ".toml": Commands, ".just": Commands, ".service": Commands,
	".md": Prose, ".mdx": Prose, ".rst": Prose, ".txt": Prose, ".adoc": Prose, ".html": Prose, ".txtar": Prose,
}

var names = map[string]Language{
	"makefile": Commands, "gnumakefile": Commands, "justfile": Commands, "procfile": Commands, "dockerfile": Commands,
	"containerfile": Commands, ".envrc": Shell, ".bashrc": Shell, ".profile": Shell, ".zshrc": Shell,
}

// Of tells the language by the name of a file, else by its first line.
func Of(file string, head []byte) Language {
	base := strings.ToLower(path.Base(file))
	if l, ok := names[base]; ok {
		return l
	}
	if stem, _, _ := strings.Cut(base, "."); stem == "dockerfile" || stem == "makefile" {
		return Commands
	}
	if l, ok := extensions[path.Ext(base)]; ok {
		return l
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case !bytes.HasPrefix(first, []byte("#!")):
		return Other
	case bytes.Contains(first, []byte("python")):
		return Python
	case bytes.Contains(first, []byte("node")), bytes.Contains(first, []byte("deno")), bytes.Contains(first, []byte("bun")):
		return JavaScript
	case bytes.Contains(first, []byte("sh")):
		return Shell
	}
	return Other
}

// Comment begins one that ends with the line.
func (l Language) Comment() string {
	switch l {
	case Go, JavaScript:
		return "//"
	case Python, Shell, YAML, Commands:
		return "#"
	}
	return ""
}

// Code reports whether commands stand in strings.
func (l Language) Code() bool { return l == Python || l == Go || l == JavaScript }

// Compose reports whether a file is one of Docker Compose, by its name.
func Compose(file string) bool {
	base := strings.ToLower(path.Base(file))
	return strings.Contains(base, "compose") && extensions[path.Ext(base)] == YAML
}

// Workflow reports whether a file is a workflow or an action of GitHub.
func Workflow(file string) bool {
	return strings.Contains("/"+file, "/.github/") && extensions[path.Ext(file)] == YAML
}
