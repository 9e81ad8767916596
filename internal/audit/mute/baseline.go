package mute

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
)

// Baseline lists the findings that were there when it was made, and how many there
// were in each file. It holds no line, so that code may move.
type Baseline struct {
	Findings []Known `yaml:"findings"`
}

// Known is a finding of the baseline.
type Known struct {
	Rule    string `yaml:"rule"`
	File    string `yaml:"file"`
	Subject string `yaml:"subject,omitempty"`
	Count   int    `yaml:"count"`
}

const header = `# Findings that are known. secretaudit --update-baseline takes out what is gone, and adds nothing.
`

// Of is the baseline of findings.
func Of(found []finding.Finding) Baseline {
	counts := map[Known]int{}
	for _, f := range found {
		if !f.Note {
			counts[Known{Rule: f.Rule, File: f.File, Subject: f.Subject}]++
		}
	}
	b := Baseline{Findings: []Known{}}
	for known, n := range counts {
		known.Count = n
		b.Findings = append(b.Findings, known)
	}
	slices.SortFunc(b.Findings, func(x, y Known) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Subject, y.Subject))
	})
	return b
}

// Load reads a baseline.
func Load(path string) (Baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Baseline{}, fmt.Errorf("reading the baseline: %w", err)
	}
	var b Baseline
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&b); err != nil && !errors.Is(err, io.EOF) {
		return Baseline{}, fmt.Errorf("reading the baseline %s: %w", path, err)
	}
	return b, nil
}

// Write writes the baseline.
func (b Baseline) Write(path string) error {
	text, err := yaml.Marshal(b)
	if err == nil {
		err = os.WriteFile(path, append([]byte(header), text...), 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return nil
}

// Apply takes the known findings away, and returns the baseline without those that
// are gone. Gone counts them, among the rules that are on.
func (b Baseline) Apply(found []finding.Finding, on func(rule string) bool) (kept []finding.Finding, left Baseline, gone int) {
	allowed := map[Known]int{}
	for _, k := range b.Findings {
		n := k.Count
		k.Count = 0
		allowed[k] += n
	}
	still := map[Known]int{}
	for _, f := range found {
		k := Known{Rule: f.Rule, File: f.File, Subject: f.Subject}
		if f.Note || still[k] >= allowed[k] {
			kept = append(kept, f)
			continue
		}
		still[k]++
	}
	for _, k := range b.Findings {
		n := k.Count
		k.Count = 0
		if on(k.Rule) {
			n = min(n, still[k])
			gone += allowed[k] - n
		}
		if k.Count = n; n > 0 {
			left.Findings = append(left.Findings, k)
		}
	}
	return kept, left, gone
}
