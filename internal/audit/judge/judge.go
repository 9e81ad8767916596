package judge

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/scan"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// File is a file of the tree with what was found in it.
type File struct {
	Path string // below the root, with slashes
	Hits []scan.Hit
}

// Input is what is judged.
type Input struct {
	Files   []File // sorted by path, those without a hit as well
	Catalog *secrets.Catalog
	// CatalogFile is the catalog's path below the root; "" when it is elsewhere. A
	// tree without it is that of a consumer, and unused secrets are not judged there.
	CatalogFile string
	Others      *uses.Uses             // what other repositories read
	UnderRun    func(path string) bool // files that secretctl run starts, beside those that the text shows
}

// judge is an input on its way.
type judge struct {
	Input
	served   []string           // all keys
	under    map[string][]start // by path: how secretctl run starts it
	found    []finding.Finding
	reads    map[string][]place // by key
	vars     map[string][]place // by name: reads under secretctl run
	mentions map[string][]place // by name or key
	runsAll  []place            // secretctl run that passes every secret
	syncs    map[string]bool    // workflows that run secretctl sync: they name every secret
}

type place struct {
	file string
	scan.Hit
}

func (p place) String() string { return fmt.Sprintf("%s:%d", p.file, p.Line) }

// Judge finds what is wrong, unsorted, and who reads what.
func Judge(in Input) ([]finding.Finding, uses.Reads) {
	j := &judge{Input: in, under: map[string][]start{}, reads: map[string][]place{}, vars: map[string][]place{}, mentions: map[string][]place{}, syncs: map[string]bool{}}
	for _, s := range in.Catalog.Secrets {
		j.served = append(j.served, s.Keys()...)
	}
	j.confirm()
	j.runs()
	for _, f := range j.Files {
		j.syncs[f.Path] = language.Workflow(f.Path) && slices.ContainsFunc(f.Hits, func(h scan.Hit) bool { return h.Kind == scan.Sync })
	}
	for _, f := range j.Files {
		j.envFile(f)
		j.syncScript(f)
		for _, h := range f.Hits {
			j.hit(place{f.Path, h})
		}
		j.workflow(f)
	}
	j.keys()
	if in.CatalogFile != "" {
		j.unused()
	}
	return j.found, j.lines()
}

// add adds a finding at a place.
func (j *judge) add(p place, rule, subject, format string, args ...any) {
	j.found = append(j.found, finding.Finding{Rule: rule, File: p.file, Line: p.Line, Column: p.Column, Subject: subject, Message: fmt.Sprintf(format, args...)})
}

// note adds one that nobody has to act on.
func (j *judge) note(p place, rule, subject, format string, args ...any) {
	j.add(p, rule, subject, format, args...)
	j.found[len(j.found)-1].Note = true
}

// hit judges what needs no look at other files, and sorts the rest.
func (j *judge) hit(p place) {
	switch p.Kind {
	case scan.Read:
		j.reads[p.Name] = append(j.reads[p.Name], p)
	case scan.Computed:
		j.note(p, rule.ComputedKey, "", "this key is computed: nobody can tell which secret is read")
	case scan.Variable:
		j.variable(p)
	case scan.Write:
		j.add(p, rule.ESCWriter, p.Name, "%s writes to ESC beside the sync: set the secret in GitHub, the sync brings it there", p.Name)
	case scan.Set:
		j.convention(p)
	case scan.Mention:
		if p.file != j.CatalogFile && path.Base(p.file) != uses.FileName && !j.syncs[p.file] {
			j.mentions[p.Name] = append(j.mentions[p.Name], p)
		}
	}
}

// confirm makes reads of the calls that look like the Go reader's, in the folders
// that import it. A computed key counts in the file alone.
func (j *judge) confirm() {
	folders := map[string]bool{}
	imports := func(f File) bool {
		return slices.ContainsFunc(f.Hits, func(h scan.Hit) bool { return h.Kind == scan.Imports })
	}
	for _, f := range j.Files {
		if imports(f) {
			folders[path.Dir(f.Path)] = true
		}
	}
	for i, f := range j.Files {
		here := imports(f)
		for n, h := range f.Hits {
			switch {
			case h.Kind != scan.Candidate || !folders[path.Dir(f.Path)]:
			case h.Name != "":
				j.Files[i].Hits[n].Kind = scan.Read
			case here:
				j.Files[i].Hits[n].Kind = scan.Computed
			}
		}
	}
}

// lines are the readers as uses.yaml holds them.
func (j *judge) lines() uses.Reads {
	lines := func(of map[string][]place) map[string][]string {
		all := map[string][]string{}
		for name, places := range of {
			for _, p := range places {
				all[name] = append(all[name], p.String())
			}
			all[name] = slices.Compact(all[name])
		}
		return all
	}
	return uses.Reads{Keys: lines(j.reads), Variables: lines(j.vars)}
}

// envExamples are files that show which variables there are, and hold no value.
var envExamples = []string{"example", "sample", "template", "tmpl", "dist", "defaults", "schema"}

// envFile finds .env and .env.production, but not .env.example or the data of a test.
func (j *judge) envFile(f File) {
	base := path.Base(f.Path)
	if strings.Contains("/"+f.Path, "/testdata/") || base != ".env" && !strings.HasPrefix(base, ".env.") && path.Ext(base) != ".env" {
		return
	}
	for part := range strings.SplitSeq(base, ".") {
		if slices.Contains(envExamples, part) {
			return
		}
	}
	j.add(place{f.Path, scan.Hit{Line: 1, Column: 1}}, rule.EnvFile, base, "a .env file holds values beside the store: remove it, rotate what it held, and use secretctl run")
}
