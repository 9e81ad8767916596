package secrets

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

const pythonAccessKey = "pythonAccess" // the one key that holds an object

// PythonAccess is where applications find their Python module.
type PythonAccess struct {
	Repository string `json:"repository"` // of the same organization, without its owner
	Path       string `json:"path"`       // of the module; its package is made of the folders
}

// pythonPath is a module below the top of a repository that Python can import.
var pythonPath = regexp.MustCompile(`\A([a-z_][a-z0-9_]*/)*[a-z_][a-z0-9_]*\.py\z`)

func (r *configReader) pythonAccess(key string) *PythonAccess {
	text, ok := r.get(key)
	if !ok || text == "" {
		return nil
	}
	const fix = "pulumi config set --path %s.path backend/core/auto_esc_config.py"
	p := &PythonAccess{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if decoder.Decode(p) != nil || !ownerOrRepository.MatchString(p.Repository) || !pythonPath.MatchString(p.Path) {
		r.fail(key, `needs the fields "path" and "repository", and nothing else: pulumi config set --path %[1]s.repository backend, pulumi config set --path %[1]s.path backend/core/auto_esc_config.py`, key)
		return p
	}
	if err := p.checkPath(); err != nil {
		r.fail(key, "is not usable: %s: "+fix, err, key)
	}
	return p
}

// checkPath refuses a path at which the module could not be imported.
func (p PythonAccess) checkPath() error {
	word, keyword := pythonKeyword(p.Path)
	switch {
	case !pythonPath.MatchString(p.Path):
		return fmt.Errorf("path %q must be that of a .py file below the top, in lower case letters, digits and _", p.Path)
	case keyword:
		return fmt.Errorf("path %q cannot be imported, since %q is a keyword of Python", p.Path, word)
	}
	return nil
}

// pythonKeywords are those in lower case.
// https://docs.python.org/3/reference/lexical_analysis.html#keywords
const pythonKeywords = " and as assert async await break class continue def del elif else except finally for from" +
	" global if import in is lambda nonlocal not or pass raise return try while with yield "

// pythonKeyword finds a folder or a module that no import statement can name.
func pythonKeyword(path string) (string, bool) {
	for word := range strings.SplitSeq(strings.TrimSuffix(path, ".py"), "/") {
		if strings.Contains(pythonKeywords, " "+word+" ") {
			return word, true
		}
	}
	return "", false
}
