package sandbox_test

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
)

func TestTokens(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values: {a: 1}\n")
	own := s.Tokens()
	const workflow, other = repoPath + "/contents/.github/workflows/x.yml", repoPath + "/contents/x"
	file := map[string]any{"message": "m", "content": ""}
	for _, c := range []struct {
		name, token, method, path string
		body                      any
		status                    int
	}{
		{"no token, GitHub", "", "GET", secretsPath, nil, 401},
		{"no token, Pulumi", "", "GET", storePath, nil, 401},
		{"GitHub's token at Pulumi", own.GitHub, "GET", storePath, nil, 401},
		{"Pulumi's token at GitHub", own.Pulumi, "GET", secretsPath, nil, 401},
		{"unknown token", "pul-unknown", "GET", "/api/user", nil, 401},
		{"the CLI's probe for capabilities", own.Pulumi, "GET", "/api/capabilities", nil, 404},
		{"reader lists", own.GitHubReader, "GET", secretsPath, nil, 200},
		{"reader deletes", own.GitHubReader, "DELETE", secretsPath + "/X", nil, 403},
		{"committer writes a file", own.GitHubWithoutWorkflow, "PUT", other, file, 201},
		{"committer writes a workflow", own.GitHubWithoutWorkflow, "PUT", workflow, file, 404},
		{"full writes a workflow", own.GitHub, "PUT", workflow, file, 201},
		{"repository reader lists the organization's", own.GitHubRepositoryReader, "GET", secretsPath, nil, 403},
		{"repository reader lists what is granted", own.GitHubRepositoryReader, "GET", grantedPath, nil, 200},
		{"repository reader lists the repository's", own.GitHubRepositoryReader, "GET", repoSecretsPath, nil, 200},
		{"repository reader writes", own.GitHubRepositoryReader, "PUT", other, file, 403},
		{"without secrets, the organization's", own.GitHubWithoutSecrets, "GET", secretsPath, nil, 200},
		{"without secrets, what is granted", own.GitHubWithoutSecrets, "GET", grantedPath, nil, 403},
		{"without secrets, the repository's", own.GitHubWithoutSecrets, "GET", repoSecretsPath, nil, 403},
		{"without secrets, by number", own.GitHubWithoutSecrets, "GET", byIDPath + "/actions/secrets", nil, 403},
		{"without secrets, an environment's", own.GitHubWithoutSecrets, "GET", repoPath + "/environments/live/secrets", nil, 403},
		{"without secrets, the repository", own.GitHubWithoutSecrets, "GET", repoPath, nil, 200},
		{"opener reads", own.PulumiOpener, "GET", storePath, nil, 200},
		{"opener opens", own.PulumiOpener, "POST", storePath + "/open", nil, 200},
		{"opener patches", own.PulumiOpener, "PATCH", storePath, "values: {}\n", 403},
		{"opener tags", own.PulumiOpener, "POST", storePath + "/tags", map[string]string{"name": "a"}, 403},
		{"Pulumi reader reads", own.PulumiReader, "GET", storePath, nil, 200},
		{"Pulumi reader checks", own.PulumiReader, "POST", "/api/esc/environments/acme-cloud/yaml/check", "values: {}\n", 200},
		{"Pulumi reader opens", own.PulumiReader, "POST", storePath + "/open", nil, 403},
		{"Pulumi reader decrypts", own.PulumiReader, "GET", storePath + "/decrypt", nil, 403},
		{"Pulumi reader deletes", own.PulumiReader, "DELETE", storePath, nil, 403},
		{"somebody else's token", s.Token("maria", own.Pulumi), "GET", "/api/user", nil, 200},
	} {
		t.Run(c.name, func(t *testing.T) { want(t, s, c.status, c.token, c.method, c.path, c.body) })
	}
}

func TestTokenIsAuthor(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values: {a: 1}\n")
	want(t, s, 200, s.Token("jonas", s.Tokens().Pulumi), "PATCH", storePath, "values: {a: 2}\n")
	if got := s.Revisions(store)[0].Author; got != "jonas" {
		t.Errorf("the revision is by %s", got)
	}
	want(t, s, 201, s.Token("jonas", s.Tokens().GitHub), "PUT", repoPath+"/contents/x", map[string]any{"message": "m", "content": ""})
	if got := s.Commits("x")[0].Author; got != "jonas" {
		t.Errorf("the commit is by %s", got)
	}
}

func TestRequestLog(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values: {a: 1}\n")
	want(t, s, 200, s.Tokens().PulumiOpener, "GET", storePath+"/versions?count=1", nil)
	want(t, s, 401, "", "GET", secretsPath, nil)
	log := s.Requests()
	if len(log) != 2 {
		t.Fatalf("%d requests", len(log))
	}
	if r := log[0]; r.Side != sandbox.Pulumi || r.Path != storePath+"/versions" || r.Query.Get("count") != "1" ||
		r.Status != 200 || r.Login != "application" {
		t.Errorf("first: %+v", r)
	}
	if r := log[1]; r.Side != sandbox.GitHub || r.Status != 401 || r.Login != "" {
		t.Errorf("second: %+v", r)
	}
	s.ResetRequests()
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("after the reset: %+v", got)
	}
}

