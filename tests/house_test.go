package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The rules of CONTRIBUTING.md that a machine can check, for all code but tests.
const (
	maxFunction = 40 // lines
	maxFile     = 250
	maxExported = 20 // names of a package
)

const module = "github.com/ai-cherry/sophia-secrets"

// Functions, files and packages stay small, and nothing in pkg imports from
// internal, except pkg/pipeline.
func TestHouseRules(t *testing.T) {
	exported := map[string][]string{}
	eachFile(t, func(name string, text []byte) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n > maxFile {
			t.Errorf("%s has %d lines, over %d", name, n, maxFile)
		}
		folder := path.Dir(name)
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok {
				if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > maxFunction {
					t.Errorf("%s has %d lines, over %d", set.Position(f.Pos()), n, maxFunction)
				}
			}
			exported[folder] = append(exported[folder], exportedNames(declared)...)
		}
		for _, used := range file.Imports {
			inPkg := strings.HasPrefix(folder, "pkg/") && folder != "pkg/pipeline"
			if inPkg && strings.HasPrefix(used.Path.Value, `"`+module+"/internal/") {
				t.Errorf("%s imports %s", name, used.Path.Value)
			}
		}
	})
	for folder, names := range exported {
		if len(names) > maxExported {
			slices.Sort(names)
			t.Errorf("%s exports %d names, over %d: %s", folder, len(names), maxExported, strings.Join(names, " "))
		}
	}
}

func exportedNames(declared ast.Decl) (names []string) {
	add := func(all ...*ast.Ident) {
		for _, name := range all {
			if name.IsExported() {
				names = append(names, name.Name)
			}
		}
	}
	switch d := declared.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			add(d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				add(s.Name)
			case *ast.ValueSpec:
				add(s.Names...)
			}
		}
	}
	return names
}

// Code, tests and docs do not know whose instance this is. Only the tests of the
// instance do.
func TestNoInstanceWords(t *testing.T) {
	allowed := []string{"tests/instance_test.go", "tests/house_test.go"}
	kinds := []string{".go", ".md", ".py", ".sh", ".tmpl", ".txtar"}
	eachFile(t, func(name string, text []byte) {
		if slices.Contains(allowed, name) || !slices.Contains(kinds, path.Ext(name)) {
			return
		}
		for line := range strings.Lines(strings.ReplaceAll(string(text), module, "")) {
			if strings.Contains(line, "ai-cherry") || strings.Contains(line, "scoobyjava") {
				t.Errorf("%s names the instance: %s", name, strings.TrimSpace(line))
			}
		}
	})
}

// eachFile reads the files of this repository by their path with slashes.
func eachFile(t *testing.T, read func(name string, text []byte)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata"):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		if err == nil {
			read(name, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
