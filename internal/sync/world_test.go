package sync_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
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

// manners are the ways in which the service may answer where its documents are
// silent. Important tests run with each.
var manners = map[string]sandbox.Manners{
	"kind":                     {},
	"numbers with gaps":        {RevisionStep: 7},
	"no revision in answers":   {NoRevisionHeader: true},
	"no description":           {RefuseDescription: true},
	"a short description only": {DescriptionLimit: 200},
	"newest ETag by version":   {VersionETag: "newest"},
	"no ETag by version":       {VersionETag: "none"},
}

// withEach runs a test with each of the manners.
func withEach(t *testing.T, test func(t *testing.T, m sandbox.Manners)) {
	for name, m := range manners {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, m)
		})
	}
}

// newWorld makes a store without values and a catalog of n secrets, S0 and on.
func newWorld(t testing.TB, n int) *world { return newWorldWith(t, n, sandbox.Manners{}) }

func newWorldWith(t testing.TB, n int, m sandbox.Manners) *world {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{Manners: m})
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
		ESC:         esc.New(esc.Options{APIURL: box.PulumiURL(), Token: secrets.NewValue(box.Tokens().Pulumi)}),
		Environment: name, RootKey: root, Catalog: catalog(n),
		Lookup: func(name string) (string, bool) { text, ok := w.job[name]; return text, ok },
	}
	for _, name := range []string{w.store(), name.String()} {
		if err := box.CreateEnvironment(name, "pulumi"); err != nil {
			t.Fatal(err)
		}
	}
	w.edit(store.Seed(root), "pulumi")
	if err := box.SetDefinition(name.String(), store.EnvironmentText(name.Store()), "pulumi"); err != nil {
		t.Fatal(err)
	}
	w.mark(1, noon)
	return w
}

// mark commits what up would: every secret was set at this time.
func (w *world) mark(serial int, at time.Time) { w.sync.Mark = newMark(w.sync.Catalog, serial, at) }

func newMark(c *secrets.Catalog, serial int, at time.Time) *workflow.Mark {
	m := &workflow.Mark{Serial: serial, Catalog: c.Digest(), Sources: workflow.Sources{}}
	for _, name := range c.Sources() {
		m.Sources[workflow.Source{Level: workflow.Organization, Name: name}] = at.Format(time.RFC3339)
	}
	return m
}

// record is the record in the store.
func (w *world) record() store.Record {
	w.Helper()
	record, ok := store.ReadRecord(w.text())
	if !ok {
		w.Fatalf("the store has no record:\n%s", w.text())
	}
	return record
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

func (w *world) store() string { return w.sync.Environment.Store().String() }

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

// edit replaces the store's definition, as a person.
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

// checkRecord asserts that the newest revision is recognised as sync's, and that
// its record lists all of the mark as delivered.
func (w *world) checkRecord() {
	w.Helper()
	record := w.record()
	if diff := cmp.Diff(w.sync.Mark.Sources, record.Delivered); diff != "" || record.Serial != w.sync.Mark.Serial || len(record.Undelivered) > 0 {
		w.Errorf("record %+v (-mark +delivered):\n%s", record, diff)
	}
	state, err := store.Observe(context.Background(), w.sync.ESC, w.sync.Environment.Store())
	if edit, ok := state.HandEdit(); ok || err != nil {
		w.Errorf("revision %d is taken for a hand edit: %v", edit.Number, err)
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

// verdicts are the verdicts of a report by key.
func verdicts(r sync.Report) map[string]sync.Verdict {
	m := map[string]sync.Verdict{}
	for _, row := range r.Secrets {
		m[row.Key] = row.Verdict
	}
	return m
}
