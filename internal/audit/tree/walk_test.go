package tree

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A large file comes in pieces that are the file, with the right lines, and memory
// does not grow with it.
func TestLargeFile(t *testing.T) {
	folder := t.TempDir()
	var text bytes.Buffer
	const lines = 200_000 // 20 MB
	for i := 1; i <= lines; i++ {
		text.WriteString(strconv.Itoa(i) + " " + strings.Repeat("x", 93) + "\n")
	}
	if err := os.WriteFile(filepath.Join(folder, "large.txt"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	next := 1
	walk := &Walk{Root: folder}
	err := walk.Run(context.Background(), func(_ int, p Piece) {
		if p.Line != next || !bytes.HasPrefix(p.Data, fmt.Appendf(nil, "%d ", next)) {
			t.Errorf("a piece begins in line %d, want %d: %.20q", p.Line, next, p.Data)
		}
		next += bytes.Count(p.Data, []byte("\n"))
	})
	runtime.ReadMemStats(&after)
	if err != nil || next != lines+1 {
		t.Errorf("%v after %d lines", err, next-1)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// A line that is longer than a piece is cut, and nothing of it is lost.
func TestLongLine(t *testing.T) {
	folder := t.TempDir()
	text := bytes.Repeat([]byte("y"), 3*pieceBytes+17)
	if err := os.WriteFile(filepath.Join(folder, "line.js"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := (&Walk{Root: folder}).Run(t.Context(), func(_ int, p Piece) { n += len(p.Data) }); err != nil || n != len(text) {
		t.Errorf("%v after %d bytes of %d", err, n, len(text))
	}
}

// A folder that cannot be read is an error, and the rest is read all the same.
func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "open.py"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var mutex sync.Mutex
	var read []string
	err := (&Walk{Root: folder}).Run(t.Context(), func(_ int, p Piece) {
		mutex.Lock()
		defer mutex.Unlock()
		read = append(read, p.Path)
	})
	if err == nil || len(read) != 1 {
		t.Errorf("%v, read %q", err, read)
	}
}
