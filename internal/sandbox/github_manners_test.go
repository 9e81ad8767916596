package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const (
	grantedPath     = repoPath + "/actions/organization-secrets"
	repoSecretsPath = repoPath + "/actions/secrets"
	byIDPath        = "/api/v3/repositories/7001"
)

// listed returns the names of a list with the hour of their last change.
func listed(t *testing.T, s *sandbox.Server, path string) map[string]int {
	t.Helper()
	var list struct {
		Secrets []struct {
			Name    string
			Updated time.Time `json:"updated_at"`
		}
	}
	if err := json.Unmarshal(want(t, s, 200, s.Tokens().GitHub, "GET", path, nil).body, &list); err != nil {
		t.Fatal(err)
	}
	hours := map[string]int{}
	for _, secret := range list.Secrets {
		hours[secret.Name] = secret.Updated.Hour()
	}
	return hours
}

// at stops the clock at an hour.
func at(s *sandbox.Server, hour int) { s.SetClock(time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC)) }

// rewrite makes, at one o'clock, KEPT, CHANGED and GONE at every level; at two,
// with the manners, it changes, deletes and adds.
func rewrite(t *testing.T, s *sandbox.Server, m sandbox.Manners) {
	t.Helper()
	levels := []struct {
		set    func(name string) error
		remove func(name string) bool
	}{
		{func(name string) error { return s.SetSecret(name, marker(), "all") }, s.DeleteSecret},
		{func(name string) error { return s.SetRepositorySecret(name, marker()) }, s.DeleteRepositorySecret},
		{
			func(name string) error { return s.SetEnvironmentSecret("live", name, marker()) },
			func(name string) bool { return s.DeleteEnvironmentSecret("live", name) },
		},
	}
	for _, l := range levels {
		at(s, 1)
		for _, name := range []string{"KEPT", "CHANGED", "GONE"} {
			if err := l.set(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.SetManners(m)
	at(s, 2)
	for _, l := range levels {
		if err := l.set("CHANGED"); err != nil {
			t.Fatal(err)
		}
		if err := l.set("NEW"); err != nil || !l.remove("GONE") {
			t.Fatalf("setting NEW: %v, or GONE was gone before", err)
		}
	}
}

func allLists() []string {
	return []string{secretsPath, grantedPath, repoSecretsPath, repoPath + "/environments/live/secrets"}
}

func TestDateLag(t *testing.T) {
	s := start(t)
	before := map[string]int{"KEPT": 1, "CHANGED": 1, "GONE": 1}
	now := map[string]int{"KEPT": 1, "CHANGED": 2, "NEW": 2}
	single := func(name string) string {
		return fmt.Sprint(want(t, s, 200, s.Tokens().GitHub, "GET", secretsPath+"/"+name, nil).json(t)["updated_at"])
	}
	rewrite(t, s, sandbox.Manners{DateLag: time.Hour})
	at(s, 5) // does not end the lag
	for _, path := range allLists() {
		if diff := cmp.Diff(before, listed(t, s, path)); diff != "" {
			t.Errorf("%s in the lag (-want +got):\n%s", path, diff)
		}
	}
	if changed, added := single("CHANGED"), single("NEW"); changed != "2026-01-01T01:00:00Z" || added != "2026-01-01T02:00:00Z" {
		t.Errorf("in the lag: changed at %s, new at %s", changed, added)
	}
	want(t, s, 404, s.Tokens().GitHub, "GET", secretsPath+"/GONE", nil)
	if _, ok := s.JobEnvironment()["NEW"]; !ok {
		t.Error("jobs wait for the lag, too")
	}
	s.SetManners(sandbox.Manners{FlappingLists: true}) // another hidden write, but no lag
	if got := single("CHANGED"); got != "2026-01-01T02:00:00Z" {
		t.Errorf("without the lag: changed at %s", got)
	}
	s.SetManners(sandbox.Manners{})
	for _, path := range allLists() {
		if diff := cmp.Diff(now, listed(t, s, path)); diff != "" {
			t.Errorf("%s without the lag (-want +got):\n%s", path, diff)
		}
	}
}

// The lag ends in real time, though the sandbox's clock stands still.
func TestDateLagEnds(t *testing.T) {
	s := start(t)
	rewrite(t, s, sandbox.Manners{DateLag: 50 * time.Millisecond})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := listed(t, s, secretsPath)
		if cmp.Equal(map[string]int{"KEPT": 1, "CHANGED": 2, "NEW": 2}, got) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still %v", got)
		}
	}
}

// After several writes in the lag, lists show the state before the first.
func TestDateLagOfManyWrites(t *testing.T) {
	s := start(t)
	rewrite(t, s, sandbox.Manners{DateLag: time.Hour})
	at(s, 3)
	body := map[string]any{"selected_repository_ids": []int64{sandbox.RepositoryID}}
	if err := s.SetVisibility("CHANGED", "selected"); err != nil {
		t.Fatal(err)
	}
	want(t, s, 204, s.Tokens().GitHub, "PUT", secretsPath+"/CHANGED/repositories", body)
	for _, path := range []string{secretsPath, grantedPath} {
		if got := listed(t, s, path)["CHANGED"]; got != 1 {
			t.Errorf("%s: changed at %d", path, got)
		}
	}
	if _, info, _ := s.Secret("CHANGED"); info.UpdatedAt.Hour() != 3 || len(info.Repositories) != 1 {
		t.Errorf("the secret itself: %+v", info)
	}
}

func TestFlappingLists(t *testing.T) {
	s := start(t)
	old := map[string]int{"KEPT": 1, "CHANGED": 1, "GONE": 1}
	now := map[string]int{"KEPT": 1, "CHANGED": 2, "NEW": 2}
	rewrite(t, s, sandbox.Manners{FlappingLists: true})
	for _, path := range allLists() {
		for i, want := range []map[string]int{old, now, old, now} {
			if diff := cmp.Diff(want, listed(t, s, path)); diff != "" {
				t.Errorf("%s, request %d (-want +got):\n%s", path, i, diff)
			}
		}
	}
	// Of several writes only the last one comes and goes.
	at(s, 3)
	if err := s.SetSecret("CHANGED", marker(), "all"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 3, 2} {
		if got := listed(t, s, secretsPath)["CHANGED"]; got != want {
			t.Errorf("changed at %d, want %d", got, want)
		}
	}
	// Pages alternate independently of each other.
	for _, want := range []map[string]int{{"CHANGED": 2, "GONE": 1, "KEPT": 1}, {"CHANGED": 3, "KEPT": 1, "NEW": 2}} {
		got := listed(t, s, secretsPath+"?per_page=2")
		for name, hour := range listed(t, s, secretsPath+"?per_page=2&page=2") {
			got[name] = hour
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in pages (-want +got):\n%s", diff)
		}
	}
	if got := want(t, s, 200, s.Tokens().GitHub, "GET", secretsPath+"/CHANGED", nil).json(t)["updated_at"]; got != "2026-01-01T03:00:00Z" {
		t.Errorf("read alone it is of %v", got)
	}
	// Setting the manners again makes earlier writes visible.
	s.SetManners(sandbox.Manners{})
	s.SetManners(sandbox.Manners{FlappingLists: true})
	for _, path := range allLists() {
		if _, ok := listed(t, s, path)["NEW"]; !ok {
			t.Errorf("%s forgets what it had shown", path)
		}
	}
}

// GitHub answers reads with 301, which clients follow, and writes with 307: with
// 301 they would repeat them as reads.
func TestRenamed(t *testing.T) {
	const former = "/api/v3/repos/acme/former"
	s := startWith(t, sandbox.Options{Manners: sandbox.Manners{Renamed: "former"}})
	token := s.Tokens().GitHub
	if err := s.SetRepositorySecret("KEY", marker()); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, s, former+"/actions/secrets?per_page=1"); len(got) != 1 {
		t.Errorf("followed to %v", got)
	}
	want(t, s, 201, token, "PUT", former+"/contents/a", map[string]any{"message": "m", "content": ""})
	want(t, s, 200, token, "GET", former+"/contents", nil)

	status := []int{}
	for _, r := range s.Requests() {
		status = append(status, r.Status)
	}
	if diff := cmp.Diff([]int{301, 200, 307, 201, 301, 200}, status); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if _, ok := s.File("a"); !ok {
		t.Error("the commit did not arrive")
	}
	code, got := redirects(t, s, former+"/actions/secrets?per_page=1&page=2")
	if code != 301 || got != s.URL()+byIDPath+"/actions/secrets?per_page=1&page=2" {
		t.Errorf("%d to %q", code, got)
	}
	if got := want(t, s, 200, token, "GET", former, nil).json(t)["name"]; got != "platform" {
		t.Errorf("the repository is %v", got)
	}
	want(t, s, 200, token, "GET", byIDPath, nil)
	want(t, s, 404, token, "GET", "/api/v3/repositories/1", nil)
	want(t, s, 404, token, "GET", "/api/v3/repos/acme/other", nil)
	want(t, s, 404, token, "GET", "/api/v3/repos/somebody/former", nil)
	s.SetManners(sandbox.Manners{})
	want(t, s, 404, token, "GET", former, nil)
}

