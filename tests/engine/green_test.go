package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// manners are those of ESC under which the providers work. The tests of sync have
// them one by one, and the others.
var manners = map[string]sandbox.Manners{
	"kind":                             {},
	"numbers with gaps, newest ETag":   {RevisionStep: 7, VersionETag: "newest", TagPageSize: 1},
	"no description, no ETag":          {RefuseDescription: true, VersionETag: "none"},
	"a short description, short pages": {DescriptionLimit: 200, TagPageSize: 1},
}

// newWorldWith is newWorld with other manners.
func newWorldWith(t *testing.T, m sandbox.Manners, managed ...string) *world {
	t.Helper()
	w := newWorld(t, managed...)
	w.Sandbox.SetManners(m)
	return w
}

// withEach runs a test with each of the manners.
func withEach(t *testing.T, test func(t *testing.T, m sandbox.Manners)) {
	t.Helper()
	for name, m := range manners {
		t.Run(name, func(t *testing.T) { test(t, m) })
	}
}

// red asserts that preview and status say this, and that status exits with 1.
func (w *world) red(want ...string) {
	w.t.Helper()
	w.contains(w.preview(), want...)
	w.contains(w.secretctl(1, "status"), want...)
}

// What a sync could not deliver is reported until it is delivered: applications
// keep reading the old value.
func TestUndeliveredStaysInSight(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		w.set("GH_API_TOKEN", "CHANGEME")
		w.set("LINEAR_API_KEY", marker+"-rotated")
		if err := w.Sandbox.SetVisibility("FIGMA_PAT", "selected"); err != nil {
			t.Fatal(err)
		}
		w.up()
		for range 2 {
			w.sync(1)
			w.clean()
			w.red(`the last sync did not deliver GH_API_TOKEN: a placeholder ("changeme"): allow_placeholder in the catalog if it is real: gh secret set GH_API_TOKEN --org acme --visibility private`,
				"repository platform may not read organization secret FIGMA_PAT: gh api --method PUT /orgs/acme/actions/secrets/FIGMA_PAT/repositories/")
		}
		w.set("GH_API_TOKEN", marker+"-real")
		if err := w.Sandbox.SetVisibility("FIGMA_PAT", "private"); err != nil {
			t.Fatal(err)
		}
		w.settle(0)
		w.secretctl(0, "status")
	})
}

// A job that received no secrets delivers nothing.
func TestPassedNothing(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		before := w.open()
		w.set("GH_API_TOKEN", marker+"-rotated")
		w.up()
		m.FreePlan = true
		w.Sandbox.SetManners(m)
		w.sync(1)
		w.red("repository platform may not read organization secret GH_API_TOKEN")
		w.same(before, w.open())
		m.FreePlan = false
		w.Sandbox.SetManners(m)
		w.settle(0)
		w.secretctl(0, "status")
	})
}

// GitHub shows the date of a write three seconds late. Nobody sees a change that
// was not made, and the value is sent once.
func TestDatesThatLag(t *testing.T) {
	w := newWorldWith(t, sandbox.Manners{DateLag: 3 * time.Second}, "OPENAI_API_KEY")
	w.settle(0)
	w.later()
	w.manage("OPENAI_API_KEY", marker+"-next")
	w.Sandbox.ResetRequests()
	w.settle(0)
	w.settle(0)
	if n := w.writes(); n != 1 {
		t.Errorf("the value was sent %d times", n)
	}
	w.secretctl(0, "status")
}

// The list of secrets is older than the write of the last up, as a replica's may
// be. The date of that write is not taken for that of the next one.
func TestListOlderThanTheLastWrite(t *testing.T) {
	w := newWorldWith(t, sandbox.Manners{FlappingLists: true}, "OPENAI_API_KEY")
	w.settle(0)
	w.later()
	w.manage("OPENAI_API_KEY", marker+"-next")
	w.Sandbox.SetManners(sandbox.Manners{DateLag: 3 * time.Second, FlappingLists: true}) // old comes first
	w.Sandbox.ResetRequests()
	w.settle(0)
	w.settle(0)
	if n := w.writes(); n != 1 {
		t.Errorf("the value was sent %d times", n)
	}
	w.secretctl(0, "status")
}

// writes counts how often the one managed secret was sent.
func (w *world) writes() int {
	n := 0
	for _, r := range w.Sandbox.Requests() {
		if r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/actions/secrets/OPENAI_API_KEY") {
			n++
		}
	}
	return n
}

