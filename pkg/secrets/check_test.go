package secrets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheck reads each testdata/check/NAME.yaml and wants the lines of NAME.want,
// as secretctl check prints them; an empty NAME.want is a catalog without a
// problem. A new case is two files, the second written by UPDATE=1.
func TestCheck(t *testing.T) {
	files, err := filepath.Glob("testdata/check/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			got := checked(t, file)
			wantFile := strings.TrimSuffix(file, ".yaml") + ".want"
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func checked(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	catalog, problems := Parse(filepath.Base(file), data)
	if (catalog == nil) != (len(problems) > 0) {
		t.Errorf("a catalog and %d problems", len(problems))
	}
	var lines strings.Builder
	for _, p := range problems {
		lines.WriteString(p.String() + "\n")
	}
	return lines.String()
}

// TestRulesAreTried keeps cases and documentation complete: each rule of
// docs/catalog.md has a case, each rule of a case is documented.
func TestRulesAreTried(t *testing.T) {
	tried := map[string]bool{"size": true} // TestParseSize; no file of that size is kept
	files, _ := filepath.Glob("testdata/check/*.want")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			i := strings.LastIndex(line, "[")
			tried[strings.Trim(line[i:], "[]\n")] = true
		}
	}
	if diff := cmp.Diff(tried, documentedRules(t)); diff != "" {
		t.Errorf("rules (-tried +documented):\n%s", diff)
	}
}

// TestDocumentedExample: the example of docs/catalog.md prints what it says.
func TestDocumentedExample(t *testing.T) {
	section := documentation(t, "An example")
	_, input, _ := strings.Cut(section, "```yaml\n")
	input, _, _ = strings.Cut(input, "```")
	_, want, _ := strings.Cut(section, "```text\n")
	want, _, _ = strings.Cut(want, "error: ")
	_, problems := Parse("catalog.yaml", []byte(input))
	var got strings.Builder
	for _, p := range problems {
		got.WriteString(p.String() + "\n")
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("documented problems (-documented +got):\n%s", diff)
	}
}

// documentedRules are the first cells of the table of rules.
func documentedRules(t *testing.T) map[string]bool {
	t.Helper()
	rules := map[string]bool{}
	for line := range strings.Lines(documentation(t, "Rules")) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			rule, _, _ := strings.Cut(cell, "`")
			rules[rule] = true
		}
	}
	return rules
}

// documentation is one section of docs/catalog.md.
func documentation(t *testing.T, title string) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/catalog.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(data), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("docs/catalog.md has no section %q", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}
