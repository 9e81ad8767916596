package tree

import (
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v6/plumbing/format/gitignore"
)

// ignored is what the .gitignore files of a folder and of those above it say.
type ignored struct {
	patterns []gitignore.Pattern
	matcher  gitignore.Matcher
}

// below adds the .gitignore of a folder; at the top of a repository its exclude file
// as well.
func (i *ignored) below(w *Walk, folder string, entries []os.DirEntry) *ignored {
	var lines []string
	var domain []string
	if folder == "." {
		lines = read(w.Path(".git/info/exclude"))
	} else {
		domain = strings.Split(folder, "/")
	}
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == ".gitignore" && e.Type().IsRegular() }) {
		lines = append(lines, read(w.Path(folder+"/.gitignore"))...)
	}
	if len(lines) == 0 {
		return i
	}
	return i.with(domain, lines)
}

func (i *ignored) with(domain, lines []string) *ignored {
	patterns := i.patterns[:len(i.patterns):len(i.patterns)]
	for _, line := range lines {
		if line = strings.TrimSuffix(line, "\r"); line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, gitignore.ParsePattern(line, domain))
		}
	}
	return &ignored{patterns, gitignore.NewMatcher(patterns)}
}

func (i *ignored) match(name string, folder bool) bool {
	return len(i.patterns) > 0 && i.matcher.Match(strings.Split(name, "/"), folder)
}

// Match makes one matcher of patterns in the syntax of .gitignore.
func Match(patterns []string) func(name string) bool {
	i := (&ignored{}).with(nil, patterns)
	return func(name string) bool { return i.match(name, false) }
}

func read(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}
