package status

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"

	"github.com/ai-cherry/sophia-secrets/internal/observe"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/sync"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

var start = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

// world is a sandbox in which nothing drifts, at a clock that stands.
type world struct {
	*testing.T
	box     *sandbox.Server
	catalog string
	o       *observe.Observer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	box.SetClock(start)
	const text = "secrets:\n  - name: ALPHA\n  - name: BETA\n    github_name: GH_BETA\n    visibility: selected\n    repositories: [platform]\n  - name: GAMMA\n"
	catalog, problems := secrets.Parse("catalog.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := &world{t, box, text, &observe.Observer{
		Catalog: catalog,
		Stack: secrets.Stack{Organization: "acme", Repository: "platform", RootKey: "app", StatusToken: "SECRETS_STATUS_TOKEN", Managed: []string{"GAMMA"}, Workflow: secrets.DefaultWorkflow, Catalog: "catalog.yaml", DefaultBranch: "main",
			Environment:  secrets.EnvironmentName{Organization: "acme-cloud", Project: "default", Name: "production"},
			PulumiAPIURL: box.PulumiURL()},
		GitHub: github.New(box.GitHubAPI(), secrets.NewValue(box.Tokens().GitHub), nil),
		ESC:    esc.New(esc.Options{APIURL: box.PulumiURL(), Token: secrets.NewValue(box.Tokens().Pulumi)}),
		Now:    start.Add(2 * time.Hour),
	}}
	w.fill()
	return w
}

func (w *world) fill() {
	w.Helper()
	held, environment := w.o.Stack.Environment.Store(), w.o.Stack.Environment
	w.files()
	w.must(
		w.box.SetSecret("ALPHA", "x", "selected", sandbox.RepositoryID), // the catalog leaves it open
		w.box.SetSecret("GH_BETA", "x", "selected", sandbox.RepositoryID),
		w.box.SetSecret("GAMMA", "x", "private"),
		w.box.SetSecret("PULUMI_ACCESS_TOKEN", "x", "private"),
		w.box.CreateEnvironment(held.String(), "pipeline"),
		w.box.SetDefinition(held.String(), "values:\n  app:\n    alpha: {fn::secret: x}\n    beta: {fn::secret: x}\n    gamma: {fn::secret: x}\n", "pipeline"),
		w.box.CreateEnvironment(environment.String(), "pipeline"),
		w.box.SetDefinition(environment.String(), store.EnvironmentText(held), "pipeline"))
	w.box.WriteFile("catalog.yaml", w.catalog, "pipeline")
	w.sync()
}

// sync is an up that moves the mark, and the sync that its push starts.
func (w *world) sync() {
	w.Helper()
	seen, err := w.o.World(w.Context())
	w.must(err)
	mark := seen.Wanted(nil)
	w.box.WriteFile(fixture.MarkPath, workflow.RenderMark(mark), "pipeline")
	job := &sync.Sync{ESC: w.o.ESC, Environment: w.o.Stack.Environment, RootKey: w.o.Stack.RootKey, Catalog: w.o.Catalog, Mark: &mark,
		Lookup: func(name string) (string, bool) {
			value, ok := w.box.JobEnvironment()[strings.TrimPrefix(name, "SECRET_")]
			return value, ok
		}}
	report, err := job.Run(w.Context())
	w.must(err)
	if report.Findings() > 0 {
		w.Fatalf("%+v", report)
	}
}

// files are those that up declares.
func (w *world) files() {
	w.box.WriteFile(fixture.WorkflowPath, w.workflow(), "pipeline")
	w.box.WriteFile(fixture.MaintenancePath, workflow.RenderMaintenance(w.o.Stack, w.o.Catalog), "pipeline")
}

func (w *world) workflow() string {
	return workflow.Render(w.o.Stack, w.o.Catalog)
}

func (w *world) must(errs ...error) {
	w.Helper()
	if err := errors.Join(errs...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) observe() Status {
	w.Helper()
	s, err := w.tryObserve()
	w.must(err)
	return s
}

func (w *world) tryObserve() (Status, error) {
	seen, err := w.o.World(w.Context())
	if err != nil {
		return Status{}, err
	}
	return Of(seen), nil
}

// golden compares with a file of testdata; UPDATE=1 renews it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func printed(t *testing.T, s Status) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for extension, write := range map[string]func(io.Writer) error{"txt": func(w io.Writer) error { return s.WriteText(w, Text{All: true}) }, "brief.txt": func(w io.Writer) error { return s.WriteText(w, Text{}) }, "json": s.WriteJSON, "md": s.WriteMarkdown} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		texts[extension] = b.String()
	}
	return texts
}

func TestNoDrift(t *testing.T) {
	w := newWorld(t)
	w.box.ResetRequests()
	s := w.observe()
	if s.Drifts() {
		t.Errorf("%+v", s)
	}
	if n := len(w.box.Requests()); n > 13 { // twelve, and the allow list of BETA
		t.Errorf("%d requests", n)
	}
	for extension, text := range printed(t, s) {
		golden(t, "clean."+extension, text)
	}
}

