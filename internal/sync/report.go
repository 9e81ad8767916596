package sync

import (
	"fmt"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// reportVersion is raised when a field changes its meaning or goes away.
const reportVersion = 2

// Report is what a run did. It holds no value.
type Report struct {
	Version     int       `json:"version"`
	Store       string    `json:"store"`
	Revision    int       `json:"revision"` // of the store after the run; 0 if the run failed
	Written     bool      `json:"written"`  // whether this run wrote it
	DryRun      bool      `json:"dry_run"`
	Serial      int       `json:"serial"`      // of the mark; 0 without one
	Secrets     []Row     `json:"secrets"`     // empty if the run failed
	Overwritten *Edit     `json:"overwritten"` // the hand edit that the write replaced; null if there was none
	Problems    []Problem `json:"problems"`    // findings that are about no single secret
	Error       string    `json:"error,omitempty"`
}

// Problem is a finding about the whole, with the command that ends it.
type Problem struct {
	Message string `json:"message"`
	Hint    string `json:"hint"`
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

// report is complete however the run ends. Without a revision it lists no
// secrets.
func (r *run) report() Report {
	report := NewReport(r.store)
	report.Revision, report.DryRun, report.Problems = r.revision, r.DryRun, append(report.Problems, r.problems...)
	if r.Mark != nil {
		report.Serial = r.Mark.Serial
	}
	if r.revision == 0 {
		return report
	}
	report.Written = r.wrote
	report.Secrets = append(report.Secrets, r.done().rows...)
	if r.wrote && r.edit != nil {
		report.Overwritten = &Edit{r.edit.Number, r.edit.Author, r.edit.Created}
	}
	return report
}

// NewReport is the report of a sync that did nothing.
func NewReport(store secrets.EnvironmentName) Report {
	return Report{Version: reportVersion, Store: store.String(), Secrets: []Row{}, Problems: []Problem{}}
}

// Findings counts what somebody has to look at.
func (r Report) Findings() int {
	n := len(r.Problems)
	if r.Overwritten != nil {
		n++
	}
	for _, row := range r.Secrets {
		if row.Finding {
			n++
		}
	}
	return n
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

// printable keeps text from elsewhere from controlling a terminal, a table or the
// runner.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune("|`<>", c) {
			return '?'
		}
		return c
	}, text)
}
