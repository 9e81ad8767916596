package sandbox_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

func TestSealedSecret(t *testing.T) {
	s := start(t)
	token, path, value := s.Tokens().GitHub, secretsPath+"/openai_API_key", marker()
	s.SetClock(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC))
	want(t, s, 404, token, "GET", path, nil)
	want(t, s, 201, token, "PUT", path, seal(t, s, value, "private"))
	s.Advance(time.Hour)
	want(t, s, 204, token, "PUT", path, seal(t, s, value, "private"))

	got := want(t, s, 200, token, "GET", path, nil).json(t)
	if diff := cmp.Diff(map[string]any{
		"name": "OPENAI_API_KEY", "visibility": "private",
		"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T04:04:05Z",
	}, got); diff != "" {
		t.Errorf("secret (-want +got):\n%s", diff)
	}
	if stored, _, ok := s.Secret("OPENAI_API_KEY"); !ok || stored != value {
		t.Error("the value did not arrive")
	}
	want(t, s, 204, token, "DELETE", path, nil)
	want(t, s, 404, token, "DELETE", path, nil)
}

func TestRefusedSecrets(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name, secret string
		change       func(map[string]any)
	}{
		{"leading digit", "1KEY", nil},
		{"dash", "A-KEY", nil},
		{"prefix", "GITHUB_KEY", nil},
		{"prefix in small letters", "github_key", nil},
		{"unknown visibility", "KEY", func(b map[string]any) { b["visibility"] = "public" }},
		{"key id of another key", "KEY", func(b map[string]any) { b["key_id"] = "1" }},
		{"not sealed", "KEY", func(b map[string]any) { b["encrypted_value"] = base64.StdEncoding.EncodeToString([]byte("clear")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := seal(t, s, marker(), "all")
			if c.change != nil {
				c.change(body)
			}
			want(t, s, 422, s.Tokens().GitHub, "PUT", secretsPath+"/"+c.secret, body)
		})
	}
	want(t, s, 422, s.Tokens().GitHub, "PUT", secretsPath+"/LONG", seal(t, s, strings.Repeat("x", 48<<10+1), "all"))
	want(t, s, 201, s.Tokens().GitHub, "PUT", secretsPath+"/LONG", seal(t, s, strings.Repeat("x", 48<<10), "all"))
	if got := slices.Sorted(maps.Keys(s.Secrets())); !slices.Equal(got, []string{"LONG"}) {
		t.Errorf("stored: %v", got)
	}
}

func TestSecretLimitAndPages(t *testing.T) {
	s := start(t)
	for i := range 1000 {
		if err := s.SetSecret(fmt.Sprintf("S%04d", i), "v", "all"); err != nil {
			t.Fatal(err)
		}
	}
	if s.SetSecret("ONE_TOO_MANY", "v", "all") == nil {
		t.Error("a thousand and one secrets are accepted")
	}
	if err := s.SetSecret("S0000", "w", "all"); err != nil {
		t.Errorf("replacing at the limit: %v", err)
	}
	path, seen := secretsPath+"?per_page=100", 0
	for path != "" {
		a := want(t, s, 200, s.Tokens().GitHub, "GET", path, nil)
		seen += len(a.json(t)["secrets"].([]any))
		path = next(a.header.Get("Link"), s.URL())
	}
	if seen != 1000 {
		t.Errorf("the pages hold %d secrets", seen)
	}
	if got := len(s.Requests()); got != 10 {
		t.Errorf("%d requests for ten pages", got)
	}
	if got := len(s.JobEnvironment()); got != 100 {
		t.Errorf("a job receives %d secrets", got)
	}
}

func next(link, url string) string {
	for part := range strings.SplitSeq(link, ", ") {
		if at, ok := strings.CutSuffix(part, `>; rel="next"`); ok {
			return strings.TrimPrefix(at, "<"+url)
		}
	}
	return ""
}

