package audit

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/credentials"
	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/judge"
	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
	"github.com/ai-cherry/sophia-secrets/internal/audit/mute"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
	"github.com/ai-cherry/sophia-secrets/internal/audit/scan"
	"github.com/ai-cherry/sophia-secrets/internal/audit/tree"
	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Audit goes through one tree.
type Audit struct {
	Walk        *tree.Walk
	Catalog     *secrets.Catalog
	CatalogPath string // where the catalog was read
	Config      Config
	Others      *uses.Uses             // what other repositories read
	On          func(rule string) bool // the rules that count
}

// Result is what an audit found.
type Result struct {
	Findings []finding.Finding // sorted, without those that comments ignore
	Reads    uses.Reads        // who reads what
}

// Run reads the tree. Its files are named below the root.
func (a *Audit) Run(ctx context.Context) (Result, error) {
	var detector *credentials.Detector
	if a.On(rule.Credential) {
		var err error
		if detector, err = credentials.New(); err != nil {
			return Result{}, err
		}
	}
	files, found, err := a.read(ctx, detector)
	if err != nil {
		return Result{}, err
	}
	in := judge.Input{Files: files, Catalog: a.Catalog, CatalogFile: a.catalogFile(), Others: a.Others, UnderRun: tree.Match(a.Config.Run)}
	judged, reads := judge.Judge(in)
	found = slices.DeleteFunc(append(found, judged...), func(f finding.Finding) bool { return !a.On(f.Rule) })
	found = mute.Inline(found, files, a.On)
	found = slices.DeleteFunc(found, func(f finding.Finding) bool { return !a.On(f.Rule) })
	return Result{finding.Sort(found), reads}, nil
}

// part is what one goroutine found. Its last file may get more.
type part struct {
	files []judge.File
	found []finding.Finding
}

func (a *Audit) read(ctx context.Context, detector *credentials.Detector) ([]judge.File, []finding.Finding, error) {
	scanner := scan.New(a.options())
	parts := make([]part, tree.Workers())
	err := a.Walk.Run(ctx, func(worker int, p tree.Piece) {
		own := &parts[worker]
		hits := scanner.Scan(p.Path, language.Of(p.Path, p.Data), p.Data, p.Line)
		if last := len(own.files) - 1; p.Line > 1 && last >= 0 && own.files[last].Path == p.Path {
			own.files[last].Hits = append(own.files[last].Hits, hits...)
		} else {
			own.files = append(own.files, judge.File{Path: p.Path, Hits: hits})
		}
		if detector != nil {
			own.found = append(own.found, detector.Find(p.Path, p.Data, p.Line)...)
		}
	})
	var all part
	for _, own := range parts {
		all.files, all.found = append(all.files, own.files...), append(all.found, own.found...)
	}
	slices.SortFunc(all.files, func(x, y judge.File) int { return cmp.Compare(x.Path, y.Path) })
	return all.files, all.found, err
}

func (a *Audit) options() scan.Options {
	o := scan.Options{Mentions: a.On(rule.UnusedSecret) && a.catalogFile() != ""}
	for _, r := range a.Config.Readers {
		o.Readers = append(o.Readers, scan.Reader{Function: r.Function, Argument: max(r.Argument, 1)})
	}
	for _, s := range a.Catalog.Secrets {
		o.Names = append(append(o.Names, s.Name), s.Sources()...)
		o.Keys = append(o.Keys, s.Keys()...)
	}
	return o
}

// catalogFile is the catalog's path below the root; "" when it is elsewhere.
func (a *Audit) catalogFile() string {
	root, err := filepath.Abs(a.Walk.Root)
	if err != nil {
		return ""
	}
	path, err := filepath.Abs(a.CatalogPath)
	if err != nil {
		return ""
	}
	name, err := filepath.Rel(root, path)
	if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.ToSlash(name)
}
