package sync_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const root = "sophia"

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// world is a store in a sandbox, and a job with variables.
type world struct {
	testing.TB
	box  *sandbox.Server
	job  map[string]string
	sync sync.Sync
}

// newWorld makes a store without values and a catalog of n secrets, S0 and on.
func newWorld(t testing.TB, n int) *world {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	name, err := secrets.ParseEnvironmentName(fixture.PulumiOrganization + "/default/test")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, box: box, job: map[string]string{}}
	w.sync = sync.Sync{
		ESC:   esc.New(esc.Options{APIURL: box.PulumiURL(), Token: secrets.NewValue(box.Tokens().Pulumi)}),
		Store: name.Store(), RootKey: root, Catalog: catalog(n), Mark: noon,
		Lookup: func(name string) (string, bool) { text, ok := w.job[name]; return text, ok },
	}
	if err := box.CreateEnvironment(w.store(), "pulumi"); err != nil {
		t.Fatal(err)
	}
	w.edit(esc.StoreSeed(root), "pulumi")
	return w
}

func catalog(n int) *secrets.Catalog {
	c := &secrets.Catalog{}
	for i := range n {
		c.Secrets = append(c.Secrets, secrets.Secret{
			Name: fmt.Sprintf("S%d", i), GitHubName: fmt.Sprintf("S%d", i), Key: fmt.Sprintf("s%d", i), Required: true,
		})
	}
	return c
}

func (w *world) store() string { return w.sync.Store.String() }

// set gives the job the value of S<i>.
func (w *world) set(i int, value string) { w.job[fmt.Sprintf("SECRET_S%d", i)] = value }

// fill gives the job a random value for every secret.
func (w *world) fill() {
	for i := range w.sync.Catalog.Secrets {
		w.set(i, rand.Text())
	}
}

func (w *world) run() (sync.Report, error) {
	return w.sync.Run(context.Background())
}

func (w *world) mustRun() sync.Report {
	w.Helper()
	report, err := w.run()
	if err != nil {
		w.Fatalf("syncing: %v", err)
	}
	return report
}

// edit is a person who replaces the store's definition.
func (w *world) edit(text, author string) {
	w.Helper()
	if err := w.box.SetDefinition(w.store(), text, author); err != nil {
		w.Fatal(err)
	}
}

func (w *world) text() string {
	text, _, _ := w.box.Definition(w.store())
	return text
}

// values opens the store with the real evaluator.
func (w *world) values() map[string]any {
	w.Helper()
	opened, err := w.box.Open(w.store())
	if err != nil {
		w.Fatal(err)
	}
	values, _ := opened[root].(map[string]any)
	return values
}

// sent is what the job holds, by key.
func (w *world) sent() map[string]any {
	sent := map[string]any{}
	for name, text := range w.job {
		if text != "" {
			sent[strings.ToLower(strings.TrimPrefix(name, "SECRET_"))] = text
		}
	}
	return sent
}

// revision is the number of the newest revision.
func (w *world) revision() int {
	_, n, _ := w.box.Definition(w.store())
	return n
}

// checkTags asserts that the newest revision is known as ours and the mark as
// seen.
func (w *world) checkTags() {
	w.Helper()
	for _, r := range w.box.Revisions(w.store()) {
		want := r.Number == w.revision()
		if got := strings.Contains(strings.Join(r.Tags, " "), sync.SyncedTag); got != want {
			w.Errorf("revision %d of %d: tags %v", r.Number, w.revision(), r.Tags)
		}
	}
	want := map[string]string{sync.MarkTag: w.sync.Mark.Format(time.RFC3339)}
	if w.sync.Mark.IsZero() {
		want = map[string]string{}
	}
	if diff := cmp.Diff(want, w.box.EnvironmentTags(w.store())); diff != "" {
		w.Errorf("tags of the store (-want +got):\n%s", diff)
	}
}

// sameValues compares without printing a value.
func sameValues(t testing.TB, want, got map[string]any) {
	t.Helper()
	if cmp.Equal(want, got) {
		return
	}
	for key := range want {
		if got[key] != want[key] {
			t.Errorf("key %s: it is there: %v, with the value that was sent: false", key, got[key] != nil)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("key %s is there", key)
		}
	}
}

// verdicts are the rows of a report by key.
func verdicts(r sync.Report) map[string]sync.Verdict {
	m := map[string]sync.Verdict{}
	for _, row := range r.Secrets {
		m[row.Key] = row.Verdict
	}
	return m
}
