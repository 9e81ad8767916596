package judge

import (
	"path"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/scan"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// machinery are variables that a runner or a reader of the store needs, and that no
// store can give.
var machinery = map[string]bool{
	"PULUMI_ACCESS_TOKEN": true, "ACTIONS_RUNTIME_TOKEN": true, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": true, "GITHUB_TOKEN": true, "CI_JOB_TOKEN": true,
}

// variable judges a variable that is read directly.
func (j *judge) variable(p place) {
	name := p.Name
	s, known := j.Catalog.ByName(name)
	if !known {
		s, known = j.Catalog.BySource(name)
	}
	why, under := j.provides(p.file, s)
	switch {
	case machinery[name]:
	case known && under && s.Name == name:
		j.vars[s.Name] = append(j.vars[s.Name], p)
		j.note(p, rule.EnvRead, name, "%s is read from the environment, where %s puts it: exempt", name, why)
	case known:
		j.add(p, rule.EnvRead, name, "%s is read from the environment: read key %q, or start the program with secretctl run", name, s.Key)
	case j.Catalog.Ignores(name):
	default:
		j.add(p, rule.EnvSecret, name, "%s is read from the environment and not in the catalog: add it there, and read it by key", name)
	}
}

// start is a secretctl run that starts a file.
type start struct {
	why  string
	only []string // the keys that it passes; nil is all of them
}

// provides reports whether secretctl run gives a secret to a file, and where.
func (j *judge) provides(file string, s secrets.Secret) (why string, ok bool) {
	for _, run := range j.under[file] {
		if run.only == nil || slices.ContainsFunc(s.Keys(), func(key string) bool { return slices.Contains(run.only, key) }) {
			return run.why, true
		}
	}
	return "", false
}

// runs finds what secretctl run starts: files and folders that its command names.
func (j *judge) runs() {
	folders := map[string][]string{}
	for _, f := range j.Files {
		folders[path.Dir(f.Path)] = append(folders[path.Dir(f.Path)], f.Path)
		if j.UnderRun != nil && j.UnderRun(f.Path) {
			j.under[f.Path] = append(j.under[f.Path], start{why: "secretctl run"})
		}
	}
	for _, f := range j.Files {
		for _, h := range f.Hits {
			if h.Kind == scan.Run {
				j.exempt(folders, place{f.Path, h})
			}
		}
	}
}

// exempt finds what one command starts. Its words count from the root of the tree
// and from the folder that it stands in.
func (j *judge) exempt(folders map[string][]string, p place) {
	run := start{"secretctl run in " + p.String(), p.Only}
	resolved := false
	starts := func(files []string, of func(string) bool) {
		for _, f := range files {
			if of(f) {
				j.under[f], resolved = append(j.under[f], run), true
			}
		}
	}
	command := strings.Join(p.Words, " ")
	for _, word := range p.Words {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "..") {
			continue
		}
		for _, base := range []string{"", path.Dir(p.file)} {
			name := path.Join(base, strings.TrimSuffix(word, "/..."))
			module := path.Join(base, strings.ReplaceAll(word, ".", "/")+".py")
			starts(folders[path.Dir(name)], func(f string) bool { return f == name })
			starts(folders[path.Dir(module)], func(f string) bool { return f == module })
			if path.Clean(word) != "." || strings.HasPrefix(command, "go ") {
				starts(folders[name], func(f string) bool { return path.Ext(f) == ".go" })
			}
		}
	}
	if strings.HasPrefix(command, "docker compose") || strings.HasPrefix(command, "docker-compose") {
		starts(append(folders["."], folders[path.Dir(p.file)]...), language.Compose)
	}
	if !resolved && p.Only == nil {
		j.runsAll = append(j.runsAll, p)
	}
}
