package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// optional are the files that nothing depends on: where somebody has one, it stays
// as it is.
var optional = []string{".gitignore", "README.md"}

// Existing lists the files of a stack's repository that stand in the way of writing,
// and the optional ones that stay.
func Existing(dir, stackName string) (inTheWay, kept []string, err error) {
	for _, name := range paths(stackName) {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, fmt.Errorf("looking for %s: %w", name, err)
		case slices.Contains(optional, name):
			kept = append(kept, name)
		default:
			inTheWay = append(inTheWay, name)
		}
	}
	return inTheWay, kept, nil
}

// Write writes the files below dir and returns their names. It opens none that
// exists: a file that appeared meanwhile is an error, after which nothing that
// Write made is left but folders.
func Write(dir string, files map[string]string) (written []string, err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written {
			_ = os.Remove(filepath.Join(dir, filepath.FromSlash(name)))
		}
		written = nil
	}()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return written, fmt.Errorf("making the folder of %s: %w", name, err)
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return written, fmt.Errorf("writing %s: %w", name, err)
		}
		written = append(written, name)
		_, err = file.WriteString(files[name])
		if err := errors.Join(err, file.Close()); err != nil {
			return written, fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return written, nil
}
