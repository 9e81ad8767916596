package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is a buffer that a command writes while a test reads.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func TestServe(t *testing.T) {
	names := filepath.Join(t.TempDir(), "names")
	if err := os.WriteFile(names, []byte("ONE\nTWO\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out output
	code := make(chan int)
	go func() {
		code <- run(ctx, []string{"serve", "--address", "127.0.0.1:0", "--secret-names", names}, &out, io.Discard)
	}()
	export := func(name string) string {
		found := regexp.MustCompile(`(?m)^export ` + name + `=(.+)$`).FindStringSubmatch(out.String())
		if found == nil {
			return ""
		}
		return found[1]
	}
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(out.String(), "pulumiApiUrl"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no exports in %q", out.String())
		}
	}
	for _, c := range []struct{ url, token, want string }{
		{export("GITHUB_API_URL") + "/orgs/acme/actions/secrets", export("GITHUB_TOKEN"), `"name":"TWO"`},
		{export("PULUMI_API") + "/api/user", export("PULUMI_ACCESS_TOKEN"), `"githubLogin":"pipeline"`},
	} {
		q, err := http.NewRequestWithContext(t.Context(), "GET", c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Authorization", "token "+c.token)
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if !strings.Contains(string(body), c.want) {
			t.Errorf("%s answers %s, want %s", c.url, body, c.want)
		}
	}
	stop()
	if got := <-code; got != exitFine {
		t.Errorf("exit code %d after the interrupt", got)
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"help", []string{"--help"}, exitFine, ""},
		{"unknown command", []string{"nonsense"}, exitUsage, "hint: sandbox --help\n"},
		{"unknown flag", []string{"serve", "--nonsense"}, exitUsage, "hint: sandbox --help\n"},
		{"not loopback", []string{"serve", "--address", "0.0.0.0:0"}, exitError, "is not loopback"},
		{"no such file", []string{"serve", "--address", "127.0.0.1:0", "--secret-names", "/nonexistent/names"}, exitError, "reading secret names"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := run(t.Context(), c.args, io.Discard, &stderr); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
			if !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("stderr %q lacks %q", stderr.String(), c.stderr)
			}
		})
	}
}
