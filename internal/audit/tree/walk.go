package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// Piece is a part of a file that ends with a line; most files are one piece. Data
// is valid until the call that it was given to returns.
type Piece struct {
	Path string // below the root, with slashes
	Line int    // of the first byte, from 1
	Data []byte
}

// Walk reads the files of a folder.
type Walk struct {
	Root    string
	Exclude []string     // more patterns, in the syntax of .gitignore
	Files   atomic.Int64 // how many files were read so far
}

// Run calls each for every piece of every file, from as many goroutines as there
// are processors, each with its own number; the pieces of one file come in order.
// What cannot be read is an error, after everything else was read.
func (w *Walk) Run(ctx context.Context, each func(worker int, p Piece)) error {
	if info, err := os.Stat(w.Root); err != nil {
		return fmt.Errorf("reading the tree: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("reading the tree: %s is no folder", w.Root)
	}
	paths := make(chan string, 256)
	failed := make([]error, Workers()+1)
	var group sync.WaitGroup
	for worker := range Workers() {
		group.Go(func() {
			r := reader{root: w.Root}
			for name := range paths {
				if ctx.Err() == nil {
					failed[worker] = errors.Join(failed[worker], r.file(name, func(p Piece) { each(worker, p) }))
					w.Files.Add(1)
				}
			}
		})
	}
	failed[Workers()] = w.list(ctx, ".", (&ignored{}).with(nil, w.Exclude), paths)
	close(paths)
	group.Wait()
	return errors.Join(append(failed, context.Cause(ctx))...)
}

// Workers is how many goroutines read.
func Workers() int { return runtime.GOMAXPROCS(0) }

// list sends the files below a folder, with what the .gitignore files of it and of
// those above it ignore left out.
func (w *Walk) list(ctx context.Context, folder string, above *ignored, paths chan<- string) error {
	entries, err := os.ReadDir(w.Path(folder))
	if err != nil {
		return fmt.Errorf("reading the tree: %w", err)
	}
	rules := above.below(w, folder, entries)
	var failed error
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		switch {
		case ctx.Err() != nil:
			return failed
		case rules.match(name, entry.IsDir()):
		case entry.IsDir() && entry.Name() != ".git":
			failed = errors.Join(failed, w.list(ctx, name, rules, paths))
		case entry.Type().IsRegular():
			paths <- name
		}
	}
	return failed
}

// Path is where a file below the root is, for people.
func (w *Walk) Path(name string) string { return filepath.Join(w.Root, filepath.FromSlash(name)) }
