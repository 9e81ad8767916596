package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// The whole life of an environment through the SDK that the project uses.
func TestEnvironmentThroughSDK(t *testing.T) {
	s := start(t)
	ctx, c := escClient(s, s.Tokens().Pulumi)
	const org, project, env = "acme-cloud", "default", "production-store"
	value := marker()
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	check("creating", c.CreateEnvironment(ctx, org, project, env))
	if err := c.CreateEnvironment(ctx, org, project, env); err == nil || !strings.Contains(err.Error(), "409") {
		t.Fatalf("creating twice: %v, want a conflict", err)
	}
	text := "values:\n  sophia:\n    openai_api_key:\n      fn::secret: " + value + "\n"
	_, err := c.CheckEnvironmentYaml(ctx, org, text)
	check("checking", err)
	_, err = c.UpdateEnvironmentYaml(ctx, org, project, env, text)
	check("updating", err)

	_, got, err := c.GetEnvironment(ctx, org, project, env)
	check("getting", err)
	if strings.Contains(got, value) || !strings.Contains(got, "ciphertext") {
		t.Errorf("the definition is not encrypted:\n%s", got)
	}
	_, values, err := c.OpenAndReadEnvironment(ctx, org, project, env)
	check("opening", err)
	if diff := cmp.Diff(map[string]any{"sophia": map[string]any{"openai_api_key": value}}, values); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	opened, err := c.OpenEnvironmentAtVersion(ctx, org, project, env, "2")
	check("opening at a version", err)
	property, one, err := c.ReadEnvironmentProperty(ctx, org, project, env, opened.Id, "sophia.openai_api_key")
	check("reading a property", err)
	if one != value || !property.GetSecret() {
		t.Errorf("property is %v, secret %v", one, property.GetSecret())
	}
	_, clear, err := c.DecryptEnvironment(ctx, org, project, env)
	check("decrypting", err)
	if clear != text {
		t.Errorf("decrypted is %q, want %q", clear, text)
	}

	check("tagging", c.CreateEnvironmentRevisionTag(ctx, org, project, env, "synced", 1))
	check("moving the tag", c.UpdateEnvironmentRevisionTag(ctx, org, project, env, "synced", 2))
	tag, err := c.GetEnvironmentRevisionTag(ctx, org, project, env, "synced")
	check("reading the tag", err)
	if tag.Revision != 2 || tag.GetEditorLogin() != "pipeline" {
		t.Errorf("tag names %d by %s", tag.Revision, tag.GetEditorLogin())
	}
	revisions, err := c.ListEnvironmentRevisions(ctx, org, project, env)
	check("listing revisions", err)
	if len(revisions) != 2 || revisions[0].Number != 2 || revisions[0].GetCreatorLogin() != "pipeline" ||
		!cmp.Equal(revisions[0].Tags, []string{"latest", "synced"}) {
		t.Errorf("revisions: %+v", revisions)
	}
	tags, err := c.ListEnvironmentRevisionTags(ctx, org, project, env)
	check("listing tags", err)
	if len(tags.Tags) != 2 {
		t.Errorf("tags: %+v", tags.Tags)
	}
	check("removing the tag", c.DeleteEnvironmentRevisionTag(ctx, org, project, env, "synced"))

	_, err = c.CreateEnvironmentTag(ctx, org, project, env, "sophia:mark", "one")
	check("creating an environment tag", err)
	_, err = c.UpdateEnvironmentTag(ctx, org, project, env, "sophia:mark", "one", "sophia:mark", "two")
	check("updating the environment tag", err)
	if _, err = c.UpdateEnvironmentTag(ctx, org, project, env, "sophia:mark", "one", "", "three"); err == nil {
		t.Error("an update from a stale value went through")
	}
	list, err := c.ListEnvironmentTags(ctx, org, project, env)
	check("listing environment tags", err)
	mark, err := c.GetEnvironmentTag(ctx, org, project, env, "sophia:mark")
	check("reading the environment tag", err)
	if mark.GetValue() != "two" || len(list.Tags) != 1 || s.EnvironmentTags(store)["sophia:mark"] != "two" {
		t.Errorf("mark is %q of %v", mark.GetValue(), list.Tags)
	}
	check("removing the environment tag", c.DeleteEnvironmentTag(ctx, org, project, env, "sophia:mark"))

	all, err := c.ListEnvironments(ctx, org, nil)
	check("listing", err)
	if len(all.Environments) != 1 || all.Environments[0].Name != env {
		t.Errorf("environments: %+v", all.Environments)
	}
	check("deleting", c.DeleteEnvironment(ctx, org, project, env))
	if _, _, err := c.GetEnvironment(ctx, org, project, env); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("getting what is deleted: %v", err)
	}
}

