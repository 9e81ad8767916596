package sync_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Whatever people do to the store while a sync runs: no key of theirs is dropped,
// nobody is accused of what they did not do, and one more sync makes all right.
func TestStoreChangesWhileSyncing(t *testing.T) {
	changes := map[string]struct {
		change func(w *world, before string)
		keeps  map[string]any // beside the values of the job
		edits  bool           // by eve, which a sync that changes values after it reports
	}{
		"a key is added": {func(w *world, _ string) { w.edit(addKey(w.text(), "hand"), "eve") }, map[string]any{"hand": "typed"}, true},
		"it is edited": {func(w *world, _ string) {
			w.edit(storedS0.ReplaceAllString(w.text(), "    s0: {fn::secret: mine}\n"), "eve")
		}, nil, true},
		"it is rolled back": {func(w *world, before string) { w.edit(before, "eve") }, nil, true},
		"it is deleted and made anew": {func(w *world, _ string) {
			w.box.DeleteEnvironment(w.store())
			if err := w.box.CreateEnvironment(w.store(), "pulumi"); err != nil {
				w.Error(err)
			}
			w.edit(store.Seed(root), "pulumi")
		}, nil, false},
	}
	withEach(t, func(t *testing.T, m sandbox.Manners) {
		for name, tc := range changes {
			for step := range steps {
				if m.NoRevisionHeader && step == write+1 {
					continue // before sync has asked for the number of its revision, which nobody can tell then
				}
				t.Run(fmt.Sprintf("%s after request %d", name, step), func(t *testing.T) {
					w := newWorldWith(t, 2, m)
					w.fill()
					w.mustRun()
					before := w.text()
					w.fill()
					w.mark(2, noon.Add(time.Hour))
					w.mustRun()
					w.fill()
					w.mark(3, noon.Add(2*time.Hour))
					client := w.sync.ESC
					w.sync.ESC = esc.New(esc.Options{APIURL: w.box.PulumiURL(), Token: secrets.NewValue(w.box.Tokens().Pulumi),
						HTTP: &http.Client{Transport: &meddler{func() { tc.change(w, before) }, step}}})
					meddled, err := w.run()
					w.sync.ESC = client
					report := w.mustRun()
					for _, r := range []sync.Report{meddled, report} {
						for _, f := range r.Secrets {
							if f.Finding && f.Note != "replaced the value that stood there before the first sync" || len(r.Problems) > 0 {
								t.Errorf("a finding: %+v, %v", f, r.Problems)
							}
						}
						if r.Overwritten != nil && (!tc.edits || r.Overwritten.Author != "eve") {
							t.Errorf("accused: %+v", r.Overwritten)
						}
					}
					if err != nil && !errors.Is(err, esc.ErrNotFound) {
						t.Errorf("the sync: %v", err)
					}
					want := w.sent()
					maps.Copy(want, tc.keeps)
					sameValues(t, want, w.values())
					w.checkRecord()
				})
			}
		}
	})
}

var storedS0 = regexp.MustCompile(`(?m)^    s0:\n(      .*\n)+`)

// meddler does something after a number of requests.
type meddler struct {
	meddle func()
	left   int
}

func (m *meddler) RoundTrip(q *http.Request) (*http.Response, error) {
	r, err := http.DefaultTransport.RoundTrip(q)
	if m.left--; m.left == -1 {
		m.meddle()
	}
	return r, err
}