// redirects asks without following a redirect.
func redirects(t *testing.T, s *sandbox.Server, path string) (status int, location string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+s.Tokens().GitHub)
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	return r.StatusCode, r.Header.Get("Location")
}

func TestProtectedBranch(t *testing.T) {
	s := start(t)
	token, path := s.Tokens().GitHub, repoPath+"/contents/a"
	branch := func() any { return want(t, s, 200, token, "GET", repoPath+"/branches/main", nil).json(t)["protected"] }
	put := map[string]any{"message": "m", "content": ""}
	sha := want(t, s, 201, token, "PUT", path, put).json(t)["content"].(map[string]any)["sha"]
	if branch() != false {
		t.Error("the branch is protected by default")
	}
	s.SetManners(sandbox.Manners{Protected: true})
	if branch() != true {
		t.Error("the branch does not say that it is protected")
	}
	put["sha"] = sha
	for _, method := range []string{"PUT", "DELETE"} {
		if a := want(t, s, 409, token, method, path, put); !strings.HasPrefix(a.json(t)["message"].(string), "Repository rule violations found") {
			t.Errorf("%s: %s", method, a.body)
		}
	}
	if s.WriteFile("a", "x", "maria"); len(s.Commits("a")) != 2 {
		t.Errorf("commits: %+v", s.Commits("a"))
	}
}

