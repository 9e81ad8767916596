package output

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
)

const home = "https://github.com/ai-cherry/sophia-secrets"

// sarifLog is the log that GitHub's code scanning takes, version 2.1.0. Of the rules
// it has those that were broken.
func sarifLog(w io.Writer, found []finding.Finding) error {
	run := sarif.NewRunWithInformationURI("secretaudit", home)
	seen, occurrences := map[string]bool{}, map[string]int{}
	for _, f := range found {
		if rule, ok := finding.ByName(f.Rule); ok && !seen[f.Rule] {
			seen[f.Rule] = true
			run.AddRule(rule.Name).WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.Finds)).
				WithHelp(sarif.NewMultiformatMessageString().WithText(strings.TrimSpace(rule.Why + " " + rule.Fix))).
				WithHelpURI(home + "/blob/main/docs/audit.md")
		}
		id := f.Rule + ":" + f.File + ":" + f.Subject
		occurrences[id]++
		run.AddResult(result(f).WithPartialFingerprints(map[string]string{"secretaudit/v1": fmt.Sprintf("%s:%d", id, occurrences[id])}))
	}
	log := report.NewV210Report()
	log.AddRun(run)
	if err := log.PrettyWrite(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func result(f finding.Finding) *sarif.Result {
	place := sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation((&url.URL{Path: filepath.ToSlash(f.File)}).String())).
		WithRegion(sarif.NewRegion().WithStartLine(max(f.Line, 1)).WithStartColumn(max(f.Column, 1)))
	return sarif.NewRuleResult(f.Rule).WithLevel(severity(f)).WithMessage(sarif.NewTextMessage(f.Message)).
		AddLocation(sarif.NewLocation().WithPhysicalLocation(place))
}
