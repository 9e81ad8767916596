package access_test

import (
	"bytes"
	"log"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// secretctl get ends with code 3 and one line of error, whatever answers instead of
// the service: cause and remedy, no value, no token, nothing in the process's log.
func TestGetOfHostileServices(t *testing.T) {
	folder := t.TempDir()
	if err := fixture.Write(folder); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	before := log.Writer()
	log.SetOutput(&logged)
	defer log.SetOutput(before)
	all := cases.Hostiles()
	ends := make([]string, len(all))
	var wg sync.WaitGroup // at once, since most of it is waiting
	for i, h := range all {
		address, token := h.Serve(t, marker), "pul-"+strconv.Itoa(1_000_000+i)
		get := func() {
			var stdout, stderr bytes.Buffer
			c := &cli.CLI{Stdout: &stdout, Stderr: &stderr, Lookup: func(name string) (string, bool) {
				text, ok := map[string]string{"PULUMI_ACCESS_TOKEN": token, "PULUMI_API": address}[name]
				return text, ok
			}}
			start := time.Now()
			code := c.Main(t.Context(), []string{"get", "plain", "--catalog", filepath.Join(folder, "catalog.yaml")})
			if took := time.Since(start); code != 3 || stdout.Len() > 0 || took > 12*time.Second {
				t.Errorf("%s: exit %d after %s with %d bytes of output", h.Name, code, took, stdout.Len())
			}
			ends[i] = strings.ReplaceAll(stderr.String(), token, marker)
		}
		if h.Big {
			get()
		} else {
			wg.Go(get)
		}
	}
	wg.Wait()
	log.SetOutput(before)
	if logged.Len() > 0 {
		t.Errorf("the process's log has %d bytes", logged.Len())
	}
	for i, h := range all {
		failed, hint, _ := strings.Cut(ends[i], "\n")
		if !strings.HasPrefix(failed, "error: opening environment "+cases.Environment) && !strings.HasPrefix(failed, "error: environment "+cases.Environment) {
			t.Errorf("%s: %q", h.Name, ends[i])
		}
		if hint != "" && hint != "hint: export PULUMI_ACCESS_TOKEN=...\n" {
			t.Errorf("%s: more than a line: %q", h.Name, hint)
		}
		if strings.Contains(ends[i], marker) || strings.ContainsAny(failed, "\r\x1b") {
			t.Errorf("%s: it shows a value, the token or control characters", h.Name)
		}
		for _, word := range h.Words {
			if !strings.HasPrefix(h.Name, "the root ") && !strings.Contains(failed, word) {
				t.Errorf("%s: %q is not in %q", h.Name, word, failed)
			}
		}
	}
}