func TestVisibility(t *testing.T) {
	s := start(t)
	token, path := s.Tokens().GitHub, secretsPath+"/KEY"
	s.SetClock(time.Unix(1_800_000_000, 0))
	want(t, s, 201, token, "PUT", path, seal(t, s, marker(), "selected", sandbox.RepositoryID))
	if got := want(t, s, 200, token, "GET", path+"/repositories", nil).json(t)["total_count"]; got != 1.0 {
		t.Errorf("%v repositories, want 1", got)
	}
	if _, ok := s.JobEnvironment()["KEY"]; !ok {
		t.Error("a selected repository does not receive the secret")
	}
	// A PUT that does not name them clears the list.
	want(t, s, 204, token, "PUT", path, seal(t, s, marker(), "selected"))
	if _, ok := s.JobEnvironment()["KEY"]; ok {
		t.Error("the allow list was not cleared")
	}
	if got := want(t, s, 200, token, "GET", repoPath+"/actions/organization-secrets", nil).json(t)["total_count"]; got != 0.0 {
		t.Errorf("the repository may read %v secrets", got)
	}
	s.Advance(time.Minute)
	want(t, s, 204, token, "PUT", path+"/repositories", map[string]any{"selected_repository_ids": []int64{sandbox.RepositoryID}})
	_, info, _ := s.Secret("KEY")
	if want := s.Now(); !info.UpdatedAt.Equal(want) {
		t.Errorf("updated at %v after a change of access, want %v", info.UpdatedAt, want)
	}
	if err := s.SetVisibility("key", "all"); err != nil {
		t.Fatal(err)
	}
	want(t, s, 409, token, "PUT", path+"/repositories", map[string]any{})
}