func TestPatchPrecondition(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values: {a: 1}\n")
	token := s.Tokens().Pulumi
	etag := want(t, s, 200, token, "HEAD", storePath, nil).header.Get("ETag")
	if etag == "" {
		t.Fatal("HEAD answers no ETag")
	}
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"ETag of another revision", []string{"ETag", `"other"`}, 409},
		{"If-Match of another revision", []string{"If-Match", `"other"`}, 409},
		{"If-Match without quotes", []string{"If-Match", strings.Trim(etag, `"`)}, 200},
		{"ETag of the revision before", []string{"ETag", etag}, 409},
		{"no precondition", nil, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			want(t, s, c.status, token, "PATCH", storePath, "values: {a: 1}\n", c.header...)
		})
	}
	// Two writes have the same text: each is a revision all the same.
	if got := len(s.Revisions(store)); got != 4 {
		t.Errorf("%d revisions, want 4", got)
	}
}

func TestRefusedDefinitions(t *testing.T) {
	s := start(t)
	makeStore(t, s, "values:\n  mine:\n    fn::secret: "+marker()+"\n")
	if err := s.CreateEnvironment(environment, "maria"); err != nil {
		t.Fatal(err)
	}
	other, _, _ := s.Definition(store)
	for _, c := range []struct{ name, text string }{
		{"no YAML", "values: [\n"},
		{"unknown import", "imports: [default/nothing]\nvalues: {}\n"},
		{"reference to a missing key", "values: {a: '${b}'}\n"},
		{"interpolated secret", "values:\n  a:\n    fn::secret: x${y}\n"},
		{"ciphertext nobody made", "values:\n  a:\n    fn::secret:\n      ciphertext: ZXNjeAAAAAEAAAAAAAAAAAA=\n"},
		{"ciphertext of another environment", other},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := want(t, s, 400, s.Tokens().Pulumi, "PATCH", "/api/esc/environments/"+environment, c.text)
			if list, _ := a.json(t)["diagnostics"].([]any); len(list) == 0 {
				t.Errorf("no diagnostics in %s", a.body)
			}
			if err := s.SetDefinition(environment, c.text, "maria"); err == nil {
				t.Error("SetDefinition accepts it")
			}
		})
	}
	if got := len(s.Revisions(environment)); got != 1 {
		t.Errorf("%d revisions, want the first alone", got)
	}
}

// Nothing at rest holds a value, in any encoding, and ciphertext that is sent
// back is kept to the letter.
func TestSecretsAtRest(t *testing.T) {
	s := start(t)
	values := map[string]string{}
	text := "values:\n  sophia:\n"
	for _, key := range []string{"one", "two", "three"} {
		values[key] = marker()
		text += "    " + key + ":\n      fn::secret: " + values[key] + "\n"
	}
	makeStore(t, s, text)
	first, _, _ := s.Definition(store)
	if err := s.SetDefinition(store, first, "maria"); err != nil {
		t.Fatal(err)
	}
	second, number, _ := s.Definition(store)
	if first != second || number != 3 {
		t.Errorf("revision %d differs from what was sent back:\n%s", number, cmp.Diff(first, second))
	}
	for _, r := range s.Revisions(store) {
		for key, value := range values {
			if strings.Contains(r.Text, value) {
				t.Errorf("revision %d holds the value of %s", r.Number, key)
			}
		}
	}
	opened, err := s.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range values {
		if opened["sophia"].(map[string]any)[key] != value {
			t.Errorf("%s is not what was stored", key)
		}
	}
}

