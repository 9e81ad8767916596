package judge

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/scan"
)

// workflow judges the secrets that a workflow uses, both ways: those that the
// catalog does not know, and those that the syncing workflow leaves out.
func (j *judge) workflow(f File) {
	if !language.Workflow(f.Path) {
		return
	}
	var sync *scan.Hit
	passed := map[string]bool{}
	for i, h := range f.Hits {
		switch h.Kind {
		case scan.Sync:
			sync = &f.Hits[i]
		case scan.Passed:
			passed[strings.ToUpper(h.Name)] = true
			j.passed(place{f.Path, h})
		}
	}
	if sync == nil {
		return
	}
	for _, name := range j.Catalog.Sources() {
		if !passed[name] {
			j.add(place{f.Path, *sync}, rule.WorkflowMissing, name, "the workflow that syncs does not pass %s: secretctl render > %s", name, f.Path)
		}
	}
}

func (j *judge) passed(p place) {
	upper := strings.ToUpper(p.Name)
	_, known := j.Catalog.BySource(upper)
	switch {
	case p.Name != upper:
		j.convention(p)
	case known || machinery[upper] || j.Catalog.Ignores(upper):
	default:
		hint := ""
		if s, ok := j.Catalog.ByName(upper); ok {
			hint = ": it is called " + s.GitHubName + " in GitHub"
		}
		j.add(p, rule.WorkflowUnknown, p.Name, "the catalog does not know the secret %s%s", p.Name, hint)
	}
}

var githubName = regexp.MustCompile(`\A[A-Z_][A-Z0-9_]*\z`)

// convention judges how the name of a GitHub secret is written.
func (j *judge) convention(p place) {
	if githubName.MatchString(p.Name) {
		return
	}
	wanted := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(p.Name))
	j.add(p, rule.NameConvention, p.Name, "secret %s is not written as GitHub stores it: %s", p.Name, wanted)
}

var syncName = regexp.MustCompile(`(?:^|[_.-])(?:sync|push|upload|copy|populate|migrate|map)(?:[_.-].*)?[_.-](?:secrets?|esc)(?:[_.-]|$)|(?:^|[_.-])(?:secrets?|esc)(?:[_.-].*)?[_.-](?:sync|push|upload|syncer|uploader)(?:[_.-]|$)`)

// syncScript finds a script that is named as a sync of secrets, speaks of ESC or
// GitHub's secrets, and does not call the sync of the pipeline.
func (j *judge) syncScript(f File) {
	written := language.Of(f.Path, nil)
	has := func(kinds ...scan.Kind) bool {
		return slices.ContainsFunc(f.Hits, func(h scan.Hit) bool { return slices.Contains(kinds, h.Kind) })
	}
	scripted := written == language.Python || written == language.Shell || written == language.JavaScript || written == language.Go || language.Workflow(f.Path)
	if scripted && syncName.MatchString(strings.ToLower(path.Base(f.Path))) && has(scan.Touches, scan.Write) && !has(scan.Sync) {
		j.add(place{f.Path, scan.Hit{Line: 1, Column: 1}}, rule.SyncScript, path.Base(f.Path), "this script syncs secrets beside the pipeline: remove it, or let it call secretctl sync")
	}
}