func TestShadowing(t *testing.T) {
	s := start(t)
	organization, repository := marker(), marker()
	if err := s.SetSecret("KEY", organization, "all"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRepositorySecret("key", repository); err != nil {
		t.Fatal(err)
	}
	if s.JobEnvironment()["KEY"] != repository {
		t.Error("the repository's secret does not shadow the organization's")
	}
	got := want(t, s, 200, s.Tokens().GitHubReader, "GET", repoPath+"/actions/secrets", nil).json(t)
	if got["total_count"] != 1.0 {
		t.Errorf("repository secrets: %v", got)
	}
	s.DeleteRepositorySecret("KEY")
	if s.JobEnvironment()["KEY"] != organization {
		t.Error("the organization's secret does not come back")
	}
}

func TestContents(t *testing.T) {
	s := start(t)
	token, path := s.Tokens().GitHub, repoPath+"/contents/.github/workflows/sync.yml"
	text := strings.Repeat("on: push # ü\n", 20)
	put := func(text, sha, message string) map[string]any {
		return map[string]any{"message": message, "sha": sha, "content": base64.StdEncoding.EncodeToString([]byte(text)), "branch": "main"}
	}
	want(t, s, 404, token, "GET", path+"?ref=main", nil)
	want(t, s, 409, token, "PUT", path, put(text, strings.Repeat("0", 40), "add"))
	created := want(t, s, 201, token, "PUT", path, put(text, "", "add")).json(t)
	got := want(t, s, 200, token, "GET", path+"?ref=main", nil).json(t)
	raw, err := base64.StdEncoding.DecodeString(got["content"].(string))
	if err != nil || string(raw) != text {
		t.Errorf("content came back as %q (%v)", raw, err)
	}
	if !strings.HasSuffix(got["url"].(string), "?ref=main") {
		t.Errorf("url %v carries no ref", got["url"])
	}
	sha := got["sha"].(string)
	want(t, s, 422, token, "PUT", path, put("x", "", "no sha"))
	want(t, s, 409, token, "PUT", path, put("x", strings.Repeat("0", 40), "wrong sha"))
	want(t, s, 404, token, "PUT", path, map[string]any{"message": "m", "content": "", "sha": sha, "branch": "other"})
	want(t, s, 200, token, "PUT", path, put("x", sha, "change"))

	first := created["commit"].(map[string]any)["sha"].(string)
	commit := want(t, s, 200, token, "GET", repoPath+"/commits/"+first, nil).json(t)
	file := commit["files"].([]any)[0].(map[string]any)
	if file["filename"] != ".github/workflows/sync.yml" || file["status"] != "added" {
		t.Errorf("the first commit touched %v", file)
	}
	want(t, s, 422, token, "GET", repoPath+"/commits/"+strings.Repeat("0", 40), nil)

	now := want(t, s, 200, token, "GET", path, nil).json(t)["sha"]
	want(t, s, 422, token, "DELETE", path, map[string]any{"message": "gone"})
	want(t, s, 200, token, "DELETE", path, map[string]any{"message": "gone", "sha": now})
	want(t, s, 404, token, "DELETE", path, map[string]any{"message": "gone", "sha": now})
	want(t, s, 200, token, "GET", path+"?ref="+first, nil)

	var messages []string
	for _, c := range s.Commits(".github/workflows/sync.yml") {
		messages = append(messages, c.Message+" by "+c.Author)
	}
	if diff := cmp.Diff([]string{"gone by pipeline", "change by pipeline", "add by pipeline"}, messages); diff != "" {
		t.Errorf("commits (-want +got):\n%s", diff)
	}
}

func TestHandEditsOfFiles(t *testing.T) {
	s := start(t)
	s.WriteFile("docs/a.md", "a\n", "maria")
	if text, ok := s.File("docs/a.md"); !ok || text != "a\n" {
		t.Errorf("file is %q, %v", text, ok)
	}
	if c := s.Commits("docs/a.md"); len(c) != 1 || c[0].Author != "maria" {
		t.Errorf("commits: %+v", c)
	}
	if !s.RemoveFile("docs/a.md", "maria") || s.RemoveFile("docs/a.md", "maria") {
		t.Error("a file can be removed once")
	}
}

func TestSecretsByHand(t *testing.T) {
	s := start(t)
	if s.SetVisibility("KEY", "all") == nil {
		t.Error("a secret that does not exist gets a visibility")
	}
	if s.SetRepositorySecret("GITHUB_KEY", "v") == nil {
		t.Error("GITHUB_KEY is accepted in the repository")
	}
	if err := s.SetSecret("key", "v", "all"); err != nil {
		t.Fatal(err)
	}
	if !s.DeleteSecret("Key") || s.DeleteSecret("KEY") {
		t.Error("a secret can be deleted once")
	}
	if _, _, ok := s.Secret("KEY"); ok {
		t.Error("a deleted secret is still there")
	}
}

// The provider looks through the commits of a file it does not know.
func TestCommitsOfFile(t *testing.T) {
	s := start(t)
	s.WriteFile("a", "1", "maria")
	s.WriteFile("b", "1", "maria")
	second := s.WriteFile("a", "2", "jonas")
	a := want(t, s, 200, s.Tokens().GitHub, "GET", repoPath+"/commits?path=a&sha=main&per_page=1", nil)
	var list []struct {
		SHA    string
		Author struct{ Login string }
		Commit struct{ Message string }
	}
	if err := json.Unmarshal(a.body, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].SHA != second.SHA || list[0].Author.Login != "jonas" || list[0].Commit.Message != "Update a" {
		t.Errorf("commits: %s", a.body)
	}
	if next(a.header.Get("Link"), s.URL()) == "" {
		t.Error("no link to the second page")
	}
	want(t, s, 404, s.Tokens().GitHub, "GET", repoPath+"/commits?sha=other", nil)
}

// git hash-object gives this name to the text.
func TestBlobHash(t *testing.T) {
	s := start(t)
	s.WriteFile("hello", "hello\n", "maria")
	got := want(t, s, 200, s.Tokens().GitHub, "GET", repoPath+"/contents/hello", nil).json(t)["sha"]
	if got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("sha is %v", got)
	}
}

func TestProviderConfiguration(t *testing.T) {
	s := start(t)
	token := s.Tokens().GitHub
	if got := want(t, s, 200, token, "GET", "/api/v3/orgs/Acme", nil).json(t)["login"]; got != "acme" {
		t.Errorf("organization %v", got)
	}
	want(t, s, 404, token, "GET", "/api/v3/orgs/somebody", nil)
	if got := want(t, s, 200, token, "GET", repoPath, nil).json(t)["default_branch"]; got != "main" {
		t.Errorf("default branch %v", got)
	}
	want(t, s, 404, token, "GET", "/api/v3/repos/acme/other", nil)
	want(t, s, 200, token, "GET", repoPath+"/branches/main", nil)
	want(t, s, 404, token, "GET", repoPath+"/branches/other", nil)
	want(t, s, 404, token, "GET", "/api/v3/zen", nil)
}