// The environment imports the store, and an empty store does not break it.
func TestImports(t *testing.T) {
	s := start(t)
	value := marker()
	if err := s.CreateEnvironment(store, "maria"); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateEnvironment(environment, "maria"); err != nil {
		t.Fatal(err)
	}
	imports := "imports:\n  - default/production-store\n"
	if err := s.SetDefinition(environment, imports, "maria"); err != nil {
		t.Fatal(err)
	}
	if opened, err := s.Open(environment); err != nil || len(opened) != 0 {
		t.Errorf("over an empty store: %v, %v", opened, err)
	}
	if err := s.SetDefinition(store, "values:\n  sophia:\n    a:\n      fn::secret: "+value+"\n", "maria"); err != nil {
		t.Fatal(err)
	}
	opened, err := s.Open(environment)
	if diff := cmp.Diff(map[string]any{"sophia": map[string]any{"a": value}}, opened); err != nil || diff != "" {
		t.Errorf("over the store: %v (-want +got):\n%s", err, diff)
	}
	if got, _, _ := s.Definition(environment); got != imports {
		t.Errorf("a definition without secrets comes back as %q", got)
	}
}

func TestMetadataAndVersions(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	makeStore(t, s, "values: {a: 1}\n")
	id := want(t, s, 200, token, "GET", storePath+"/metadata", nil).json(t)["id"]
	s.DeleteEnvironment(store)
	makeStore(t, s, "values: {a: 1}\n")
	if anew := want(t, s, 200, token, "GET", storePath+"/metadata", nil).json(t)["id"]; id == anew {
		t.Error("an environment created anew keeps its id")
	}
	for range 3 {
		want(t, s, 200, token, "PATCH", storePath, "values: {a: 2}\n")
	}
	var versions []struct{ Number int }
	if err := json.Unmarshal(want(t, s, 200, token, "GET", storePath+"/versions?before=4&count=2", nil).body, &versions); err != nil {
		t.Fatal(err)
	}
	if len(versions) != 2 || versions[0].Number != 3 || versions[1].Number != 2 {
		t.Errorf("versions before 4, two of them: %v", versions)
	}
	if a := want(t, s, 200, token, "GET", storePath+"/versions/2", nil); a.header.Get("Pulumi-ESC-Revision") != "2" || string(a.body) != "values: {a: 1}\n" {
		t.Errorf("version 2 is %q, revision %s", a.body, a.header.Get("Pulumi-ESC-Revision"))
	}
	want(t, s, 404, token, "GET", storePath+"/versions/9", nil)
	want(t, s, 404, token, "GET", storePath+"/versions/nothing", nil)
	want(t, s, 400, token, "PATCH", storePath+"/versions/tags/latest", map[string]int{"revision": 1})
	if got := want(t, s, 200, token, "GET", storePath+"/versions/tags/latest", nil).json(t)["revision"]; got != 5.0 {
		t.Errorf("latest is %v", got)
	}
}

