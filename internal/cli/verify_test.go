package cli_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/store"
)

// Nothing but the environment decides, and nothing about it is taken for granted.
func TestVerify(t *testing.T) {
	override := func(values string) func(*choreWorld) {
		return func(w *choreWorld) {
			if err := w.box.SetDefinition(handMade, store.EnvironmentText(mustEnvironment(handMade).Store())+"values:\n  app:\n"+values, "eve"); err != nil {
				w.Fatal(err)
			}
		}
	}
	inJob := func(w *choreWorld) {
		w.job["GITHUB_ACTIONS"] = "true"
		for name, text := range w.box.JobEnvironment() {
			w.job["SECRET_"+name] = text
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*choreWorld)
		code   int
		want   []string
	}{
		{"all is well", func(*choreWorld) {}, 0, []string{"2 of 2 keys of " + handMade + " are as they should be"}},
		{"in a job", inJob, 0, nil},
		{"one byte changed", func(w *choreWorld) {
			inJob(w)
			w.job["SECRET_ALPHA"] = strings.Replace(w.job["SECRET_ALPHA"], "first", "firsu", 1)
		}, 1, []string{"not the value that the job received as ALPHA"}},
		{"ESC is down", func(w *choreWorld) {
			w.box.Inject(sandbox.Fault{Path: "^/api/esc/", Status: http.StatusInternalServerError})
		}, 3, []string{"could not be read", "500"}},
		{"a token that may not open", func(w *choreWorld) { w.job["PULUMI_ACCESS_TOKEN"] = w.box.Tokens().PulumiReader }, 3, []string{"environment:open", "hint: pulumi whoami --verbose"}},
		{"half an answer", func(w *choreWorld) { w.box.Inject(sandbox.Fault{Path: "/open/", Truncate: true}) }, 3, []string{"could not be read"}},
		{"no environment", func(w *choreWorld) { w.box.DeleteEnvironment(handMade) }, 3, []string{"404", "hint: pulumi up"}},
		{"an empty environment", func(w *choreWorld) {
			if err := w.box.SetDefinition(handMade, "values: {}\n", "eve"); err != nil {
				w.Fatal(err)
			}
		}, 1, []string{"alpha  ALPHA   missing", "beta   BETA    missing"}},
		{"junk in the process", func(w *choreWorld) {
			if err := w.box.SetDefinition(handMade, "values: {}\n", "eve"); err != nil {
				w.Fatal(err)
			}
			maps.Copy(w.job, map[string]string{"ALPHA": "x", "alpha": "x", "SECRET_ALPHA": "x", "BETA": "x", "SECRET_GH_BETA": "first"})
		}, 1, []string{"alpha  ALPHA   missing", "beta   BETA    missing"}},
		{"junk beside a good environment", func(w *choreWorld) { maps.Copy(w.job, map[string]string{"ALPHA": "x", "SECRET_ALPHA": "x"}) }, 0, nil},
		{"in clear text", override("    alpha: plain\n"), 1, []string{"alpha  ALPHA   in clear text"}},
		{"empty", override("    alpha: {fn::secret: \"\"}\n"), 1, []string{"alpha  ALPHA   empty"}},
		{"blank", override("    alpha: {fn::secret: \"  \"}\n"), 1, []string{"alpha  ALPHA   blank"}},
		{"a placeholder", override("    alpha: {fn::secret: REPLACE_ME}\n"), 1, []string{"alpha  ALPHA   a placeholder"}},
		{"of another format", override("    beta: {fn::secret: other}\n"), 1, []string{"beta   BETA    not of the format regex:"}},
		{"a number", override("    alpha: 12\n"), 1, []string{"alpha  ALPHA   not a text but a number"}},
		{"null", override("    alpha: null\n"), 1, []string{"alpha  ALPHA   "}},
		{"an object", override("    alpha: {a: {fn::secret: b}}\n"), 1, []string{"alpha  ALPHA   not a text but an object"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newChoreWorld(t, twoSecrets)
			tc.change(w)
			w.wants(w.secretctl("verify"), tc.code, tc.want...)
			var report struct {
				Version int
				Keys    []struct {
					Key, Problem string
					Finding      bool
				}
				Error string
			}
			end := w.secretctl("verify", "--format", "json")
			if err := json.Unmarshal([]byte(end.stdout), &report); err != nil || end.code != tc.code || (report.Error != "") != (tc.code == 3) || (len(report.Keys) == 0) != (tc.code == 3) {
				t.Errorf("exit %d, %v: %s", end.code, err, end.stdout)
			}
			if end := w.secretctl("verify", "--format", "markdown"); end.code != tc.code || !strings.Contains(end.stdout, handMade) {
				t.Errorf("exit %d: %s", end.code, end.stdout)
			}
		})
	}
}

// A secret that is not required may be absent, but not bad.
func TestVerifyOptional(t *testing.T) {
	w := newChoreWorld(t, "secrets:\n  - name: ALPHA\n  - {name: BETA, required: false, key: [beta, old_beta]}\n")
	text, _, _ := w.box.Definition(fixture.Store)
	w.edit(strings.Replace(text, "    old_beta:", "    other:", 1))
	w.wants(w.secretctl("verify"), 0, "old_beta  BETA    missing", "2 of 3 keys")
	w.edit(strings.Replace(text, "    old_beta:", "    old_beta: \"\"\n    other:", 1))
	w.wants(w.secretctl("verify"), 1, "old_beta  BETA    in clear text")
}
