package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progress reads the stderr of the go command and shows its progress: on a
// terminal a line that is redrawn each second, elsewhere a line at the start,
// every half minute and at the end.
type progress struct {
	out   io.Writer
	title string
	live  bool
	began time.Time
	ended chan struct{}
	group sync.WaitGroup

	mu         sync.Mutex
	rest       []byte // an incomplete line
	packages   int
	expected   int
	downloaded int
	other      []string
}

func newProgress(out io.Writer, title string) *progress {
	p := &progress{out: out, title: title, live: terminal(out), began: time.Now(), ended: make(chan struct{})}
	p.draw()
	p.group.Go(p.tick)
	return p
}

func terminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) tick() {
	interval := 30 * time.Second
	if p.live {
		interval = time.Second
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-ticker.C:
			p.draw()
		}
	}
}

// expect sets how many packages the build will name.
func (p *progress) expect(packages int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = packages
}

// Write takes the stderr of the go command. It may be called while another
// goroutine draws.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, text...)
	for {
		line, rest, found := bytes.Cut(p.rest, []byte("\n"))
		if !found {
			return len(text), nil
		}
		p.rest = rest
		p.count(string(line))
	}
}

// count tells packages from other lines: "go build -v" prints a package alone on
// a line.
func (p *progress) count(line string) {
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		p.downloaded++
	case line != "" && !strings.ContainsAny(line, " \t"):
		p.packages++
	default:
		p.other = append(p.other, line)
	}
}

// trouble returns the lines that are not progress.
func (p *progress) trouble() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(p.other, string(p.rest)), "\n"))
}

func (p *progress) draw() {
	if p.live {
		fmt.Fprintf(p.out, "\r\x1b[K%s", p.line())
		return
	}
	fmt.Fprintln(p.out, p.line())
}

func (p *progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts := []string{p.title}
	if p.downloaded > 0 {
		parts = append(parts, fmt.Sprintf("%d modules downloaded", p.downloaded))
	}
	if p.expected > 0 {
		parts = append(parts, fmt.Sprintf("package %d of %d", p.packages, p.expected))
	}
	return strings.Join(append(parts, time.Since(p.began).Round(time.Second).String()), ", ")
}

// stop draws the last line. It must be called once.
func (p *progress) stop(err error) {
	close(p.ended)
	p.group.Wait()
	word := ", done"
	if err != nil {
		word = ", not done"
	}
	p.title += word
	p.draw()
	if p.live {
		fmt.Fprintln(p.out)
	}
}
