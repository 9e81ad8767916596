package sync

import (
	"fmt"
	"strings"
	"time"
)

// reportVersion is raised when a field changes its meaning or goes away.
const reportVersion = 1

// Report is what a run did. It holds no value.
type Report struct {
	Version     int        `json:"version"`
	Store       string     `json:"store"`
	Revision    int        `json:"revision"` // the one that stands there; 0 if the run failed before it knew
	Written     bool       `json:"written"`  // whether this run wrote it
	DryRun      bool       `json:"dry_run"`
	Mark        *time.Time `json:"mark,omitempty"`
	Secrets     []Row      `json:"secrets"`     // empty if the run failed
	Overwritten []Edit     `json:"overwritten"` // hand edits that the write replaced
	Error       string     `json:"error,omitempty"`
}

// Edit is a revision that sync did not write.
type Edit struct {
	Revision int       `json:"revision"`
	Author   string    `json:"author"`
	Created  time.Time `json:"created"`
}

// String names the edit in a sentence.
func (e Edit) String() string {
	return fmt.Sprintf("revision %d, edited by %s at %s, was overwritten", e.Revision, printable(e.Author), e.Created.UTC().Format(time.RFC3339))
}

func (r *run) report(revision int) Report {
	report := Report{
		Version: reportVersion, Store: r.Store.String(), Revision: revision, Written: r.wrote, DryRun: r.DryRun,
		Secrets: []Row{}, Overwritten: []Edit{},
	}
	if revision > 0 {
		report.Secrets = append(report.Secrets, r.plan.rows...)
	}
	if !r.Mark.IsZero() {
		mark := r.Mark.UTC()
		report.Mark = &mark
	}
	return report
}

// Findings are the rows and the hand edits that somebody has to look at.
func (r Report) Findings() int {
	n := len(r.Overwritten)
	for _, row := range r.Secrets {
		if row.Finding {
			n++
		}
	}
	return n
}

// FirstAbsent is the GitHub name of the first secret that is needed and did not
// arrive; "" if there is none.
func (r Report) FirstAbsent() string {
	for _, row := range r.Secrets {
		if row.Finding && (row.Verdict == Missing || row.Verdict == Kept) {
			return row.githubName
		}
	}
	return ""
}

// Summary is one line about the whole run.
func (r Report) Summary() string {
	count := map[Verdict]int{}
	for _, row := range r.Secrets {
		count[row.Verdict]++
	}
	var parts []string
	for _, v := range verdicts {
		if count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[v], v))
		}
	}
	counts := strings.Join(parts, ", ")
	switch {
	case r.Revision == 0:
		return fmt.Sprintf("%s is not synced", r.Store)
	case r.DryRun:
		return fmt.Sprintf("dry run over revision %d of %s: %s", r.Revision, r.Store, counts)
	case r.Written:
		return fmt.Sprintf("revision %d of %s: %s", r.Revision, r.Store, counts)
	}
	return fmt.Sprintf("revision %d of %s stays: %s", r.Revision, r.Store, counts)
}

// printable keeps a name from somewhere else from steering a terminal, a table
// or the runner.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune("|`<>", c) {
			return '?'
		}
		return c
	}, text)
}
