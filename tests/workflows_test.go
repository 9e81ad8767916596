package tests

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

var (
	uses   = regexp.MustCompile(`uses: (\S+)`)
	pinned = regexp.MustCompile(`\A[a-z-]+/[a-z/-]+@[0-9a-f]{40}\z`)
)

// Every workflow of the repository passes actionlint, names its actions by commit
// and starts without a right.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := linter.Lint(file, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Errorf("%s:%d:%d: %s", file, f.Line, f.Column, f.Message)
		}
		for _, action := range uses.FindAllStringSubmatch(string(text), -1) {
			if !pinned.MatchString(action[1]) {
				t.Errorf("%s: %s is not named by commit", file, action[1])
			}
		}
		if !strings.Contains(string(text), "\npermissions: {}\n") || strings.Count(string(text), "persist-credentials: false") != strings.Count(string(text), "actions/checkout@") {
			t.Errorf("%s: rights for every job, or a token that stays in the checkout", file)
		}
	}
}