// Each fault is injected into a PATCH: what does the client see, and did the
// write happen?
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   sandbox.Fault
		status  int // 0: the client sees an error
		written bool
	}{
		{"status before", sandbox.Fault{Status: 500}, 500, false},
		{"status after", sandbox.Fault{Status: 502, After: true}, 502, true},
		{"dropped before", sandbox.Fault{Drop: true}, 0, false},
		{"dropped after", sandbox.Fault{Drop: true, After: true}, 0, true},
		{"truncated", sandbox.Fault{Truncate: true}, 0, true},
		{"delayed", sandbox.Fault{Delay: 20 * time.Millisecond}, 200, true},
		{"of another method", sandbox.Fault{Method: "GET", Status: 500}, 200, true},
		{"of another path", sandbox.Fault{Path: "/versions", Status: 500}, 200, true},
		{"of a later request", sandbox.Fault{Status: 500, Skip: 1}, 200, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			makeStore(t, s, "values: {a: 1}\n")
			s.Inject(c.fault)
			a, err := try(s, s.Tokens().Pulumi, "PATCH", storePath, "values: {a: 2}\n")
			if c.status == 0 && err == nil {
				t.Errorf("the client sees %d %s", a.status, a.body)
			}
			if c.status != 0 && (err != nil || a.status != c.status) {
				t.Errorf("the client sees %d, %v", a.status, err)
			}
			if _, number, _ := s.Definition(store); (number == 3) != c.written {
				t.Errorf("revision %d: written %v, want %v", number, number == 3, c.written)
			}
		})
	}
}

func TestFaultCounts(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	s.Inject(sandbox.Fault{Path: "user$", Status: 429, RetryAfter: 3 * time.Second, Skip: 1, Times: 2})
	for i, status := range []int{200, 429, 429, 200} {
		a := want(t, s, status, token, "GET", "/api/user", nil)
		if got := a.header.Get("Retry-After"); status == 429 && got != "3" {
			t.Errorf("request %d: Retry-After %q", i, got)
		}
	}
	if log := s.Requests(); !log[1].Fault || log[3].Fault {
		t.Error("the log does not tell which requests were struck")
	}
	remove := s.Inject(sandbox.Fault{Status: 503})
	want(t, s, 503, token, "GET", "/api/user", nil)
	remove()
	want(t, s, 200, token, "GET", "/api/user", nil)
	s.Inject(sandbox.Fault{Status: 503})
	s.ClearFaults()
	want(t, s, 200, token, "GET", "/api/user", nil)
}

// A request whose client gives up during the delay has no effect, unless the
// delay comes after it.
func TestDelayBeyondDeadline(t *testing.T) {
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the effect %v", after), func(t *testing.T) {
			s := start(t)
			makeStore(t, s, "values: {a: 1}\n")
			s.Inject(sandbox.Fault{Delay: time.Minute, After: after})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			q, _ := http.NewRequestWithContext(ctx, "PATCH", s.URL()+storePath, strings.NewReader("values: {a: 2}\n"))
			q.Header.Set("Authorization", "token "+s.Tokens().Pulumi)
			r, err := http.DefaultClient.Do(q)
			if err == nil {
				_ = r.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("the client sees %v", err)
			}
			for deadline := time.Now().Add(5 * time.Second); len(s.Requests()) == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the request does not end")
				}
			}
			if _, number, _ := s.Definition(store); (number == 3) != after {
				t.Errorf("revision %d", number)
			}
		})
	}
}

func TestLatency(t *testing.T) {
	s := start(t)
	s.SetLatency(30 * time.Millisecond)
	begin := time.Now()
	want(t, s, 200, s.Tokens().Pulumi, "GET", "/api/user", nil)
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

// Of several writers with the same ETag exactly one wins each round.
func TestConcurrentWriters(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values: {a: 0}\n")
	const rounds, writers = 5, 8
	for range rounds {
		etag := want(t, s, 200, s.Tokens().Pulumi, "HEAD", storePath, nil).header.Get("ETag")
		var wg sync.WaitGroup
		status := make([]int, writers)
		for i := range writers {
			wg.Go(func() {
				a, err := try(s, s.Tokens().Pulumi, "PATCH", storePath, fmt.Sprintf("values: {a: %d}\n", i), "If-Match", etag)
				if err != nil {
					t.Error(err)
				}
				status[i] = a.status
				if err := s.SetSecret(fmt.Sprintf("S%d", i), "v", "all"); err != nil {
					t.Error(err)
				}
				s.JobEnvironment()
				if _, err := s.Open(store); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		won := 0
		for _, code := range status {
			if code == 200 {
				won++
			}
		}
		if won != 1 {
			t.Errorf("%d writers won: %v", won, status)
		}
	}
	if got := len(s.Revisions(store)); got != 2+rounds {
		t.Errorf("%d revisions", got)
	}
}

func TestRefusesOtherAddresses(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "10.0.0.1:80", "nonsense"} {
		if s, err := sandbox.Start(sandbox.Options{Address: address}); err == nil {
			_ = s.Close()
			t.Errorf("%s is accepted", address)
		}
	}
}

func TestPulumiAccount(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	user := want(t, s, 200, token, "GET", "/api/user", nil).json(t)
	organization := user["organizations"].([]any)[0].(map[string]any)["githubLogin"]
	if user["githubLogin"] != "pipeline" || organization != "acme-cloud" {
		t.Errorf("user %v of %v", user["githubLogin"], organization)
	}
	if got := want(t, s, 200, token, "GET", "/api/user/organizations/default", nil).json(t)["gitHubLogin"]; got != organization {
		t.Errorf("default organization %v", got)
	}
}
