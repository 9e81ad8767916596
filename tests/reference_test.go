package tests

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// rows are the names in the first column of the table that begins with this head.
func rows(t *testing.T, page, head string) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), head)
	if !ok {
		t.Fatalf("%s has no table %q", page, head)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var names []string
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(first, -1) {
			names = append(names, name[1])
		}
	}
	slices.Sort(names)
	return names
}

// The page of the catalog has every field that the parser knows, and no other.
func TestCatalogFields(t *testing.T) {
	_, problems := secrets.Parse("catalog.yaml", []byte("unknown: 1\nsecrets:\n  - name: A\n    unknown: 1\n"))
	if len(problems) != 2 {
		t.Fatal(problems)
	}
	quoted := regexp.MustCompile(`"([a-z_]+)"`)
	for i, head := range []string{"| field | meaning |", "| field | default | meaning |"} {
		_, list, _ := strings.Cut(problems[i].Message, "the fields are ")
		var want []string
		for _, name := range quoted.FindAllStringSubmatch(list, -1) {
			if name[1] != "secrets" { // the list itself
				want = append(want, name[1])
			}
		}
		if diff := cmp.Diff(want, rows(t, "catalog.md", head)); diff != "" || len(want) == 0 {
			t.Errorf("docs/catalog.md, %s (-parser +page):\n%s", head, diff)
		}
	}
}

// The page of the stack has every key that Pulumi.yaml declares, and the two objects.
func TestConfigKeys(t *testing.T) {
	text, err := os.ReadFile("../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var project struct{ Config map[string]any }
	if err := yaml.Unmarshal(text, &project); err != nil {
		t.Fatal(err)
	}
	want := append(slices.Collect(maps.Keys(project.Config)), "values", "pythonAccess")
	slices.Sort(want)
	if diff := cmp.Diff(want, rows(t, "config.md", "| key | default | |")); diff != "" {
		t.Errorf("docs/config.md (-Pulumi.yaml +page):\n%s", diff)
	}
}
