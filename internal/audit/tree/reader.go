package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	pieceBytes = 1 << 20 // how much of a large file is in memory at a time
	headBytes  = 8000    // where git looks for the zero byte of a binary file
)

// reader reads one file after the other into the same memory.
type reader struct {
	root   string
	buffer []byte
}

// file calls each for the pieces of a file, unless it is binary. A link that took its
// place meanwhile is not followed.
func (r *reader) file(name string, each func(Piece)) error {
	f, err := os.OpenFile(filepath.Join(r.root, filepath.FromSlash(name)), os.O_RDONLY|noFollow, 0)
	if err != nil {
		return fmt.Errorf("reading the tree: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if r.buffer == nil {
		r.buffer = make([]byte, pieceBytes)
	}
	kept, line, left := 0, 1, info.Size()
	for {
		n, err := io.ReadFull(io.LimitReader(f, left), r.buffer[kept:])
		left -= int64(n)
		last := left == 0 || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		data := r.buffer[:kept+n]
		if line == 1 && bytes.IndexByte(data[:min(len(data), headBytes)], 0) >= 0 {
			return nil
		}
		whole := len(data)
		if !last {
			whole = pieceEnd(data)
		}
		each(Piece{Path: name, Line: line, Data: data[:whole]})
		if last {
			return nil
		}
		line += bytes.Count(data[:whole], []byte("\n"))
		kept = copy(r.buffer, data[whole:])
	}
}

// pieceEnd is the end of the last whole line; a line that is longer than a piece is
// cut.
func pieceEnd(data []byte) int {
	if i := bytes.LastIndexByte(data, '\n'); i >= 0 {
		return i + 1
	}
	return len(data)
}
