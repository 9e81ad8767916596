package sync_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// kilobyte is a random value of 1 KB.
func kilobyte() string {
	var b strings.Builder
	for b.Len() < 1024 {
		b.WriteString(rand.Text())
	}
	return b.String()[:1024]
}

func (w *world) fillKilobytes() {
	for i := range w.sync.Catalog.Secrets {
		w.set(i, kilobyte())
	}
}

// benchmarkSize is the number of secrets in comparisons.
const benchmarkSize = 40

// BenchmarkSync runs a sync in which every value is new, and one in which none
// is.
func BenchmarkSync(b *testing.B) {
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		for _, n := range []int{10, benchmarkSize, 100, 1000} {
			for _, changed := range []bool{false, true} {
				name := fmt.Sprintf("secrets=%d/changed=%v/latency=%s", n, changed, latency)
				b.Run(name, func(b *testing.B) { benchmarkSync(b, n, changed, latency) })
			}
		}
	}
}

func benchmarkSync(b *testing.B, n int, changed bool, latency time.Duration) {
	w := newWorld(b, n)
	w.fillKilobytes()
	w.mustRun()
	w.box.SetLatency(latency)
	w.box.ResetRequests()
	before := w.revision()
	for b.Loop() {
		if changed {
			b.StopTimer()
			w.fillKilobytes()
			b.StartTimer()
		}
		w.mustRun()
	}
	b.ReportMetric(float64(len(w.box.Requests()))/float64(b.N), "requests/op")
	b.ReportMetric(float64(w.revision()-before)/float64(b.N), "revisions/op")
	if changed {
		w.fillKilobytes()
	}
	b.ReportMetric(float64(w.peak())/(1<<20), "peak-MB")
}

// BenchmarkLoop is what sync replaces: the real command line, once for every
// secret.
func BenchmarkLoop(b *testing.B) {
	pulumi, err := filepath.Abs("../../.toolchain/bin/pulumi")
	if err == nil {
		_, err = os.Stat(pulumi)
	}
	if err != nil {
		b.Skip("skipped: there is no .toolchain/bin/pulumi; make engine builds it")
	}
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		b.Run(fmt.Sprintf("secrets=%d/changed=true/latency=%s", benchmarkSize, latency), func(b *testing.B) {
			w := newWorld(b, benchmarkSize)
			w.fillKilobytes()
			home := b.TempDir()
			w.box.SetLatency(latency)
			w.box.ResetRequests()
			before := w.revision()
			for b.Loop() {
				for key, value := range w.sent() {
					command := exec.CommandContext(b.Context(), pulumi, "env", "set", w.store(), root+"."+key, value.(string), "--secret")
					command.Env = []string{
						"HOME=" + home, "PULUMI_HOME=" + home, "PULUMI_SKIP_UPDATE_CHECK=true",
						"PULUMI_BACKEND_URL=" + w.box.PulumiURL(), "PULUMI_ACCESS_TOKEN=" + w.box.Tokens().Pulumi,
					}
					if out, err := command.CombinedOutput(); err != nil {
						b.Fatalf("pulumi env set: %v: %s", err, out)
					}
				}
			}
			b.ReportMetric(float64(len(w.box.Requests()))/float64(b.N), "requests/op")
			b.ReportMetric(float64(w.revision()-before)/float64(b.N), "revisions/op")
		})
	}
}

// A thousand new values of 1 KB are one revision, and sync needs at most 100 MB
// for them.
func TestThousand(t *testing.T) {
	w := newWorld(t, 1000)
	w.fillKilobytes()
	w.mustRun()
	w.fillKilobytes()
	before := w.revision()
	peak := w.peak()
	if peak > 100<<20 && !raceDetector {
		t.Errorf("%d MB", peak>>20)
	}
	if w.revision() != before+1 {
		t.Errorf("%d revisions", w.revision()-before)
	}
	sameValues(t, w.sent(), w.values())
	t.Logf("peak memory: %d MB", peak>>20)
}

const childAPI = "SYNC_TEST_API"

// peak is the peak memory of a process that runs this sync, in bytes. It is the
// test's own binary, since secretctl refuses a catalog of a thousand.
func (w *world) peak() int64 {
	w.Helper()
	if runtime.GOOS != "linux" {
		w.Skip("skipped: peak memory is read from Linux's /proc")
	}
	command := exec.CommandContext(w.Context(), os.Args[0])
	command.Env = []string{
		childAPI + "=" + w.box.PulumiURL(), "SYNC_TEST_TOKEN=" + w.box.Tokens().Pulumi,
		"SYNC_TEST_COUNT=" + strconv.Itoa(len(w.sync.Catalog.Secrets)),
	}
	for name, value := range w.job {
		command.Env = append(command.Env, name+"="+value)
	}
	out, err := command.CombinedOutput()
	if err != nil {
		w.Fatalf("syncing in a process: %v: %s", err, out)
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		w.Fatal(err)
	}
	return kilobytes << 10
}

// syncAsChild is what that process runs.
func syncAsChild() int {
	n, _ := strconv.Atoi(os.Getenv("SYNC_TEST_COUNT"))
	s := sync.Sync{
		ESC:         esc.New(esc.Options{APIURL: os.Getenv(childAPI), Token: secrets.NewValue(os.Getenv("SYNC_TEST_TOKEN"))}),
		Environment: secrets.EnvironmentName{Organization: fixture.PulumiOrganization, Project: "default", Name: "test"}, RootKey: root,
		Catalog: catalog(n), Mark: newMark(catalog(n), 1, noon), Lookup: os.LookupEnv,
	}
	if _, err := s.Run(context.Background()); err != nil {
		fmt.Println(err)
		return 3
	}
	// What the kernel reports to a parent includes the parent's own memory.
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Println(err)
		return 3
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Println(strings.Fields(peak)[0])
	return 0
}
