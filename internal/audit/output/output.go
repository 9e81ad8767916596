// Package output writes findings in the formats that people and other programs
// read.
package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/audit/finding"
)

// Write writes findings in one format.
type Write func(w io.Writer, found []finding.Finding) error

// Formats are all of them, by name.
func Formats() map[string]Write {
	return map[string]Write{"text": text, "json": document, "sarif": sarifLog, "github": annotations}
}

func text(w io.Writer, found []finding.Finding) error {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.String() + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The JSON form, version 1; see docs/audit.md.
type (
	jsonDocument struct {
		Version  int           `json:"version"`
		Count    int           `json:"count"` // of those that somebody has to act on
		Findings []jsonFinding `json:"findings"`
	}
	jsonFinding struct {
		Rule     string `json:"rule"`
		Severity string `json:"severity"` // "error" or "note"
		File     string `json:"file"`
		Line     int    `json:"line"`
		Column   int    `json:"column"`
		Message  string `json:"message"`
		Subject  string `json:"subject,omitempty"`
	}
)

func document(w io.Writer, found []finding.Finding) error {
	out := jsonDocument{Version: 1, Count: finding.Count(found), Findings: []jsonFinding{}}
	for _, f := range found {
		out.Findings = append(out.Findings, jsonFinding{f.Rule, severity(f), f.File, f.Line, f.Column, f.Message, f.Subject})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func severity(f finding.Finding) string {
	if f.Note {
		return "note"
	}
	return "error"
}

// annotations are the commands with which a job of GitHub shows findings beside the
// code.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
func annotations(w io.Writer, found []finding.Finding) error {
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, f := range found {
		command := "error"
		if f.Note {
			command = "notice"
		}
		_, _ = fmt.Fprintf(&b, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", command, property.Replace(f.File), f.Line, f.Column, f.Rule, message.Replace(f.Message))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
