package command

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
	"github.com/ai-cherry/sophia-secrets/internal/audit/mute"
	"github.com/ai-cherry/sophia-secrets/internal/audit/rule"
)

// applyBaseline takes the known findings away. With --update-baseline a baseline is
// made, or shrinks; it never grows.
func (c *Command) applyBaseline(f *flags, all []finding.Finding) ([]finding.Finding, error) {
	known, err := mute.Load(f.baseline)
	if errors.Is(err, fs.ErrNotExist) && f.update {
		known, err = mute.Of(all), mute.Of(all).Write(f.baseline)
	}
	if err != nil {
		return nil, couldNot(err, fmt.Sprintf("secretaudit --baseline %s --update-baseline %s", f.baseline, f.root))
	}
	kept, left, gone := known.Apply(all, f.on)
	switch {
	case gone == 0:
	case f.update:
		if err := left.Write(f.baseline); err != nil {
			return nil, couldNot(err, "")
		}
	case f.on(rule.Baseline):
		kept = append(kept, finding.Finding{Rule: rule.Baseline, Note: true, File: f.baseline, Line: 1, Column: 1,
			Message: fmt.Sprintf("%d of these findings are gone: secretaudit --baseline %s --update-baseline %s", gone, f.baseline, f.root)})
	}
	return finding.Sort(kept), nil
}
