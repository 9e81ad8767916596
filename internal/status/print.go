package status

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// header names the columns. That of the readers is left out where none are known.
func (s Status) header() []string {
	if s.Uses {
		return []string{"SECRET", "GITHUB", "WORKFLOW", "ESC", "READERS"}
	}
	return []string{"SECRET", "GITHUB", "WORKFLOW", "ESC"}
}

// cells are a row for people, without its findings.
func (s Status) cells(r Row) []string {
	in, passed, held := "missing", "not passed", "absent"
	if r.Source.Name != "" {
		in = r.UpdatedAt.Format(time.RFC3339)
		if r.Source.Level != workflow.Organization {
			in += " (" + string(r.Source.Level) + ")"
		}
	}
	if r.Passed {
		passed = "passed"
	}
	if r.Revision > 0 {
		held = fmt.Sprintf("revision %d", r.Revision)
	}
	row := []string{r.Secret.Name, in, passed, held}
	if s.Uses {
		row = append(row, strconv.Itoa(r.Readers))
	}
	return row
}

// Text is how WriteText prints.
type Text struct {
	All   bool                                        // every row, not only those with findings
	Paint func(class drift.Class, text string) string // colours a finding; nil leaves it
}

// Summary is a line about the whole.
func (s Status) Summary() string {
	secrets, n := 0, 0
	for _, r := range s.Rows {
		if drift.Drifts(r.Findings) {
			secrets++
		}
	}
	for _, f := range s.Pipeline {
		if f.Class != drift.Information {
			n++
		}
	}
	if secrets+n == 0 {
		return words.Count(len(s.Rows), "secret") + ", no drift"
	}
	return fmt.Sprintf("%s: drift in %d of them, and %s about the pipeline", words.Count(len(s.Rows), "secret"), secrets, words.Count(n, "finding"))
}

// WriteText prints the summary, the rows with findings, each finding below its row,
// and those about the whole.
func (s Status) WriteText(w io.Writer, how Text) error {
	var rows, out strings.Builder
	var shown []Row
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, strings.Join(s.header(), "\t"))
	for _, r := range s.Rows {
		if how.All || len(r.Findings) > 0 {
			shown = append(shown, r)
			_, _ = fmt.Fprintln(table, strings.Join(s.cells(r), "\t"))
		}
	}
	_ = table.Flush() // a Builder takes everything
	_, _ = fmt.Fprintln(&out, s.Summary())
	for i, line := range slices.Collect(strings.Lines(rows.String())) {
		if len(shown) == 0 {
			break
		}
		_, _ = fmt.Fprintln(&out, strings.TrimRight(line, " \n"))
		if i > 0 {
			how.findings(&out, "  ", shown[i-1].Findings)
		}
	}
	how.findings(&out, "", s.Pipeline)
	_, err := io.WriteString(w, out.String())
	return err
}

func (how Text) findings(out *strings.Builder, indent string, all []drift.Finding) {
	for _, f := range all {
		text := f.String()
		if how.Paint != nil {
			text = how.Paint(f.Class, text)
		}
		_, _ = fmt.Fprintln(out, indent+text)
	}
}

// WriteMarkdown prints the same for a step summary or an issue.
func (s Status) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	row := func(cells []string) {
		escaped := strings.NewReplacer("|", `\|`, "\n", " ").Replace(strings.Join(cells, "\x00"))
		_, _ = fmt.Fprintf(&b, "| %s |\n", strings.ReplaceAll(escaped, "\x00", " | "))
	}
	row(append(s.header(), "DRIFT"))
	row(slices.Repeat([]string{"---"}, len(s.header())+1))
	for _, r := range s.Rows {
		var notes []string
		for _, f := range r.Findings {
			notes = append(notes, f.String())
		}
		row(append(s.cells(r), strings.Join(notes, "; ")))
	}
	for i, f := range s.Pipeline {
		if i == 0 {
			b.WriteString("\n")
		}
		_, _ = fmt.Fprintf(&b, "- %s\n", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// The JSON form, version 1; see docs/drift.md.
type (
	jsonStatus struct {
		Version  int           `json:"version"`
		Drift    bool          `json:"drift"`
		Secrets  []jsonRow     `json:"secrets"`
		Findings []jsonFinding `json:"findings"`
	}
	jsonRow struct {
		Name       string        `json:"name"`
		Key        string        `json:"key"`
		GitHubName string        `json:"github_name"`
		Managed    bool          `json:"managed"`
		UpdatedAt  *time.Time    `json:"updated_at"` // null when GitHub does not have it
		Level      string        `json:"level"`      // of the source that the job receives; "" when it receives nothing
		Passed     bool          `json:"passed"`
		Revision   int           `json:"revision"`          // 0 when the store does not have it
		Readers    *int          `json:"readers,omitempty"` // left out when they are not known
		Drift      bool          `json:"drift"`
		Findings   []jsonFinding `json:"findings"`
	}
	jsonFinding struct {
		Kind    drift.Kind  `json:"kind"`
		Class   drift.Class `json:"class"`
		Name    string      `json:"name,omitempty"`
		Names   []string    `json:"names,omitempty"`
		Message string      `json:"message"`
		Hint    string      `json:"hint,omitempty"`
	}
)

// WriteJSON prints the status for machines.
func (s Status) WriteJSON(w io.Writer) error {
	out := jsonStatus{Version: 1, Drift: s.Drifts(), Secrets: []jsonRow{}, Findings: jsonFindings(s.Pipeline)}
	for _, r := range s.Rows {
		row := jsonRow{
			Name: r.Secret.Name, Key: r.Secret.Key, GitHubName: r.Secret.GitHubName, Managed: r.Managed,
			Level: string(r.Source.Level), Passed: r.Passed, Revision: r.Revision, Drift: drift.Drifts(r.Findings), Findings: jsonFindings(r.Findings),
		}
		if r.Source.Name != "" {
			row.UpdatedAt = &r.UpdatedAt
		}
		if s.Uses {
			row.Readers = &r.Readers
		}
		out.Secrets = append(out.Secrets, row)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func jsonFindings(findings []drift.Finding) []jsonFinding {
	all := []jsonFinding{}
	for _, f := range findings {
		all = append(all, jsonFinding{f.Kind, f.Class, f.Name, f.Names, f.Message, f.Hint})
	}
	return all
}
