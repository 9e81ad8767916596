package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// inputs returns a digest of everything that the program is built from.
func (t tool) inputs() (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version(), runtime.GOOS, runtime.GOARCH, fmt.Sprint(t, flags(), environment()))
	files, err := t.sources()
	if err != nil {
		return "", err
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %x\n", filepath.ToSlash(name), sha256.Sum256(content))
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// sources returns our own files that the program is built from.
func (t tool) sources() ([]string, error) {
	files := []string{filepath.Join(t.module, "go.mod"), filepath.Join(t.module, "go.sum")}
	if !strings.HasPrefix(t.pkg, ".") {
		return files, nil
	}
	found, err := filepath.Glob(filepath.Join(t.module, t.pkg, "*.go"))
	for _, name := range found {
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, name)
		}
	}
	return files, err
}

// stamp names the file beside the program that holds the digest of its inputs.
func (t tool) stamp(bin string) string {
	return filepath.Join(bin, "."+t.name+".inputs")
}

// fresh says whether the program in bin was built from these inputs.
func (t tool) fresh(bin, inputs string) bool {
	built, err := os.ReadFile(t.stamp(bin))
	if err != nil || string(built) != inputs {
		return false
	}
	_, err = os.Stat(filepath.Join(bin, t.name))
	return err == nil
}
