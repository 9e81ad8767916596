package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is a tool in its own module with one file.
func sample(t *testing.T) (tool, string) {
	t.Helper()
	module, out := t.TempDir(), t.TempDir()
	write(t, filepath.Join(module, "go.mod"), "module sample\n\ngo 1.26\n")
	write(t, filepath.Join(module, "go.sum"), "")
	write(t, filepath.Join(module, "main.go"), "package main\n\nfunc main() {}\n")
	return tool{name: "sample", module: module, pkg: ".", plugin: "resource-sample-v1.0.0"}, out
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// said builds and returns what the user saw.
func said(t *testing.T, from tool, out string) (string, error) {
	t.Helper()
	var stderr strings.Builder
	err := build(t.Context(), []tool{from}, out, &stderr)
	return stderr.String(), err
}

func TestBuildsOnlyWhatChanged(t *testing.T) {
	from, out := sample(t)
	main := filepath.Join(from.module, "main.go")
	steps := []struct {
		name   string
		change func()
		builds bool
	}{
		{"first", func() {}, true},
		{"nothing changed", func() {}, false},
		{"touched", func() { _ = os.Chtimes(main, time.Now(), time.Now().Add(time.Hour)) }, false},
		{"test added", func() { write(t, filepath.Join(from.module, "main_test.go"), "package main\n") }, false},
		{"source changed", func() { write(t, main, "package main\n\nfunc main() { println() }\n") }, true},
		{"pin changed", func() { write(t, filepath.Join(from.module, "go.sum"), "\n") }, true},
		{"program deleted", func() { _ = os.Remove(filepath.Join(out, "bin", "sample")) }, true},
	}
	for _, step := range steps {
		step.change()
		text, err := said(t, from, out)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if builds := strings.Contains(text, "building sample (1 of 1)"); builds != step.builds {
			t.Errorf("%s: built %v, want %v: %q", step.name, builds, step.builds, text)
		}
		linked := filepath.Join(out, "plugins", from.plugin, from.name)
		if info, err := os.Stat(linked); err != nil || info.Mode()&0o100 == 0 {
			t.Errorf("%s: the plugin is no program: %v", step.name, err)
		}
	}
}

func TestFailureKeepsTheOldProgramAndIsNoSuccess(t *testing.T) {
	from, out := sample(t)
	if _, err := said(t, from, out); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(from.module, "main.go"), "package main\n\nfunc main() { nonsense }\n")
	for range 2 {
		text, err := said(t, from, out)
		if err == nil || !strings.Contains(err.Error(), "undefined: nonsense") || !strings.Contains(text, "not done") {
			t.Fatalf("got %v, want the compiler's words; shown %q", err, text)
		}
	}
	left, err := os.ReadDir(filepath.Join(out, "bin"))
	if err != nil || len(left) != 2 {
		t.Errorf("left behind %v, want program and stamp (%v)", left, err)
	}
}

func TestChoose(t *testing.T) {
	chosen, err := choose([]string{"act", "pulumi"})
	if err != nil || len(chosen) != 2 || chosen[0].name != "pulumi" {
		t.Errorf("got %v, %v", chosen, err)
	}
	for _, names := range [][]string{nil, {"pulumi", "nonsense"}} {
		if _, err := choose(names); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
}

func TestProgressCountsPackagesAndKeepsTheRest(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out, "building x")
	p.expect(3)
	for _, text := range []string{"go: downloading a v1\n", "example.com/a\nexam", "ple.com/b\n# example.com/b\n", "b.go:1: bad\n"} {
		if _, err := p.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	p.stop(nil)
	if want := "building x, done, 1 modules downloaded, package 2 of 3, 0s\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q, want %q at the end", out.String(), want)
	}
	if want := "# example.com/b\nb.go:1: bad"; p.trouble() != want {
		t.Errorf("got %q, want %q", p.trouble(), want)
	}
}
