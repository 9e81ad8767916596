package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal opens both ends of a pseudo-terminal.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here")
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	fd := int(keyboard.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}

// echoes reports whether the terminal shows what is typed.
func echoes(t *testing.T, screen *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// The value is not echoed, and the terminal is as before whatever happens.
func TestAskTerminal(t *testing.T) {
	all := t
	for name, interrupt := range map[string]bool{"typed": false, "interrupted": true} {
		t.Run(name, func(t *testing.T) {
			// Open until the last one ends: the reader that an interrupt leaves behind
			// would put back the echo of the terminal that gets its number next.
			keyboard, screen := terminal(all)
			var said bytes.Buffer
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			type answer struct {
				text string
				err  error
			}
			answered := make(chan answer, 1)
			go func() {
				text, err := askTerminal(screen, &said)(ctx, "new value of A: ", true)
				answered <- answer{text, err}
			}()
			for began := time.Now(); echoes(t, screen); time.Sleep(time.Millisecond) {
				if time.Since(began) > time.Minute {
					t.Fatal("the terminal still echoes")
				}
			}
			stopped := errors.New("stopped")
			if interrupt {
				cancel(stopped)
			} else if _, err := keyboard.WriteString("typed text\n"); err != nil {
				t.Fatal(err)
			}
			got := <-answered
			if interrupt != errors.Is(got.err, stopped) || !interrupt && (got.err != nil || got.text != "typed text") {
				t.Errorf("%q, %v", got.text, got.err)
			}
			if !echoes(t, screen) {
				t.Error("the terminal stays without an echo")
			}
			if strings.Contains(said.String(), "typed") || !strings.HasPrefix(said.String(), "new value of A: ") {
				t.Errorf("said %q", said.String())
			}
		})
	}
}

func TestAskNeedsATerminal(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if term.IsTerminal(int(file.Fd())) || askTerminal(file, &bytes.Buffer{}) != nil {
		t.Error("a question is put to no terminal")
	}
}