// Who receives a secret of which visibility.
func TestPlanAndVisibility(t *testing.T) {
	for _, c := range []struct {
		name         string
		public, free bool
		want         string
	}{
		{"private", false, false, "ALL PRIVATE SELECTED"},
		{"public", true, false, "ALL SELECTED"},
		{"private on the free plan", false, true, ""},
		{"public on the free plan", true, true, "ALL SELECTED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startWith(t, sandbox.Options{Public: c.public, Manners: sandbox.Manners{FreePlan: c.free}})
			for name, ids := range map[string][]int64{"ALL": nil, "PRIVATE": nil, "SELECTED": {sandbox.RepositoryID}} {
				if err := s.SetSecret(name, marker(), strings.ToLower(name), ids...); err != nil {
					t.Fatal(err)
				}
			}
			job, list := s.JobEnvironment(), listed(t, s, grantedPath)
			for _, name := range []string{"ALL", "PRIVATE", "SELECTED"} {
				granted := strings.Contains(c.want, name)
				if _, ok := job[name]; ok != granted {
					t.Errorf("a job receives %s: %v", name, ok)
				}
				if _, ok := list[name]; ok != granted {
					t.Errorf("the list holds %s: %v", name, ok)
				}
			}
			if got := listed(t, s, secretsPath); len(got) != 3 {
				t.Errorf("the organization has %v", got)
			}
			repository := want(t, s, 200, s.Tokens().GitHub, "GET", repoPath, nil).json(t)
			if repository["private"] != !c.public || repository["visibility"] != map[bool]string{true: "public", false: "private"}[c.public] {
				t.Errorf("the repository says %v", repository)
			}
		})
	}
}

