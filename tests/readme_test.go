package tests

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var consoleBlock = regexp.MustCompile("(?s)(<!-- needs an account -->\n)?```console\n(.*?)```")

// Every command of the README is run by a test, or stands in a block that says that
// it needs a real account. The make targets are what runs this test, and the demo,
// which tests/engine runs.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	run := []string{"make demo", "make test"}
	for _, block := range consoleBlock.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[2]) {
			command, ok := strings.CutPrefix(line, "$ ")
			command, _, _ = strings.Cut(command, "#")
			command = strings.TrimSpace(command)
			if !ok || block[1] != "" {
				continue
			}
			if !slices.Contains(run, command) {
				t.Errorf("%q is run by no test, and its block does not say that it needs an account", command)
				continue
			}
			run = slices.DeleteFunc(run, func(known string) bool { return known == command })
			if target := strings.TrimPrefix(command, "make "); !strings.Contains(string(makefile), "\n"+target+":") {
				t.Errorf("the Makefile has no target %s", target)
			}
		}
	}
	if len(run) > 0 {
		t.Errorf("the README does not say %q", run)
	}
}

var link = regexp.MustCompile(`\]\(([^)#: ]+\.md)(#[^)]*)?\)`)

// Every page that a page links to is there.
func TestLinks(t *testing.T) {
	pages := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"}
	docs, err := os.ReadDir("../docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range docs {
		pages = append(pages, "docs/"+page.Name())
	}
	for _, page := range pages {
		text, err := os.ReadFile("../" + page)
		if err != nil {
			t.Fatal(err)
		}
		folder := page[:strings.LastIndex("/"+page, "/")]
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat("../" + folder + "/" + found[1]); err != nil {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			}
		}
	}
}
