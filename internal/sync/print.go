package sync

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

// WriteText prints a table and a line about the whole.
func (r Report) WriteText(w io.Writer) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for i, row := range r.Secrets {
		if i == 0 {
			_, _ = fmt.Fprintln(table, "SECRET\tKEY\tVERDICT\tNOTE")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", dash(row.Name), printable(row.Key), row.Verdict, row.Note)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		_, _ = fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	for _, line := range r.lines() {
		_, _ = fmt.Fprintln(w, line)
	}
	_, err := fmt.Fprintln(w, r.Summary())
	return err
}

// lines are the findings about the whole.
func (r Report) lines() []string {
	var lines []string
	if r.Overwritten != nil {
		lines = append(lines, r.Overwritten.String())
	}
	for _, p := range r.Problems {
		lines = append(lines, p.Message+": "+p.Hint)
	}
	return lines
}

// WriteJSON prints the report for machines.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteMarkdown prints the step summary: what needs a look as a table, the rest
// as one line.
func (r Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "### Sync of %s\n\n%s\n", r.Store, r.Summary())
	if r.Error != "" {
		_, _ = fmt.Fprintf(&b, "\n**Failed:** %s\n", printable(r.Error))
	}
	rows := 0
	for _, row := range r.Secrets {
		if row.Verdict == Unchanged {
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("\n| Secret | Key | Verdict | Note |\n| --- | --- | --- | --- |\n")
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", dash(row.Name), printable(row.Key), row.Verdict, printable(row.Note))
	}
	for i, line := range r.lines() {
		if i == 0 {
			b.WriteString("\n")
		}
		_, _ = fmt.Fprintf(&b, "- %s\n", printable(line))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteAnnotations prints what needs a look as commands of the runner.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
func (r Report) WriteAnnotations(w io.Writer) error {
	var b strings.Builder
	for _, row := range r.Secrets {
		if row.Finding {
			annotate(&b, "warning", dash(row.Name), fmt.Sprintf("%s: %s: %s", row.Key, row.Verdict, row.Note))
		}
	}
	for _, line := range r.lines() {
		annotate(&b, "warning", "sync", line)
	}
	if r.Error != "" {
		annotate(&b, "error", "sync", r.Error)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// annotate keeps what would move the cursor or reorder the line out of the log.
func annotate(b *strings.Builder, level, title, message string) {
	visible := func(c rune) rune {
		if unicode.IsPrint(c) || c == '\n' {
			return c
		}
		return '?'
	}
	title, message = strings.Map(visible, title), strings.Map(visible, message)
	data := strings.NewReplacer("%", "%25", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\n", "%0A", ":", "%3A", ",", "%2C")
	_, _ = fmt.Fprintf(b, "::%s title=%s::%s\n", level, property.Replace(title), data.Replace(message))
}

func dash(name string) string {
	if name == "" {
		return "-"
	}
	return name
}
