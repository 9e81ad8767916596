package rotate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
)

// Report lists how old every value is and when it is due.
type Report []drift.Rotation

// Overdue are the names of the secrets that are, the longest overdue first.
func (r Report) Overdue() []string {
	var names []string
	for _, row := range r {
		if row.Kind == drift.Overdue {
			names = append(names, row.Secret.Name)
		}
	}
	return names
}

var header = []string{"SECRET", "OWNER", "AGE", "DUE", "STATE"}

func cells(r drift.Rotation) []string {
	owner, age, due := r.Secret.Owner, "-", "-"
	if owner == "" {
		owner = "-"
	}
	if !r.Since.Day.IsZero() {
		age = r.HowOld()
	}
	if !r.Due.IsZero() {
		due = r.Due.Format(time.DateOnly)
	}
	return []string{r.Secret.Name, owner, age, due, state(r)}
}

// state is one word for a row.
func state(r drift.Rotation) string {
	switch {
	case r.Kind != "":
		return string(r.Kind)
	case r.Since.Day.IsZero():
		return "missing"
	case r.Due.IsZero():
		return "never"
	}
	return "fine"
}

// WriteText prints a table.
func (r Report) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, row := range r {
		_, _ = fmt.Fprintln(table, strings.Join(cells(row), "\t"))
	}
	return table.Flush()
}

// WriteMarkdown prints the same for a step summary or an issue.
func (r Report) WriteMarkdown(w io.Writer) error {
	escape := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;", "`", "'")
	lines := []string{"| " + strings.Join(header, " | ") + " |", "| --- | --- | --- | --- | --- |"}
	for _, row := range r {
		all := cells(row)
		for i := range all {
			all[i] = escape.Replace(all[i])
		}
		lines = append(lines, "| "+strings.Join(all, " | ")+" |")
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// jsonRow is a row for machines.
type jsonRow struct {
	Name    string `json:"name"`
	Owner   string `json:"owner,omitempty"`
	Every   int    `json:"rotate_every_days"`  // 0 is never
	Since   string `json:"since,omitempty"`    // a day; absent for a missing secret
	AtLeast bool   `json:"at_least,omitempty"` // the value may be older
	Age     int    `json:"age_days"`
	Due     string `json:"due,omitempty"`
	State   string `json:"state"`
}

// WriteJSON prints the same for machines.
func (r Report) WriteJSON(w io.Writer) error {
	out := struct {
		Version int       `json:"version"`
		Secrets []jsonRow `json:"secrets"`
	}{1, []jsonRow{}}
	for _, row := range r {
		j := jsonRow{Name: row.Secret.Name, Owner: row.Secret.Owner, Every: int(row.Secret.RotateEvery / (24 * time.Hour)),
			AtLeast: row.Since.Before, Age: row.Age, State: state(row)}
		if !row.Since.Day.IsZero() {
			j.Since = row.Since.Day.Format(time.DateOnly)
		}
		if !row.Due.IsZero() {
			j.Due = row.Due.Format(time.DateOnly)
		}
		out.Secrets = append(out.Secrets, j)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