// The date of a write cannot be read at all. The up succeeds, the sync is started
// all the same, and the next up takes the date over.
func TestDateThatCannotBeRead(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	w.later()
	w.manage("OPENAI_API_KEY", marker+"-next")
	mark, _ := w.Sandbox.File(fixture.MarkPath)
	w.Sandbox.ResetRequests()
	w.Sandbox.SetManners(sandbox.Manners{DateLag: time.Hour})
	remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodGet, Path: "/secrets/OPENAI_API_KEY$", Status: 500, Skip: 2}) // the refreshes of preview and up
	w.up()
	remove()
	if now, _ := w.Sandbox.File(fixture.MarkPath); now != mark {
		t.Errorf("the mark moved without a date:\n%s", now)
	}
	if got := w.Sandbox.Dispatched(); len(got) != 1 || got[0] != "sync_secrets.yml" {
		t.Errorf("started: %v", got)
	}
	w.sync(0)
	if got := w.open()[fixture.RootKey].(map[string]any)["openai_api_key"]; got != marker+"-next" {
		t.Error("the value did not arrive")
	}
	w.settle(0) // GitHub still shows the old date, which is not that of the write
	if now, _ := w.Sandbox.File(fixture.MarkPath); now != mark {
		t.Errorf("the mark moved without a date:\n%s", now)
	}
	w.Sandbox.SetManners(sandbox.Manners{})
	w.settle(0)
	if now, _ := w.Sandbox.File(fixture.MarkPath); now == mark {
		t.Error("the date was not taken over")
	}
	if n := w.writes(); n != 1 {
		t.Errorf("the value was sent %d times", n)
	}
	w.set("OPENAI_API_KEY", marker+"-by-a-person") // the date is known again
	w.drifts("OPENAI_API_KEY was changed in GitHub just now")
}

// Lists that alternate between old and new: one commit, and no value is sent
// twice.
func TestListsThatFlap(t *testing.T) {
	w := newWorldWith(t, sandbox.Manners{FlappingLists: true}, "OPENAI_API_KEY")
	w.settle(0)
	before := w.marks()
	w.set("GH_API_TOKEN", marker+"-rotated")
	w.later()
	w.manage("OPENAI_API_KEY", marker+"-next")
	w.Sandbox.ResetRequests()
	for range 4 {
		w.later()
		w.up()
		w.sync(0)
		w.preview()
	}
	if n := w.marks() - before; n < 1 || n > 2 { // at most one for each of the two changes
		t.Errorf("%d commits of the mark", n)
	}
	if n := w.writes(); n != 1 {
		t.Errorf("the value was sent %d times", n)
	}
	w.clean()
	w.quiet()
}

// A repeated run has the checkout and the secrets of its first attempt.
func TestOlderCheckout(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		old, _ := w.Sandbox.File(fixture.MarkPath)
		value, _, _ := w.Sandbox.Secret("GH_API_TOKEN")
		w.set("GH_API_TOKEN", marker+"-rotated")
		w.settle(0)
		after := w.open()
		mark, _ := w.Sandbox.File(fixture.MarkPath)
		w.Sandbox.WriteFile(fixture.MarkPath, old, "a run of then")
		w.set("GH_API_TOKEN", value)
		w.contains(w.sync(3), "the mark of this checkout has serial 1, the store was synced with serial 2: nothing was written", "hint: git pull")
		w.same(after, w.open())
		w.Sandbox.WriteFile(fixture.MarkPath, mark, "ana")
		w.settle(0) // the person who set the old value gets it
	})
}

// A renamed key: the old one serves the same value while it is listed, and is
// removed when it is retired. Undeclared keys stay and are not a finding.
func TestRenamedKey(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		values := func() map[string]any { return w.open()[fixture.RootKey].(map[string]any) }
		value := values()["vercel_api_token"]
		w.edit("key: vercel_api_token", "key: [vercel_token, vercel_api_token]")
		w.drifts("RepositoryFile mark")
		w.settle(0)
		if now := values(); now["vercel_token"] != value || now["vercel_api_token"] != value {
			t.Error("the two keys do not serve the same value")
		}
		w.edit("key: [vercel_token, vercel_api_token]", "key: vercel_token")
		w.edit("secrets:\n", "retired: [vercel_api_token]\nsecrets:\n")
		w.settle(0)
		if now := values(); now["vercel_token"] != value || now["vercel_api_token"] != nil {
			t.Error("the retired key is served")
		}
		text, _, _ := w.Sandbox.Definition(storeName)
		if err := w.Sandbox.SetDefinition(storeName, strings.Replace(text, "  app:\n", "  app:\n    by_hand: x\n", 1), "ana"); err != nil {
			t.Fatal(err)
		}
		w.drifts("not by sync: pulumi up")
		w.settle(0)
		if values()["by_hand"] != "x" {
			t.Error("a key that nobody declared was removed")
		}
		w.secretctl(0, "status")
	})
}

