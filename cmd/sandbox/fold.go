package main

import (
	"fmt"
	"regexp"
	"strings"
)

// progress matches Pulumi's lines about unchanged resources and work in progress,
// and the diagnostics that it repeats at the end.
var progress = regexp.MustCompile(`^( {4}[\w-]+:\S+ \S+( .*)?| ~ .* refresh(ing|ed)?( \(.*\))?( \[.*\])?| .* (creat|updat|import|delet)ing(\.*| \(.*\))( \[.*\])?|@ .*\.\.\.)$`)

// change matches a changed resource: its type, its name, the verb.
var change = regexp.MustCompile(`^ [+~-]+ +(\S+:\S+:\S+) (\S+) (\w+)`)

// heading matches the resource that the diagnostics below it are about.
var heading = regexp.MustCompile(`(?m)^ {2}\S.*:$`)

var blankLines = regexp.MustCompile(`\n{2,}`)

// foldPulumi shortens the output of a Pulumi command. It drops progress, all but
// the first changes of each kind, which it counts, and diagnostics seen before.
// The lines that stay are unchanged.
func foldPulumi(text string, seen map[string]bool) string {
	var lines, changes []string
	done := map[string]bool{}
	head, tail, _ := strings.Cut(text, "\nResources:\n")
	head, diagnostics, _ := strings.Cut(head, "\nDiagnostics:\n")
	for line := range strings.Lines(head) {
		line = strings.TrimRight(line, " \r\n")
		found := change.FindStringSubmatch(line)
		switch {
		case line == "", progress.MatchString(line):
		case found == nil:
			lines = append(lines, line)
		case !done[found[1]+found[2]]: // the stack is listed first and last
			done[found[1]+found[2]] = true
			changes = append(changes, line)
		}
	}
	lines = append(lines, foldRows(changes, 2, func(line string) string {
		found := change.FindStringSubmatch(line)
		return found[1] + " " + found[3]
	})...)
	if diagnostics != "" {
		lines = append(lines, "Diagnostics:", foldDiagnostics(diagnostics, seen))
	}
	lines = append(lines, "Resources:", tail)
	return blankLines.ReplaceAllString(strings.Join(lines, "\n"), "\n")
}

// foldDiagnostics keeps only the heading of diagnostics seen before.
func foldDiagnostics(text string, seen map[string]bool) string {
	var folded strings.Builder
	starts := heading.FindAllStringIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		block := text[at[0]:end]
		if key := strings.TrimSpace(block); seen[key] {
			block = text[at[0]:at[1]] + "\n    … as above\n"
		} else {
			seen[key] = true
		}
		folded.WriteString(block)
	}
	return folded.String()
}

// foldReport shortens the table of a sync: it keeps the first rows of each
// verdict but unchanged, and counts the others.
func foldReport(text string) string {
	var folded, rows []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if words := strings.Fields(line); len(words) < 3 || words[0] != strings.ToUpper(words[0]) || words[0] == "SECRET" {
			folded = append(folded, line)
			continue
		}
		rows = append(rows, line)
	}
	rows = foldRows(rows, 3, func(row string) string { return strings.Fields(row)[2] })
	return strings.Join(append(folded[:1:1], append(rows, folded[1:]...)...), "\n") + "\n"
}

// foldRows keeps the first rows of each kind and counts the rest at the end.
// Unchanged rows are only counted.
func foldRows(rows []string, keep int, kind func(row string) string) []string {
	total, shown := map[string]int{}, map[string]int{}
	var kinds, folded []string
	for _, row := range rows {
		k := kind(row)
		if total[k] == 0 {
			kinds = append(kinds, k)
		}
		total[k]++
	}
	for _, row := range rows {
		k := kind(row)
		if k != "unchanged" && (shown[k] < keep || total[k] == keep+1) {
			shown[k]++
			folded = append(folded, row)
		}
	}
	for _, k := range kinds {
		switch more := total[k] - shown[k]; {
		case more == 0:
		case shown[k] == 0:
			folded = append(folded, fmt.Sprintf("    … and %d %s", more, k))
		default:
			folded = append(folded, fmt.Sprintf("    … and %d more %s", more, k))
		}
	}
	return folded
}
