package sync_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sync"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// TestRequests holds sync to its budget: at most 5 requests when nothing changed,
// at most 7 and one revision when something did, tags included.
func TestRequests(t *testing.T) {
	w := newWorld(t, 40)
	for _, step := range []struct {
		name                string
		change              func()
		requests, revisions int
	}{
		{"first sync", w.fill, 7, 1},
		{"no change", func() {}, 5, 0},
		{"every value changed", w.fill, 6, 1},
		{"one value changed", func() { w.set(7, "another") }, 6, 1},
		{"a value changed and the mark moved", func() { w.set(7, "a third"); w.sync.Mark = noon.Add(time.Hour) }, 7, 1},
		{"the mark alone moved", func() { w.sync.Mark = noon.Add(2 * time.Hour) }, 6, 0},
		{"no change again", func() {}, 5, 0},
	} {
		step.change()
		w.box.ResetRequests()
		before := w.revision()
		report := w.mustRun()
		if n := len(w.box.Requests()); n > step.requests {
			t.Errorf("%s: %d requests, at most %d allowed:\n%s", step.name, n, step.requests, trace(w.box.Requests()))
		}
		if n := w.revision() - before; n != step.revisions || report.Written != (n > 0) || report.Revision != w.revision() {
			t.Errorf("%s: %d revisions, want %d; report %+v", step.name, n, step.revisions, report)
		}
		sameValues(t, w.sent(), w.values())
		w.checkTags()
	}
}

func trace(requests []sandbox.Request) string {
	var b strings.Builder
	for _, r := range requests {
		fmt.Fprintf(&b, "  %s %s %d\n", r.Method, r.Path, r.Status)
	}
	return b.String()
}

// What sync does not know stays as it is: other keys, imports, comments, and
// secrets as the ciphertext that they were.
func TestRestStays(t *testing.T) {
	w := newWorld(t, 1)
	if err := w.box.CreateEnvironment("acme-cloud/default/base", "somebody"); err != nil {
		t.Fatal(err)
	}
	w.edit(`# about this store
imports:
  - default/base: {merge: false}
values:
  environmentVariables:
    A: ${text} # used by the old job
  sophia:
    # kept for the old job
    legacy: {fn::secret: kept}
    nested: {list: [1, two, ~]}
  text: |
    two
      lines
`, "somebody")
	before := w.text()
	w.set(0, "value")
	report := w.mustRun()
	want := map[string]sync.Verdict{"s0": sync.Written, "legacy": sync.Unknown, "nested": sync.Unknown}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	var kept []string
	for _, line := range strings.Split(w.text(), "\n") {
		if strings.Contains(before, line) {
			kept = append(kept, line)
		}
	}
	if diff := cmp.Diff(strings.Split(before, "\n"), kept); diff != "" {
		t.Errorf("lines of the definition that are not there any more (-before +after):\n%s", diff)
	}

	w.sync.Prune = true
	report = w.mustRun()
	want = map[string]sync.Verdict{"s0": sync.Unchanged, "legacy": sync.Pruned, "nested": sync.Pruned}
	if diff := cmp.Diff(want, verdicts(report)); diff != "" || report.Findings() != 0 {
		t.Errorf("verdicts with pruning (-want +got):\n%s", diff)
	}
	sameValues(t, w.sent(), w.values())
}

func TestDryRun(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	w.sync.DryRun = true
	before, text := w.revision(), w.text()
	report := w.mustRun()
	if verdicts(report)["s0"] != sync.Written || report.Written || !report.DryRun {
		t.Errorf("report %+v", report)
	}
	if w.revision() != before || w.text() != text || len(w.box.EnvironmentTags(w.store())) > 0 {
		t.Error("a dry run wrote")
	}
	for _, r := range w.box.Requests() {
		if r.Method != "GET" && !strings.HasSuffix(r.Path, "/open") {
			t.Errorf("a dry run sent %s %s", r.Method, r.Path)
		}
	}
}

