package engine

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// later moves the sandbox's clock: GitHub's dates have a resolution of a second.
func (w *world) later() { w.Sandbox.Advance(2 * time.Second) }

// set is a person who changes a secret in GitHub.
func (w *world) set(name, value string) {
	w.t.Helper()
	w.later()
	if err := w.Sandbox.SetSecret(name, value, "private"); err != nil {
		w.t.Fatal(err)
	}
}

// settle runs the loop: up commits the mark, its push starts the sync, and the
// next preview is clean.
func (w *world) settle(syncExits int) {
	w.t.Helper()
	w.later()
	w.up()
	w.sync(syncExits)
	w.clean()
	w.quiet()
}

// quiet asserts that a preview reports no finding. That the provider will drop a
// property is not one.
func (w *world) quiet() {
	w.t.Helper()
	out := w.preview()
	for l := range strings.Lines(out) {
		if strings.Contains(l, "warning:") && !strings.Contains(l, `verification warning: property "selectedRepositoryIds" is deprecated`) {
			w.t.Errorf("the preview still warns:\n%s", out)
		}
	}
}

func (w *world) marks() int { return len(w.Sandbox.Commits(fixture.MarkPath)) }

func TestChangeInGitHubReachesTheStore(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.set("GH_API_TOKEN", marker+"-rotated")
	w.drifts("Secret (GITHUB_TOKEN)", "GH_API_TOKEN was changed in GitHub just now and is not synced yet: pulumi up", "RepositoryFile mark", "update")
	w.later()
	w.up()
	// A sync that failed leaves the mark unrecorded, and that is seen.
	w.contains(w.preview(), "is not synced yet: gh workflow run sync_secrets.yml")
	w.clean()
	w.sync(0)
	w.clean()
	w.quiet()
	if got := w.open()["app"].(map[string]any)["github_token"]; got != marker+"-rotated" {
		t.Error("the new value did not arrive")
	}
}

// A change of access moves the date, too: one sync records it and changes no
// value.
func TestChangeOfAccessCostsOneSync(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	before := w.open()
	revisions := len(w.Sandbox.Revisions(storeName))
	w.later()
	if err := w.Sandbox.SetVisibility("OPENAI_API_KEY", "all"); err != nil {
		t.Fatal(err)
	}
	w.drifts("RepositoryFile mark")
	for range 2 {
		w.settle(0)
	}
	if n := len(w.Sandbox.Revisions(storeName)) - revisions; n != 1 {
		t.Errorf("%d revisions", n)
	}
	w.same(before, w.open())
}

// Ten rounds of everything that moves the mark: no commit and no revision without a
// reason, and the serial never falls.
func TestTenRounds(t *testing.T) {
	withEach(t, tenRounds)
}

func tenRounds(t *testing.T, m sandbox.Manners) {
	w := newWorldWith(t, m, "OPENAI_API_KEY")
	w.settle(0)
	rounds := []struct {
		name                     string
		happens                  func()
		commits, revisions, sync int
	}{
		{"a person sets a secret", func() { w.set("GH_API_TOKEN", marker+"-again") }, 1, 1, 0},
		{"nothing", func() {}, 0, 0, 0},
		{"a hand edit", func() { w.editStore() }, 1, 2, 1},
		{"the newest secret is deleted", func() { w.Sandbox.DeleteSecret("GH_API_TOKEN") }, 0, 1, 1}, // it is recorded
		{"and set again", func() { w.set("GH_API_TOKEN", marker+"-back") }, 1, 1, 0},
	}
	last := 1
	for round := range 10 {
		r := rounds[round%len(rounds)]
		before, revisions := w.marks(), len(w.Sandbox.Revisions(storeName))
		r.happens()
		w.later()
		w.up()
		w.clean()
		if got := w.marks() - before; got != r.commits {
			t.Errorf("round %d, %s: %d commits of the mark, want %d", round, r.name, got, r.commits)
		}
		w.sync(r.sync)
		w.clean()
		if got := len(w.Sandbox.Revisions(storeName)) - revisions; got != r.revisions {
			t.Errorf("round %d, %s: %d revisions of the store, want %d", round, r.name, got, r.revisions)
		}
		text, _ := w.Sandbox.File(fixture.MarkPath)
		mark, err := workflow.ParseMark([]byte(text))
		if err != nil || mark.Serial != last+r.commits {
			t.Errorf("round %d, %s: the serial went from %d to %d, %v", round, r.name, last, mark.Serial, err)
		}
		last = mark.Serial
	}
}

