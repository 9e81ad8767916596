package access_test

import (
	"bytes"
	"log"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/pkg/access"
)

// Whatever answers instead of the service, the error is one line with cause and
// remedy, without a value or the token. Nothing is logged, and the read ends in
// time and needs little memory.
func TestHostileServices(t *testing.T) {
	var logged bytes.Buffer
	before := log.Writer()
	log.SetOutput(&logged)
	defer log.SetOutput(before)
	all := cases.Hostiles()
	errs, took := make([]error, len(all)), make([]time.Duration, len(all))
	tokens := make([]string, len(all))
	var wg sync.WaitGroup // at once, since most of it is waiting
	for i, h := range all {
		tokens[i] = "pul-" + strconv.Itoa(1_000_000+i)
		reader := newReader(t, access.Environment(cases.Environment), access.API(h.Serve(t, marker)), access.Token(tokens[i]), access.RootKey(cases.RootKey))
		read := func() {
			start := time.Now()
			_, errs[i] = reader.Get(t.Context(), "plain")
			took[i] = time.Since(start)
		}
		if !h.Big {
			wg.Go(read)
		} else if read(); peakMemory(t) > 300<<20 {
			t.Errorf("%s: %d MB", h.Name, peakMemory(t)>>20)
		}
	}
	wg.Wait()
	log.SetOutput(before)
	if logged.Len() > 0 {
		t.Errorf("the process's log has %d bytes", logged.Len())
	}
	for i, h := range all {
		t.Run(h.Name, func(t *testing.T) {
			words := h.Words
			if strings.HasPrefix(h.Name, "the root ") && strings.Contains(errs[i].Error(), "not understood") {
				words = []string{"PULUMI_API"} // the whole answer is of another shape
			}
			checkFault(t, errs[i], words, tokens[i])
			if strings.ContainsAny(errs[i].Error(), "\r\n\x1b") {
				t.Errorf("more than a line: %q", errs[i])
			}
			if took[i] > 12*time.Second {
				t.Errorf("it took %s", took[i])
			}
		})
	}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most memory that this process ever held; 0 if unknown, and
// under the race detector, which needs several times as much.
func peakMemory(t *testing.T) int {
	t.Helper()
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	if found := peakLine.FindSubmatch(status); err == nil && found != nil {
		kilobytes, _ := strconv.Atoi(string(found[1]))
		return kilobytes << 10
	}
	return 0
}