func TestEnvironmentSecrets(t *testing.T) {
	s := start(t)
	const path = repoPath + "/environments/"
	values := map[string]string{"ORGANIZATION": marker(), "REPOSITORY": marker(), "LIVE": marker()}
	for i := range 120 {
		if err := s.SetSecret(fmt.Sprintf("A_%03d", i), "x", "all"); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		s.SetSecret("A_000", values["ORGANIZATION"], "all"), s.SetSecret("A_001", "x", "all"), s.SetSecret("A_002", "x", "all"),
		s.SetRepositorySecret("A_001", values["REPOSITORY"]), s.SetRepositorySecret("A_002", "x"), s.SetRepositorySecret("A_119", values["REPOSITORY"]),
		s.SetEnvironmentSecret("Live", "a_002", values["LIVE"]), s.SetEnvironmentSecret("live", "B", values["LIVE"]),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	job := s.JobEnvironment("LIVE")
	for name, level := range map[string]string{
		"A_000": "ORGANIZATION", "A_001": "REPOSITORY", "A_119": "REPOSITORY", "A_002": "LIVE", "B": "LIVE",
	} {
		if job[name] != values[level] {
			t.Errorf("%s is not that of %s", name, level)
		}
	}
	if _, ok := job["A_100"]; ok || len(job) != 102 {
		t.Errorf("%d secrets, the hundred and first: %v", len(job), ok)
	}
	for _, without := range []map[string]string{s.JobEnvironment(), s.JobEnvironment("other")} {
		if _, ok := without["B"]; ok || without["A_002"] != "x" {
			t.Error("a job outside the environment receives its secrets")
		}
	}

	a := want(t, s, 200, s.Tokens().GitHubReader, "GET", path+"live/secrets?per_page=1", nil)
	if got := a.json(t); got["total_count"] != 2.0 || next(a.header.Get("Link"), s.URL()) == "" {
		t.Errorf("first page: %v, %q", got, a.header.Get("Link"))
	}
	if got := listed(t, s, path+"LIVE/secrets"); len(got) != 2 {
		t.Errorf("listed: %v", got)
	}
	want(t, s, 404, s.Tokens().GitHub, "GET", path+"other/secrets", nil)
	s.Advance(time.Hour)
	if err := s.SetEnvironmentSecret("live", "B", marker()); err != nil {
		t.Fatal(err)
	}
	list := want(t, s, 200, s.Tokens().GitHub, "GET", path+"live/secrets", nil).json(t)["secrets"].([]any)
	if b := list[1].(map[string]any); b["created_at"] == b["updated_at"] {
		t.Errorf("a secret that is written again loses its date of creation: %v", b)
	}
	if !s.DeleteEnvironmentSecret("live", "b") || s.DeleteEnvironmentSecret("live", "B") || s.DeleteEnvironmentSecret("other", "B") {
		t.Error("a secret can be deleted once, where it is")
	}
	if s.SetEnvironmentSecret("live", "GITHUB_KEY", "v") == nil {
		t.Error("GITHUB_KEY is accepted")
	}
}

func TestFolder(t *testing.T) {
	s := startWith(t, sandbox.Options{DefaultBranch: "trunk"})
	token := s.Tokens().GitHub
	s.WriteFile("docs/a.md", "a\n", "maria")
	s.WriteFile("docs/deep/b.md", "b\n", "maria")
	s.WriteFile("docs/deep/c.md", "c\n", "maria")
	s.WriteFile("docs2/d.md", "d\n", "maria")
	for path, entries := range map[string][]string{
		"/contents/docs":      {"docs/a.md file a.md 2", "docs/deep dir deep 0"},
		"/contents/docs/deep": {"docs/deep/b.md file b.md 2", "docs/deep/c.md file c.md 2"},
		"/contents/":          {"README.md file README.md 11", "docs dir docs 0", "docs2 dir docs2 0"},
	} {
		var list []map[string]any
		if err := json.Unmarshal(want(t, s, 200, token, "GET", repoPath+path+"?ref=trunk", nil).body, &list); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, e := range list {
			got = append(got, fmt.Sprint(e["path"], " ", e["type"], " ", e["name"], " ", e["size"]))
			if !strings.HasSuffix(e["url"].(string), "?ref=trunk") || e["content"] != nil {
				t.Errorf("entry %v", e)
			}
		}
		if diff := cmp.Diff(entries, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	want(t, s, 404, token, "GET", repoPath+"/contents/doc", nil)
	want(t, s, 404, token, "GET", repoPath+"/contents/docs?ref=main", nil)
}

func TestDefaultBranch(t *testing.T) {
	s := startWith(t, sandbox.Options{DefaultBranch: "trunk"})
	token := s.Tokens().GitHub
	if got := want(t, s, 200, token, "GET", repoPath, nil).json(t)["default_branch"]; got != "trunk" {
		t.Errorf("default branch %v", got)
	}
	want(t, s, 200, token, "GET", repoPath+"/branches/trunk", nil)
	want(t, s, 404, token, "GET", repoPath+"/branches/main", nil)
	put := map[string]any{"message": "m", "content": "", "branch": "main"}
	want(t, s, 404, token, "PUT", repoPath+"/contents/a", put)
	put["branch"] = "trunk"
	want(t, s, 201, token, "PUT", repoPath+"/contents/a", put)
	if got := want(t, s, 200, token, "GET", repoPath+"/contents/a", nil).json(t)["url"].(string); !strings.HasSuffix(got, "?ref=trunk") {
		t.Errorf("url %s", got)
	}
}

// GitHub's answers for a rate limit and for SAML: only their details tell them
// from a lack of rights.
func TestGitHubRefusals(t *testing.T) {
	begin := time.Now()
	for _, c := range []struct {
		name   string
		fault  sandbox.Fault
		status int
		header map[string]string // "": is not there
		doc    bool              // of the secondary limit
	}{
		{"primary", sandbox.Fault{RateLimit: "primary"}, 403, map[string]string{"X-RateLimit-Remaining": "0", "Retry-After": ""}, false},
		{"primary with 429", sandbox.Fault{RateLimit: "primary", Status: 429}, 429, map[string]string{"X-RateLimit-Remaining": "0"}, false},
		{"secondary", sandbox.Fault{RateLimit: "secondary"}, 403, map[string]string{"X-RateLimit-Remaining": "4000", "Retry-After": ""}, true},
		{
			"secondary with a time", sandbox.Fault{RateLimit: "secondary", Status: 429, RetryAfter: time.Minute}, 429,
			map[string]string{"Retry-After": "60"}, true,
		},
		{"a lack of rights", sandbox.Fault{Status: 403}, 403, map[string]string{"X-RateLimit-Remaining": "", "X-GitHub-SSO": ""}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			s.Inject(c.fault)
			a := want(t, s, c.status, s.Tokens().GitHub, "GET", secretsPath, nil)
			for name, value := range c.header {
				if got := a.header.Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			if got := a.json(t)["documentation_url"].(string); strings.HasSuffix(got, "secondary-rate-limits") != c.doc {
				t.Errorf("documentation_url %s", got)
			}
		})
	}
	s := start(t)
	remove := s.Inject(sandbox.Fault{RateLimit: "primary", RetryAfter: time.Minute})
	reset, err := strconv.ParseInt(want(t, s, 403, s.Tokens().GitHub, "GET", secretsPath, nil).header.Get("X-RateLimit-Reset"), 10, 64)
	if wait := time.Unix(reset, 0).Sub(begin); err != nil || wait < 58*time.Second || wait > 10*time.Minute {
		t.Errorf("the limit ends in %v, %v", wait, err)
	}
	remove()
	remove = s.Inject(sandbox.Fault{SSO: true})
	a := want(t, s, 403, s.Tokens().GitHub, "GET", secretsPath, nil)
	if got := a.header.Get("X-GitHub-SSO"); !strings.HasPrefix(got, "required; url=https://") {
		t.Errorf("X-GitHub-SSO is %q", got)
	}
	remove()
	s.Inject(sandbox.Fault{Redirect: s.URL() + "/elsewhere"})
	if code, to := redirects(t, s, secretsPath); code != 302 || to != s.URL()+"/elsewhere" {
		t.Errorf("%d to %q", code, to)
	}
}

// A write refused at a limit has no effect, unless the fault strikes after it.
func TestRefusedWrite(t *testing.T) {
	for _, f := range []sandbox.Fault{{RateLimit: "primary"}, {RateLimit: "secondary"}, {SSO: true}, {Redirect: "/elsewhere"}} {
		for _, after := range []bool{false, true} {
			s := start(t)
			if err := s.SetSecret("KEY", "v", "all"); err != nil {
				t.Fatal(err)
			}
			f.After, f.Method, f.Times = after, "DELETE", 1
			s.Inject(f)
			ask(t, s, s.Tokens().GitHub, "DELETE", secretsPath+"/KEY", nil)
			if _, _, ok := s.Secret("KEY"); ok == after {
				t.Errorf("%+v: still there %v", f, ok)
			}
		}
	}
}

func TestUnknownRateLimit(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it is accepted")
		}
	}()
	start(t).Inject(sandbox.Fault{RateLimit: "tertiary"})
}