func TestEveryDrift(t *testing.T) {
	w := newWorld(t)
	w.box.SetClock(start.Add(time.Hour))
	w.must(
		w.box.SetSecret("ALPHA", "y", "private"),
		w.box.SetSecret("LEFT_OVER", "x", "all"),
		w.box.SetVisibility("GH_BETA", "selected"),
		w.box.SetDefinition(w.o.Stack.Environment.Store().String(), "values:\n  app:\n    alpha: z\n    other: z\n", "ana"),
		w.box.SetDefinition(w.o.Stack.Environment.String(), "values:\n  a: z\n", "ana"))
	w.box.DeleteSecret("GAMMA")
	w.box.WriteFile(fixture.WorkflowPath, strings.Replace(w.workflow(), "SECRET_GH_BETA:", "SECRET_BETA:", 1), "ana")
	s := w.observe()
	if !s.Drifts() {
		t.Error("no drift")
	}
	for extension, text := range printed(t, s) {
		golden(t, "drift."+extension, text)
	}
}

// Before the first up there is nothing, which is drift and no failure.
func TestEmptyWorld(t *testing.T) {
	w := newWorld(t)
	w.box.RemoveFile(fixture.WorkflowPath, "ana")
	w.box.RemoveFile(fixture.MarkPath, "ana")
	w.box.DeleteEnvironment(w.o.Stack.Environment.String())
	w.box.DeleteEnvironment(w.o.Stack.Environment.Store().String())
	for _, name := range []string{"ALPHA", "GH_BETA", "GAMMA"} {
		w.box.DeleteSecret(name)
	}
	golden(t, "empty.txt", printed(t, w.observe())["txt"])
}

// One drift alone is seen: what the store lacks, the environment or the workflow.
func TestEachDriftAlone(t *testing.T) {
	for name, change := range map[string]func(*world){
		"environment": func(w *world) {
			w.must(w.box.SetDefinition(w.o.Stack.Environment.String(), "values: {}\n", "ana"))
		},
		"workflow":     func(w *world) { w.box.WriteFile(fixture.WorkflowPath, w.workflow()+"# more\n", "ana") },
		"mark deleted": func(w *world) { w.box.RemoveFile(fixture.MarkPath, "ana") },
		"mark moved on": func(w *world) {
			text, _ := w.box.File(fixture.MarkPath)
			w.box.WriteFile(fixture.MarkPath, strings.Replace(text, "serial: 1", "serial: 2", 1), "ana")
		},
		"mark of the first edition": func(w *world) { w.box.WriteFile(fixture.MarkPath, "date: 2026-08-01T10:00:00Z\n", "ana") },
		"allow list":                func(w *world) { w.must(w.box.SetVisibility("GH_BETA", "selected")) },
		"key of the store": func(w *world) {
			held := w.o.Stack.Environment.Store()
			w.must(w.box.SetDefinition(held.String(), "values:\n  app:\n    alpha: x\n    beta: x\n", "ana"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change(w)
			if !w.observe().Drifts() {
				t.Error("not seen")
			}
		})
	}
}

// An outage is an error whatever it hits, and never an empty world.
func TestOutage(t *testing.T) {
	for step := range 12 {
		for _, status := range []int{http.StatusForbidden, http.StatusUnauthorized} { // 5xx would be tried again
			if step >= 8 && step <= 9 && status == http.StatusForbidden {
				continue // a level that the token may not read, which is a finding
			}
			t.Run(fmt.Sprintf("request %d answers %d", step, status), func(t *testing.T) {
				w := newWorld(t)
				w.box.Inject(sandbox.Fault{Status: status, Skip: step, Times: 1})
				if s, err := w.tryObserve(); err == nil || len(s.Rows) > 0 {
					t.Errorf("got %+v, %v", s, err)
				}
			})
		}
	}
}

func TestWriteFails(t *testing.T) {
	s := Status{Rows: []Row{{}}, Pipeline: []drift.Finding{{Message: "m", Hint: "h"}}}
	for name, write := range map[string]func(io.Writer) error{"text": func(w io.Writer) error { return s.WriteText(w, Text{}) }, "JSON": s.WriteJSON, "Markdown": s.WriteMarkdown} {
		if write(full{}) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A cell stays one cell, whatever stands in it.
func TestMarkdownEscapes(t *testing.T) {
	s := Status{Rows: []Row{{Secret: secrets.Secret{Name: "A|B"}, Findings: []drift.Finding{{Message: "x\ny", Hint: "z"}}}}}
	if got := printed(t, s)["md"]; !strings.Contains(got, `| A\|B | missing | not passed | absent | x y: z |`) {
		t.Error(got)
	}
}
