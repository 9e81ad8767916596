package python_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/access/python"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// BenchmarkAllKeys reads every key of a catalog of 40 in both ways of one
// application start: one Python process with the module, its own start
// included, and one process of Pulumi's command line a key. Both must get every
// value right.
func BenchmarkAllKeys(b *testing.B) {
	stack, _ := options(b)
	catalog, problems := secrets.Parse("catalog.yaml", []byte(fixture.Grow(40)))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	values := generated(catalog)
	s := cases.Serve(b, values)
	p := newProject(b).uses(s, s.Tokens().PulumiOpener)
	p.write(b, python.ModulePath, python.Module(stack, catalog))
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		b.Skip("no pulumi on PATH: nothing to compare the module with")
	}
	var module, commands time.Duration
	var moduleRequests, commandRequests int
	for b.Loop() {
		module += timed(s, &moduleRequests, func() { p.readAll(b, values) })
		commands += timed(s, &commandRequests, func() { readWithCommands(b, pulumi, s, values) })
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // of both together, which says nothing
	b.ReportMetric(module.Seconds()*1000/n, "module-ms")
	b.ReportMetric(commands.Seconds()*1000/n, "commands-ms")
	b.ReportMetric(float64(moduleRequests)/n, "module-requests")
	b.ReportMetric(float64(commandRequests)/n, "commands-requests")
	b.ReportMetric(commands.Seconds()/module.Seconds(), "times-faster")
}

func timed(s *sandbox.Server, requests *int, f func()) time.Duration {
	s.ResetRequests()
	start := time.Now()
	f()
	took := time.Since(start)
	*requests += len(s.Requests())
	return took
}

func (p *project) readAll(b *testing.B, values map[string]string) {
	b.Helper()
	stdout, stderr, code := p.run(b, "-c", "from backend.core.auto_esc_config import KEYS, get_config_value\n"+
		"for key in KEYS: print(key, get_config_value(key))")
	if code != 0 {
		b.Fatal(stderr)
	}
	var key, value string
	for in := bytes.NewBufferString(stdout); ; {
		if n, _ := fmt.Fscanln(in, &key, &value); n == 0 {
			return
		}
		if values[key] != value {
			b.Fatalf("%s is wrong", key)
		}
	}
}

func readWithCommands(b *testing.B, pulumi string, s *sandbox.Server, values map[string]string) {
	b.Helper()
	home := b.TempDir()
	for key, want := range values {
		cmd := exec.CommandContext(b.Context(), pulumi, "env", "get", cases.Environment, cases.RootKey+"."+key,
			"--value", "string", "--show-secrets", "--non-interactive")
		cmd.Env = []string{
			"HOME=" + home, "PULUMI_HOME=" + home, "PULUMI_SKIP_UPDATE_CHECK=true",
			"PULUMI_BACKEND_URL=" + s.PulumiURL(), "PULUMI_ACCESS_TOKEN=" + s.Tokens().Pulumi,
		}
		got, err := cmd.Output()
		if err != nil || string(bytes.TrimSpace(got)) != want {
			b.Fatalf("pulumi env get %s: %v, %d bytes", key, err, len(got))
		}
	}
}
