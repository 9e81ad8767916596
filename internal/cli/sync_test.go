package cli_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"

	"crypto/rand"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/cli"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const syncStore = fixture.Store

// syncWorld is a checkout, a job and a sandbox with a store.
type syncWorld struct {
	*testing.T
	box     *sandbox.Server
	folder  string
	job     map[string]string
	markers []string // one in each value that was ever given
}

// ended is what a command left behind.
type ended struct {
	code                    int
	stdout, stderr, summary string
}

func newSyncWorld(t *testing.T, names ...string) *syncWorld {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	w := &syncWorld{T: t, box: box, folder: t.TempDir(), job: map[string]string{
		"PULUMI_API": box.PulumiURL(), "PULUMI_ACCESS_TOKEN": box.Tokens().Pulumi,
	}}
	if err := fixture.Write(w.folder); err != nil {
		t.Fatal(err)
	}
	w.file("catalog.yaml", "secrets:\n  - name: "+strings.Join(names, "\n  - name: ")+"\n")
	if err := box.CreateEnvironment(syncStore, "pulumi"); err != nil {
		t.Fatal(err)
	}
	w.edit(store.Seed(fixture.RootKey))
	name, _ := secrets.ParseEnvironmentName(strings.TrimSuffix(syncStore, "-store"))
	if err := box.CreateEnvironment(name.String(), "pulumi"); err != nil {
		t.Fatal(err)
	}
	if err := box.SetDefinition(name.String(), store.EnvironmentText(name.Store()), "pulumi"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *syncWorld) file(name, text string) {
	w.Helper()
	path := filepath.Join(w.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
}

func (w *syncWorld) edit(text string) {
	w.Helper()
	if err := w.box.SetDefinition(syncStore, text, "eve"); err != nil {
		w.Fatal(err)
	}
}

// value makes a value with a marker of its own.
func (w *syncWorld) value(around string) string {
	marker := rand.Text()
	w.markers = append(w.markers, marker)
	return strings.ReplaceAll(around, "M", marker)
}

func (w *syncWorld) run(args ...string) ended {
	w.Helper()
	summary := filepath.Join(w.folder, "summary.md")
	_ = os.Remove(summary)
	if w.job["GITHUB_ACTIONS"] != "" {
		w.job["GITHUB_STEP_SUMMARY"] = summary
	}
	var stdout, stderr bytes.Buffer
	c := &cli.CLI{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Lookup: func(name string) (string, bool) { text, ok := w.job[name]; return text, ok },
	}
	code := c.Main(context.Background(), append([]string{"--catalog", filepath.Join(w.folder, "catalog.yaml"), "sync"}, args...))
	text, _ := os.ReadFile(summary)
	return ended{code, stdout.String(), stderr.String(), string(text)}
}

// catalogOf is the catalog of a world with these names.
func catalogOf(names ...string) *secrets.Catalog {
	c, _ := secrets.Parse("catalog.yaml", []byte("secrets:\n  - name: "+strings.Join(names, "\n  - name: ")+"\n"))
	return c
}

// Every ending prints one report in the format that was asked for.
func TestSyncReportsAtEveryEnding(t *testing.T) {
	for name, change := range map[string]func(w *syncWorld){
		"no token":    func(w *syncWorld) { delete(w.job, "PULUMI_ACCESS_TOKEN") },
		"no stack":    func(w *syncWorld) { _ = os.Remove(filepath.Join(w.folder, "Pulumi.production.yaml")) },
		"bad catalog": func(w *syncWorld) { w.file("catalog.yaml", "secrets:\n  - name: a\n") },
		"bad mark":    func(w *syncWorld) { w.file(fixture.MarkPath, "serial: [\n") },
		"no store":    func(w *syncWorld) { w.box.DeleteEnvironment(syncStore) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newSyncWorld(t, "ALPHA")
			change(w)
			got := w.run("--format", "json")
			var report struct {
				Version, Revision int
				Error             string
			}
			if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != 3 || report.Version != 2 || report.Revision != 0 || report.Error == "" {
				t.Errorf("exit code %d, %v: %s", got.code, err, got.stdout)
			}
		})
	}
}

func TestSyncTable(t *testing.T) {
	w := newSyncWorld(t, "ALPHA_KEY", "BETA", "GAMMA", "DELTA")
	w.edit("values: {app: {gamma: {fn::secret: old}, delta: {fn::secret: same}, legacy: {fn::secret: old}}}")
	w.job["SECRET_ALPHA_KEY"], w.job["SECRET_BETA"], w.job["SECRET_GAMMA"], w.job["SECRET_DELTA"] = "value", "changeme", "", "same"
	want := ended{code: 1, stdout: `SECRET     KEY        VERDICT    NOTE
ALPHA_KEY  alpha_key  written
BETA       beta       refused    a placeholder ("changeme"): allow_placeholder in the catalog if it is real
GAMMA      gamma      kept       arrived empty
DELTA      delta      unchanged
-          legacy     unknown    not in the catalog
revision 4 of acme-cloud/default/production-store: 1 written, 1 unchanged, 1 kept, 1 refused, 1 unknown
`, stderr: "error: 2 findings\nhint: secretctl status\n"}
	if diff := cmp.Diff(want, w.run(), cmp.AllowUnexported(ended{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.job["SECRET_BETA"], w.job["SECRET_GAMMA"] = "b", "c"
	if got := w.run("--prune"); got.code != 0 || got.stderr != "" {
		t.Errorf("with everything well: %+v", got)
	}
}

func TestSyncJSON(t *testing.T) {
	w := newSyncWorld(t, "ALPHA", "BETA")
	w.job["SECRET_ALPHA"] = "value"
	w.file(fixture.MarkPath, workflow.RenderMark(workflow.Mark{Serial: 7, Catalog: catalogOf("ALPHA", "BETA").Digest()}))
	got := w.run("--format", "json")
	want := `{
  "version": 2,
  "store": "acme-cloud/default/production-store",
  "revision": 3,
  "written": true,
  "dry_run": false,
  "serial": 7,
  "secrets": [
    {
      "name": "ALPHA",
      "key": "alpha",
      "verdict": "written",
      "finding": false
    },
    {
      "name": "BETA",
      "key": "beta",
      "verdict": "missing",
      "note": "not passed by the workflow",
      "finding": true
    }
  ],
  "overwritten": null,
  "problems": []
}
`
	if diff := cmp.Diff(want, got.stdout); diff != "" || got.code != 1 {
		t.Errorf("exit code %d; (-want +got):\n%s", got.code, diff)
	}
	w.job["PULUMI_ACCESS_TOKEN"] = "wrong"
	got = w.run("--format", "json")
	var report map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code != 3 || report["revision"] != 0.0 || report["error"] == nil {
		t.Errorf("with a wrong token: %v, %+v", err, got)
	}
}

func TestSyncInAJob(t *testing.T) {
	w := newSyncWorld(t, "ALPHA", "BETA")
	w.edit("values: {app: {\"odd:,key\\n%\": {fn::secret: old}}}")
	w.job["GITHUB_ACTIONS"] = "true"
	w.job["SECRET_ALPHA"] = "value"
	got := w.run()
	for text, where := range map[string]string{
		"::warning title=BETA::beta: missing: not passed by the workflow\n": got.stderr,
		"\n| ALPHA | alpha | written |  |\n":                                got.summary,
		"\n| - | odd:,key?% | unknown | not in the catalog |\n":             got.summary,
		"1 written, 1 missing, 1 unknown":                                   got.summary,
	} {
		if !strings.Contains(where, text) {
			t.Errorf("%q is not in:\n%s", text, where)
		}
	}
	if strings.Contains(got.stdout, "::") || got.code != 1 {
		t.Errorf("exit code %d, stdout:\n%s", got.code, got.stdout)
	}
	w.box.DeleteEnvironment(syncStore)
	got = w.run()
	if !strings.Contains(got.stderr, "::error title=sync::reading environment "+syncStore+": 404 Not Found\n") || !strings.Contains(got.summary, "**Failed:** reading") {
		t.Errorf("without a store: %+v", got)
	}
}

func TestSyncEndings(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(w *syncWorld)
		args   []string
		code   int
		stderr string
	}{
		{"format", nil, []string{"--format", "xml"}, 2, "error: --format \"xml\" is not one of \"json\", \"text\"\nhint: secretctl --help\n"},
		{"timeout", nil, []string{"--timeout", "-1s"}, 2, "error: --timeout -1s is not a time to wait\nhint: secretctl --help\n"},
		{"argument", nil, []string{"now"}, 2, "error: unknown command \"now\" for \"secretctl sync\"\nhint: secretctl --help\n"},
		{"environment", nil, []string{"--environment", "a/b"}, 2, "error: environment \"a/b\" is not of the form ORG/PROJECT/ENV\nhint: secretctl --help\n"},
		{"no store", func(w *syncWorld) { w.box.DeleteEnvironment(syncStore) }, nil, 3,
			"error: reading environment " + syncStore + ": 404 Not Found\nhint: pulumi up\n"},
		{"no token", func(w *syncWorld) { delete(w.job, "PULUMI_ACCESS_TOKEN") }, nil, 3,
			"error: PULUMI_ACCESS_TOKEN is not set\nhint: export PULUMI_ACCESS_TOKEN=...\n"},
		{"wrong token", func(w *syncWorld) { w.job["PULUMI_ACCESS_TOKEN"] = "wrong" }, nil, 3,
			"error: reading environment " + syncStore + ": 401 Unauthorized: the Pulumi access token is missing, wrong or expired\nhint: export PULUMI_ACCESS_TOKEN=...\n"},
		{"reader's token", func(w *syncWorld) { w.job["PULUMI_ACCESS_TOKEN"] = w.box.Tokens().PulumiReader }, nil, 3,
			"error: updating environment " + syncStore + ": 403 Forbidden: the Pulumi access token lacks the permission environment:write\nhint: pulumi whoami --verbose\n"},
		{"no catalog", func(w *syncWorld) { _ = os.Remove(filepath.Join(w.folder, "catalog.yaml")) }, nil, 3, ""},
		{"no service", func(w *syncWorld) { _ = w.box.Close() }, []string{"--timeout", "200ms"}, 3, ""},
		{"broken mark", func(w *syncWorld) { w.file(".github/secrets.mark", "store: a\n") }, nil, 3,
			"error: secrets.mark: reading the mark: it has no serial number\nhint: pulumi up\n"},
		{"older checkout", func(w *syncWorld) {
			w.file(fixture.MarkPath, workflow.RenderMark(workflow.Mark{Serial: 7, Catalog: catalogOf("ALPHA").Digest()}))
			w.run()
			w.file(fixture.MarkPath, workflow.RenderMark(workflow.Mark{Serial: 6, Catalog: catalogOf("ALPHA").Digest()}))
		}, nil, 3, "error: the mark of this checkout has serial 6, the store was synced with serial 7: nothing was written\nhint: git pull\n"},
		{"root is a text", func(w *syncWorld) { w.edit("values: {app: text}") }, nil, 3,
			"error: reading environment " + syncStore + ": the definition cannot be edited: values.app is not a plain mapping\nhint: pulumi env edit " + syncStore + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newSyncWorld(t, "ALPHA")
			w.job["SECRET_ALPHA"] = "value"
			if tc.change != nil {
				tc.change(w)
			}
			got := w.run(tc.args...)
			if got.code != tc.code || (tc.stderr != "" && got.stderr != tc.stderr) || !strings.HasPrefix(got.stderr, "error: ") || !strings.Contains(got.stderr, "\nhint: ") {
				t.Errorf("exit code %d, want %d; stderr (-want +got):\n%s", got.code, tc.code, cmp.Diff(tc.stderr, got.stderr))
			}
		})
	}
}

// A stack file is not needed when the environment and its root key are named.
func TestSyncWithoutStack(t *testing.T) {
	w := newSyncWorld(t, "ALPHA")
	w.job["SECRET_ALPHA"] = "value"
	if err := os.Remove(filepath.Join(w.folder, "Pulumi.production.yaml")); err != nil {
		t.Fatal(err)
	}
	if got := w.run(); got.code != 3 {
		t.Errorf("without an environment: %+v", got)
	}
	if got := w.run("--environment", fixture.Environment); got.code != 2 || !strings.Contains(got.stderr, "name it with --root-key") {
		t.Errorf("without a root key: %+v", got)
	}
	if got := w.run("--environment", fixture.Environment, "--root-key", "other"); got.code != 0 {
		t.Errorf("with one: %+v", got)
	}
	opened, err := w.box.Open(syncStore)
	if diff := cmp.Diff(map[string]any{"alpha": "value"}, opened["other"]); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// TestSyncLeaksNothing runs sync through all its endings, with and without
// faults, and looks for every value in everything that it leaves.
func TestSyncLeaksNothing(t *testing.T) {
	around := []string{"M", "a${M}b", "pa ss #M", "user: M", "-----BEGIN M-----\nM\n", "{\"M\": \"M\"}", "<M>", "M\x01", "a&M<", "\"M", "'M", "%M\n::error::M", "|M|", "é M", "ghs_M"}
	names := make([]string, len(around))
	for i := range around {
		names[i] = fmt.Sprintf("S%d", i)
	}
	w := newSyncWorld(t, names...)
	w.file("catalog.yaml", strings.Replace("secrets:\n  - name: "+strings.Join(names, "\n  - name: ")+"\n", "name: S1\n", "name: S1\n    aliases: [OTHER]\n    format: url\n", 1))
	w.job["GITHUB_ACTIONS"] = "true"
	fill := func() {
		for i := range around {
			w.job["SECRET_"+names[i]] = w.value(around[i])
		}
	}
	statuses := []int{400, 401, 403, 404, 409, 429, 500}
	paths := []string{"-store$", "-store/open$", "-store/open/", "-store/versions$", "production/open$", "production/open/"}
	var said strings.Builder
	note := func(e ended) { fmt.Fprintf(&said, "%d\n%s\n%s\n%s\n", e.code, e.stdout, e.stderr, e.summary) }
	for i, args := range [][]string{nil, {"--dry-run"}, {"--format", "json"}, {"--prune"}, {"--prune", "--format", "json"}} {
		fill()
		w.job["SECRET_OTHER"] = w.value("M")
		note(w.run(args...))
		w.edit(fmt.Sprintf("values: {app: {legacy: {fn::secret: %s}, s%d: %s}} # %s\n", w.value("M"), i, w.value("M"), w.value("M")))
		note(w.run(args...))
		for _, path := range paths {
			for _, fault := range []sandbox.Fault{{Status: statuses[i]}, {Drop: true}, {Truncate: true}} {
				fill()
				fault.Path = path
				remove := w.box.Inject(fault)
				note(w.run(append(args, "--timeout", "100ms")...))
				remove()
			}
		}
	}
	// The service's own words about a document that it refuses.
	w.edit("values: {app: {a: b}, other: \"${app.a}" + w.value("M") + "\"}")
	refused := w.run("--prune")
	note(refused)
	if refused.code != 3 || !strings.Contains(refused.stderr, "400 Bad Request: the service refuses the definition: unknown property") {
		t.Errorf("a refused document: %+v", refused)
	}
	files, err := filepath.Glob(filepath.Join(w.folder, "*"))
	if err != nil || len(files) != 4 { // those of the fixture, and the summary
		t.Errorf("files left behind: %v %v", files, err)
	}
	if said.Len() < 10000 {
		t.Fatalf("only %d bytes were looked at", said.Len())
	}
	for _, marker := range w.markers {
		for form, text := range forms(marker) {
			if strings.Contains(said.String(), text) {
				t.Fatalf("a value stands there in its %s form", form)
			}
		}
	}
}

// forms are how a marker may look. Base64 has three, by its place in the text;
// the ends, which depend on the neighbours, are cut off.
func forms(marker string) map[string]string {
	quoted, _ := json.Marshal(marker + "<\"")
	all := map[string]string{"plain": marker, "URL": url.QueryEscape(marker), "JSON": strings.Trim(string(quoted), `"`)[:len(marker)]}
	for i := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + marker))
		all[fmt.Sprintf("base64 at %d", i)] = encoded[4 : len(encoded)-4]
	}
	return all
}