// A tag cannot be created twice; one that does not exist cannot be read, moved or
// removed; no tag can name a missing revision.
func TestRefusedTags(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	makeStore(t, s, "values: {a: 1}\n")
	revision := func(name string, number int) any { return map[string]any{"name": name, "revision": number} }
	want(t, s, 204, token, "POST", storePath+"/versions/tags", map[string]any{"name": "here"})
	want(t, s, 200, token, "POST", storePath+"/tags", map[string]string{"name": "mark", "value": "v"})
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"POST", "/versions/tags", revision("here", 1), 409},
		{"POST", "/versions/tags", revision("latest", 1), 409},
		{"POST", "/versions/tags", revision("2nd", 1), 400},
		{"POST", "/versions/tags", revision("", 1), 400},
		{"POST", "/versions/tags", revision("other", 3), 404},
		{"PATCH", "/versions/tags/here", revision("", 3), 404},
		{"PATCH", "/versions/tags/other", revision("", 1), 404},
		{"GET", "/versions/tags/other", nil, 404},
		{"DELETE", "/versions/tags/other", nil, 404},
		{"DELETE", "/versions/tags/latest", nil, 404},
		{"POST", "/tags", map[string]string{"name": "mark", "value": "w"}, 409},
		{"POST", "/tags", "no JSON", 400},
		{"GET", "/tags/other", nil, 404},
		{"PATCH", "/tags/other", map[string]any{}, 404},
		{"PATCH", "/tags/mark", map[string]any{"newTag": map[string]string{"value": "w"}}, 409},
		{"DELETE", "/tags/other", nil, 404},
	} {
		want(t, s, c.status, token, c.method, storePath+c.path, c.body)
	}
	if got := want(t, s, 200, token, "GET", storePath+"/versions/tags/here", nil).json(t)["revision"]; got != 2.0 {
		t.Errorf("a tag without a revision names %v, want the newest", got)
	}
}

// The size that a sync of a thousand secrets writes.
func TestThousandSecrets(t *testing.T) {
	s := start(t)
	var text strings.Builder
	text.WriteString("values:\n  sophia:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "    key_%d:\n      fn::secret: %s\n", i, strings.Repeat("x", 1024))
	}
	makeStore(t, s, text.String())
	opened, err := s.Open(store)
	if err != nil || len(opened["sophia"].(map[string]any)) != 1000 {
		t.Errorf("opened %d keys: %v", len(opened), err)
	}
}

func TestOpenSessions(t *testing.T) {
	s := start(t)
	token := s.Tokens().Pulumi
	makeStore(t, s, "values: {list: [x, {y: z}]}\n")
	id := want(t, s, 200, token, "POST", storePath+"/open?duration=1m0s", nil).json(t)["id"].(string)
	property := func(path string) string { return storePath + "/open//" + id + "?property=" + url.QueryEscape(path) }
	if got := want(t, s, 200, token, "GET", property("list[1].y"), nil).json(t)["value"]; got != "z" {
		t.Errorf("list[1].y is %v", got)
	}
	want(t, s, 404, token, "GET", property("list[7]"), nil)
	want(t, s, 404, token, "GET", property("nothing.at.all"), nil)
	want(t, s, 404, token, "GET", "/api/esc/environments/acme-cloud/default/other/open/"+id, nil)
	s.Advance(2 * 60e9)
	want(t, s, 404, token, "GET", storePath+"/open/"+id, nil)
}

func TestGoMethodsOnEnvironments(t *testing.T) {
	s := start(t)
	if err := s.SetDefinition(store, "values: {}\n", "maria"); !errors.Is(err, sandbox.ErrNoEnvironment) {
		t.Errorf("writing what does not exist: %v", err)
	}
	if _, err := s.Open(store); !errors.Is(err, sandbox.ErrNoEnvironment) {
		t.Errorf("opening what does not exist: %v", err)
	}
	for _, name := range []string{"", "a/b", "other-org/default/x", "acme-cloud/default/a b"} {
		if s.CreateEnvironment(name, "maria") == nil {
			t.Errorf("%q is accepted as a name", name)
		}
	}
	makeStore(t, s, "values: {}\n")
	if err := s.CreateEnvironment(store, "maria"); !errors.Is(err, sandbox.ErrEnvironmentExists) {
		t.Errorf("creating twice: %v", err)
	}
	if r := s.Revisions(store); r[0].Author != "maria" || r[0].Number != 2 || len(r) != 2 {
		t.Errorf("revisions: %+v", r)
	}
}