// A sync from a catalog other than the one that up declared is not green.
func TestCatalogThatWasNotPushed(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		path := filepath.Join(w.Dir, "catalog.yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(text), "key: vercel_api_token", "key: vercel_token", 1)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		w.red("the catalog has changed since the last sync: pulumi up")
		w.up()
		w.contains(w.sync(1), "the catalog of this checkout is not the one that the last up declared")
		w.red("the catalog has changed since the last sync: git push")
		if err := w.Push(); err != nil {
			t.Fatal(err)
		}
		w.settle(0)
		w.secretctl(0, "status")
		if w.open()[fixture.RootKey].(map[string]any)["vercel_token"] == nil {
			t.Error("the new key does not exist")
		}
		w.edit("key: vercel_token", "key: vercel_key") // pushed before the up
		w.contains(w.sync(1), "the catalog of this checkout is not the one that the last up declared")
		w.drifts("RepositoryFile mark")
		w.contains(w.secretctl(1, "status"), fixture.MarkPath+" differs from what is declared: pulumi up")
		w.settle(0)
	})
}

// The newest secret is deleted, then others are rotated: each has its own date.
func TestNewestSecretDeleted(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		w.set("GH_API_TOKEN", marker+"-newest")
		w.settle(0)
		w.Sandbox.DeleteSecret("GH_API_TOKEN")
		w.set("LINEAR_API_KEY", marker+"-rotated")
		w.up()
		w.sync(1) // one is missing
		if got := w.open()[fixture.RootKey].(map[string]any)["linear_api_key"]; got != marker+"-rotated" {
			t.Error("the rotated value did not arrive")
		}
		w.clean()
		w.contains(w.secretctl(1, "status"), "organization secret GH_API_TOKEN is missing")
		if out := w.preview(); strings.Contains(out, "not synced") {
			t.Errorf("something is stale:\n%s", out)
		}
	})
}

// The store is rolled back two revisions: exactly the keys that differ are stale,
// and one sync heals.
func TestStoreRolledBack(t *testing.T) {
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		w := newWorldWith(t, m)
		w.settle(0)
		old, _, _ := w.Sandbox.Definition(storeName)
		for _, name := range []string{"GH_API_TOKEN", "LINEAR_API_KEY"} {
			w.set(name, marker+"-rotated")
			w.settle(0)
		}
		before := w.open()
		if err := w.Sandbox.SetDefinition(storeName, old, "ana"); err != nil {
			t.Fatal(err)
		}
		out := w.secretctl(1, "status")
		w.contains(out, "GH_API_TOKEN was changed in GitHub", "LINEAR_API_KEY was changed in GitHub", "was written by ana")
		if n := strings.Count(out, "is not synced yet"); n != 2 {
			t.Errorf("%d are stale:\n%s", n, out)
		}
		w.settle(1) // it names the revision that it overwrites
		w.same(before, w.open())
	})
}

// A stack of the first edition goes on: the mark changes its form, the next sync
// records, and nothing else happens.
func TestFirstEditionGoesOn(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	before := w.open()
	text, _, _ := w.Sandbox.Definition(storeName)
	values := text[strings.Index(text, "values:"):]
	if err := w.Sandbox.SetDefinition(storeName, "# The values of the secret pipeline: secretctl sync writes them.\n"+values, "pipeline"); err != nil {
		t.Fatal(err)
	}
	_, revision, _ := w.Sandbox.Definition(storeName)
	w.post(storeName+"/versions/tags", fmt.Sprintf(`{"name":"synced","revision":%d}`, revision))
	now := w.Sandbox.Now().UTC().Format(time.RFC3339)
	w.post(storeName+"/tags", `{"name":"mark","value":"`+now+`"}`)
	w.Sandbox.WriteFile(fixture.MarkPath, "# Generated by sophia-secrets: do not edit. The push of a new date starts the sync.\ndate: "+now+"\nstore: x\nnames: []\n", "pipeline")

	w.drifts("RepositoryFile mark", "update")
	out := w.preview()
	for line := range strings.Lines(out) {
		if strings.Contains(line, "warning:") || strings.Contains(line, "[diff:") && !strings.Contains(line, "RepositoryFile mark") && !strings.Contains(line, "refresh") {
			t.Errorf("the first preview says more than the mark:\n%s", out)
			break
		}
	}
	w.contains(w.secretctl(1, "status"), fixture.MarkPath+" has the form of an older version: pulumi up")
	w.settle(0)
	w.same(before, w.open())
	w.secretctl(0, "status")
}

// post sends what the first edition sent to ESC.
func (w *world) post(path, body string) {
	w.t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.Sandbox.PulumiURL()+"/api/esc/environments/"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	q.Header.Set("Authorization", "token "+w.Sandbox.Tokens().Pulumi)
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode >= 300 {
		w.t.Fatalf("POST %s: %s", path, r.Status)
	}
}

// One rotated secret is one changed line in the diff of the mark.
func TestDiffOfTheMark(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.set("GH_API_TOKEN", marker+"-rotated")
	var out strings.Builder
	if _, err := w.Stack.Preview(context.Background(), optpreview.Diff(), optpreview.ProgressStreams(&out), optpreview.ErrorProgressStreams(io.Discard)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSpace(line); strings.Contains(line, "organization/") && strings.ContainsAny(line[:1], "+-~") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "GH_API_TOKEN") {
		t.Errorf("%d lines: %v\n%s", len(lines), lines, out.String())
	}
}