// editStore edits the store by hand, as ana: one value changes.
func (w *world) editStore() {
	w.t.Helper()
	w.later()
	text, _, _ := w.Sandbox.Definition(storeName)
	edited := storedValue.ReplaceAllString(text, "    openai_api_key:\n      fn::secret: "+marker+"-by-hand\n")
	if edited == text {
		w.t.Fatalf("the store has no openai_api_key:\n%s", text)
	}
	if err := w.Sandbox.SetDefinition(storeName, edited, "ana"); err != nil {
		w.t.Fatal(err)
	}
}

var storedValue = regexp.MustCompile(`(?m)^    openai_api_key:\n(      .*\n)+`)

func TestStoreEditedByHand(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	before := w.open()
	w.editStore()
	w.drifts("store revision", "was written by ana just now, not by sync: pulumi up", "RepositoryFile mark")
	w.settle(1) // the sync that overwrites a hand edit says so
	w.same(before, w.open())
	commits := w.marks()
	w.up()
	w.clean()
	if w.marks() != commits {
		t.Error("the mark was committed again")
	}
}

func TestManagedValueChangedInGitHub(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY")
	w.settle(0)
	configured, _, _ := w.Sandbox.Secret("OPENAI_API_KEY")
	w.set("OPENAI_API_KEY", marker+"-by-a-person")
	w.drifts("Secret (OPENAI_API_KEY)", "organization secret OPENAI_API_KEY was changed in GitHub just now, and up sets the configured value again; to keep the new one: pulumi config rm --path values.OPENAI_API_KEY")
	w.later()
	w.Sandbox.ResetRequests()
	w.up()
	if now, _, _ := w.Sandbox.Secret("OPENAI_API_KEY"); now != configured {
		t.Error("the configured value is not back")
	}
	w.up()
	puts := 0
	for _, r := range w.Sandbox.Requests() {
		if strings.HasSuffix(r.Path, "/actions/secrets/OPENAI_API_KEY") {
			switch r.Method {
			case "PUT":
				puts++
			case "DELETE":
				t.Error("the secret was deleted on the way")
			}
		}
	}
	if puts != 1 {
		t.Errorf("the value was sent %d times", puts)
	}
	w.sync(0)
	w.clean()
	w.quiet()
}

// A rotation by a person is kept by handing the secret back to people.
func TestRotationByAPersonIsKept(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY", "GITHUB_TOKEN")
	w.settle(0)
	w.set("OPENAI_API_KEY", marker+"-by-a-person")
	if err := w.Unmanage(context.Background(), "OPENAI_API_KEY"); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
	if now, _, ok := w.Sandbox.Secret("OPENAI_API_KEY"); !ok || now != marker+"-by-a-person" {
		t.Error("the person's value was not kept")
	}
	if got := w.open()["app"].(map[string]any)["openai_api_key"]; got != marker+"-by-a-person" {
		t.Error("the person's value did not arrive")
	}
}

// And the other way round: a value for a secret that people set.
func TestAdoptedSecretBecomesManaged(t *testing.T) {
	w := newWorld(t)
	w.settle(0)
	w.later()
	if err := w.Manage(context.Background(), map[string]secrets.Value{"OPENAI_API_KEY": secrets.NewValue(marker + "-configured")}); err != nil {
		t.Fatal(err)
	}
	w.drifts("ActionsOrganizationSecret OPENAI_API_KEY", "create")
	w.settle(0)
	if now, _, _ := w.Sandbox.Secret("OPENAI_API_KEY"); now != marker+"-configured" {
		t.Error("the configured value is not there")
	}
}
