package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const reportVersion = 1

// Report is what a verification found. It holds no value.
type Report struct {
	Version     int    `json:"version"`
	Environment string `json:"environment"`
	Keys        []Row  `json:"keys"` // empty if the environment could not be read
	Error       string `json:"error,omitempty"`
}

// Row is what an application gets for one key.
type Row struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	Problem string `json:"problem,omitempty"` // "" if it gets what it should
	Finding bool   `json:"finding"`           // false for a secret that is not required and not there
}

// Findings counts what somebody has to look at.
func (r Report) Findings() int {
	n := 0
	for _, row := range r.Keys {
		if row.Finding {
			n++
		}
	}
	return n
}

// Summary is one line about the whole.
func (r Report) Summary() string {
	if r.Error != "" {
		return r.Environment + " could not be read"
	}
	good := 0
	for _, row := range r.Keys {
		if row.Problem == "" {
			good++
		}
	}
	return fmt.Sprintf("%d of %d keys of %s are as they should be", good, len(r.Keys), r.Environment)
}

func (row Row) verdict() string {
	if row.Problem == "" {
		return "ok"
	}
	return row.Problem
}

// WriteText prints a row for each key and a line about the whole.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, row := range r.Keys {
		if i == 0 {
			_, _ = fmt.Fprintln(table, "KEY\tSECRET\tVERDICT")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", row.Key, row.Name, row.verdict())
	}
	_ = table.Flush() // a Builder takes everything
	_, err := fmt.Fprintf(w, "%s%s\n", b.String(), r.Summary())
	return err
}

// WriteJSON prints the report for machines.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// WriteMarkdown prints what needs a look as a table, for a step summary or an issue.
func (r Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "### What applications read\n\n%s\n", r.Summary())
	if r.Error != "" {
		_, _ = fmt.Fprintf(&b, "\n**Failed:** %s\n", cell(r.Error))
	}
	rows := 0
	for _, row := range r.Keys {
		if row.Problem == "" {
			continue
		}
		if rows++; rows == 1 {
			b.WriteString("\n| Key | Secret | Verdict |\n| --- | --- | --- |\n")
		}
		_, _ = fmt.Fprintf(&b, "| %s | %s | %s |\n", row.Key, row.Name, cell(row.Problem))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text, of a format in the catalog for one, inside its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "`", "'").Replace(text)
}
