package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// requests are all reads that the client sends, and calls that send them.
var requests = []struct {
	name, path string
	call       func(context.Context, *Client) error
}{
	{"read a branch", `/platform/branches/main$`, func(ctx context.Context, c *Client) error {
		_, err := c.Branch(ctx, "acme", "platform", "main")
		return err
	}},
	{"read a secret", `/actions/secrets/A$`, func(ctx context.Context, c *Client) error {
		_, err := c.Secret(ctx, "acme", "A")
		return err
	}},
	{"list what is granted", `/actions/organization-secrets$`, func(ctx context.Context, c *Client) error {
		_, err := c.Granted(ctx, "acme", "platform")
		return err
	}},
	{"list the secrets of the repository", `/platform/actions/secrets$`, func(ctx context.Context, c *Client) error {
		_, err := c.RepositorySecrets(ctx, "acme", "platform")
		return err
	}},
	{"list the secrets of an environment", `/environments/production/secrets$`, func(ctx context.Context, c *Client) error {
		_, err := c.EnvironmentSecrets(ctx, "acme", "platform", "production")
		return err
	}},
	{"find the branch to start a workflow on", `/repos/acme/platform$`, func(ctx context.Context, c *Client) error {
		return c.Dispatch(ctx, "acme", "platform", "sync_secrets.yml")
	}},
	{"list the secrets", `/orgs/acme/actions/secrets$`, func(ctx context.Context, c *Client) error {
		_, err := c.Secrets(ctx, "acme")
		return err
	}},
	{"list the repositories", `/A/repositories$`, func(ctx context.Context, c *Client) error {
		_, err := c.Repositories(ctx, "acme", "A")
		return err
	}},
	{"read a repository", `/repos/acme/platform$`, func(ctx context.Context, c *Client) error {
		_, err := c.Repository(ctx, "acme", "platform")
		return err
	}},
	{"read a file", `/contents/a.yml$`, func(ctx context.Context, c *Client) error {
		_, err := c.File(ctx, "acme", "platform", "a.yml")
		return err
	}},
}

// faults are what may happen to a request, the error it causes, and whether the
// client recovers from a single one.
var faults = []struct {
	name  string
	fault sandbox.Fault
	says  string
	heals bool
}{
	{"400", sandbox.Fault{Status: 400}, "400 Bad Request", false},
	{"401", sandbox.Fault{Status: 401}, "401: GITHUB_TOKEN is wrong or has expired", false},
	{"403", sandbox.Fault{Status: 403}, "403: GITHUB_TOKEN may not do this", false},
	{"429", sandbox.Fault{Status: 429, RetryAfter: time.Second}, "429 Too Many Requests", true},
	{"500", sandbox.Fault{Status: 500}, "500 Internal Server Error", true},
	{"502", sandbox.Fault{Status: 502}, "502 Bad Gateway", true},
	{"503", sandbox.Fault{Status: 503}, "503 Service Unavailable", true},
	{"504", sandbox.Fault{Status: 504}, "504 Gateway Timeout", true},
	{"delay", sandbox.Fault{Delay: time.Minute}, "out of time", false},
	{"drop", sandbox.Fault{Drop: true}, "EOF", true},
	{"truncated", sandbox.Fault{Truncate: true}, "EOF", true},
}

// TestFaults puts every fault on every request, once and for ever.
func TestFaults(t *testing.T) {
	var running sync.WaitGroup
	for _, request := range requests {
		for _, f := range faults {
			for _, times := range []int{1, 0} {
				name := fmt.Sprintf("%s, %s, %d times", request.name, f.name, times)
				fault := f.fault
				fault.Method, fault.Path, fault.Times = http.MethodGet, request.path, times
				c := struck(t, fault)
				running.Go(func() {
					ctx, cancel := context.WithTimeoutCause(t.Context(), 4*time.Second, errors.New("out of time"))
					defer cancel()
					err := request.call(ctx, c)
					switch heals := f.heals && times == 1; {
					case heals && err != nil:
						t.Errorf("%s: not recovered from: %v", name, err)
					case !heals && (err == nil || !strings.Contains(err.Error(), f.says)):
						t.Errorf("%s: error %v, want %s", name, err, f.says)
					}
				})
			}
		}
	}
	running.Wait()
}

// The start of a workflow is sent once: it may have started although the answer
// was lost.
func TestADispatchIsSentOnce(t *testing.T) {
	for _, f := range faults {
		if f.fault.Delay > 0 || f.fault.Truncate { // there is no body to cut
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			fault := f.fault
			fault.Method, fault.After = http.MethodPost, true
			box, c := struckBox(t, fault)
			if err := c.Dispatch(t.Context(), "acme", "platform", "sync_secrets.yml"); err == nil || !strings.Contains(err.Error(), "starting workflow sync_secrets.yml: ") {
				t.Errorf("error %v", err)
			}
			if n := len(box.Dispatched()); n != 1 {
				t.Errorf("started %d times", n)
			}
		})
	}
}

// struck is a client of a sandbox with a fault.
func struck(t *testing.T, fault sandbox.Fault) *Client {
	t.Helper()
	_, c := struckBox(t, fault)
	return c
}

func struckBox(t *testing.T, fault sandbox.Fault) (*sandbox.Server, *Client) {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	if err := box.SetSecret("A", "x", "selected", sandbox.RepositoryID); err != nil {
		t.Fatal(err)
	}
	if err := box.SetEnvironmentSecret("production", "A", "x"); err != nil {
		t.Fatal(err)
	}
	box.WriteFile("a.yml", "a: b\n", "eve")
	box.WriteFile(".github/workflows/sync_secrets.yml", "on: workflow_dispatch\n", "eve")
	box.Inject(fault)
	return box, New(box.GitHubAPI(), secrets.NewValue(box.Tokens().GitHub), nil)
}
