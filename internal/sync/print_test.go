package sync_test

import (
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sync"
)

// An annotation cannot steer the terminal that shows the log.
func TestAnnotationsArePlain(t *testing.T) {
	report := sync.Report{
		Secrets: []sync.Row{{Name: "A\x1b[2J", Key: "a\u202e", Verdict: sync.Refused, Note: "b\u0085", Finding: true}},
		Error:   "one\r\x1b]0;title\x07 100%\ntwo",
	}
	var out strings.Builder
	if err := report.WriteAnnotations(&out); err != nil {
		t.Fatal(err)
	}
	const want = "::warning title=A?[2J::a?: refused: b?\n::error title=sync::one??]0;title? 100%25%0Atwo\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