func TestHandEdits(t *testing.T) {
	w := newWorld(t, 2)
	w.fill()
	if report := w.mustRun(); len(report.Overwritten) != 0 {
		t.Errorf("the first sync overwrote %v", report.Overwritten)
	}
	synced, text := w.revision(), w.text()
	w.edit("values: {sophia: {s0: {fn::secret: mine}, s1: {fn::secret: mine}}}", "eve")
	w.edit("values: {sophia: {s0: {fn::secret: mine}}}", "mallory")
	report := w.mustRun()
	var got []string
	for _, e := range report.Overwritten {
		got = append(got, fmt.Sprint(e.Revision, e.Author, !e.Created.IsZero()))
	}
	want := []string{fmt.Sprint(synced+2, "mallory", true), fmt.Sprint(synced+1, "eve", true)}
	if diff := cmp.Diff(want, got); diff != "" || report.Findings() != 2 {
		t.Errorf("overwritten (-want +got):\n%s", diff)
	}
	sameValues(t, w.sent(), w.values())
	w.checkTags()

	w.edit(text, "eve")
	before := w.revision()
	report = w.mustRun()
	if report.Written || w.revision() != before || len(report.Overwritten) != 0 {
		t.Errorf("an edit that holds what sync would write was overwritten: %+v", report)
	}
	w.checkTags()
}

func TestNoMarkNoTag(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.sync.Mark = time.Time{}
	w.mustRun()
	w.checkTags()
}

func TestStoreAsItIs(t *testing.T) {
	for _, tc := range []struct {
		name, text, err string
	}{
		{"empty", "", ""},
		{"no values", "imports: []\n", ""},
		{"null root", "values:\n  sophia:\n", ""},
		{"flow style", "{values: {sophia: {other: a}}}", ""},
		{"root is a text", "values: {sophia: text}", "values.sophia is not a plain mapping"},
		{"root is a list", "values: {sophia: [1]}", "values.sophia is not a plain mapping"},
		{"root is computed", "values:\n  sophia:\n    fn::fromJSON: '{}'\n", "values.sophia is not a plain mapping"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.edit(tc.text, "somebody")
			w.fill()
			before := w.revision()
			_, err := w.run()
			if tc.err == "" {
				if err != nil {
					t.Fatal(err)
				}
				if w.values()["s0"] != w.job["SECRET_S0"] {
					t.Error("the value did not arrive")
				}
				return
			}
			if !errors.Is(err, esc.ErrDefinition) || !strings.Contains(err.Error(), tc.err) || w.revision() != before {
				t.Errorf("error %v, revision %d after %d", err, w.revision(), before)
			}
		})
	}
}

func TestNoStore(t *testing.T) {
	w := newWorld(t, 1)
	w.fill()
	w.box.DeleteEnvironment(w.store())
	if _, err := w.run(); !errors.Is(err, esc.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if _, _, ok := w.box.Definition(w.store()); ok {
		t.Error("sync made a store")
	}
}

// A service that says less than ours does costs a request more, and nothing else.
func TestServiceThatSaysLess(t *testing.T) {
	for _, header := range []string{"ETag", "Pulumi-ESC-Revision"} {
		t.Run(header, func(t *testing.T) {
			w := newWorld(t, 2)
			to, err := url.Parse(w.box.PulumiURL())
			if err != nil {
				t.Fatal(err)
			}
			proxy := httputil.NewSingleHostReverseProxy(to)
			proxy.ModifyResponse = func(r *http.Response) error {
				if r.Request.Method == http.MethodPatch || strings.Contains(r.Request.URL.Path, "/versions/") {
					r.Header.Del(header)
				}
				return nil
			}
			server := httptest.NewServer(proxy)
			defer server.Close()
			w.sync.ESC = esc.New(esc.Options{APIURL: server.URL, Token: secrets.NewValue(w.box.Tokens().Pulumi)})
			for range 2 {
				w.fill()
				before := w.revision()
				if report := w.mustRun(); report.Revision != before+1 || w.revision() != before+1 || len(report.Overwritten) > 0 {
					t.Errorf("report %+v", report)
				}
				sameValues(t, w.sent(), w.values())
				w.checkTags()
			}
		})
	}
}
