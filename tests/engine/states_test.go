package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Preview, strict preview, status and sync agree about every state, and each ends
// by what is printed, typed exactly as it is printed.
func TestStates(t *testing.T) {
	for _, tc := range []struct {
		name  string
		begin func(w *world)
		sync  int // the exit code of the next sync
		hints int // how many are typed until all is well
	}{
		{"never synced", func(w *world) {}, 0, 0},
		{"last sync failed", func(w *world) {
			w.set("GH_API_TOKEN", marker+"-rotated")
			w.up()
			remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPatch, Path: storeName + "$", Status: 403})
			w.sync(3)
			remove()
		}, 0, 0},
		{"refused", func(w *world) {
			w.set("GH_API_TOKEN", "CHANGEME")
			w.up()
			w.sync(1)
		}, 1, 3},
		{"missing", func(w *world) { w.Sandbox.DeleteSecret("GH_API_TOKEN") }, 1, 3},
		{"not granted", func(w *world) {
			w.later()
			if err := w.Sandbox.SetVisibility("GH_API_TOKEN", "selected"); err != nil {
				w.t.Fatal(err)
			}
		}, 1, 3},
		{"renamed", func(w *world) { w.edit("key: vercel_api_token", "key: [vercel_token, vercel_api_token]") }, 1, 2},
		{"unknown", func(w *world) { w.edit("  - name: LINEAR_API_KEY\n", "") }, 1, 2},
		{"beyond", func(w *world) {
			for i := range secrets.MaxSources {
				if err := w.Sandbox.SetSecret(fmt.Sprintf("GA%03d_OTHER", i), marker, "private"); err != nil {
					w.t.Fatal(err)
				}
			}
		}, 1, 28},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			if tc.name != "never synced" {
				w.sync(0)
			}
			tc.begin(w)
			_, clean := w.Preview(context.Background(), io.Discard, true)
			w.environment(secrets.StrictVariable, "true")
			_, strict := w.Preview(context.Background(), io.Discard, false)
			w.environment(secrets.StrictVariable, "false")
			found := w.findings()
			t.Logf("changes %v, strict %v, status:\n%v", clean != nil, strict != nil, found)
			if strict == nil || len(found) == 0 {
				t.Errorf("strict preview fails: %v, status has %d findings", strict != nil, len(found))
			}
			up := false
			for _, f := range found {
				up = up || f.Class == drift.ByUp
			}
			if up != (clean != nil) {
				t.Errorf("a preview proposes changes: %v, status says so: %v", clean != nil, up)
			}
			t.Logf("sync:\n%s", w.sync(tc.sync))
			typed := 0
			for found = w.findings(); len(found) > 0 && typed < 40; typed++ {
				w.typeHint(found[0].Hint)
				found = w.findings()
			}
			if typed > tc.hints {
				t.Errorf("%d hints were typed, want %d; left: %v", typed, tc.hints, found)
			}
			w.clean()
			w.quiet()
			w.sync(0)
		})
	}
}

// findings are what status finds but for information.
func (w *world) findings() (found []drift.Finding) {
	w.t.Helper()
	var stdout strings.Builder
	w.Secretctl(context.Background(), w.Credentials(), &stdout, io.Discard, "status", "--format", "json")
	var out struct {
		Secrets  []struct{ Findings []drift.Finding }
		Findings []drift.Finding
	}
	if err := json.Unmarshal([]byte(stdout.String()), &out); err != nil {
		w.t.Fatal(err)
	}
	all := out.Findings
	for _, s := range out.Secrets {
		all = append(all, s.Findings...)
	}
	for _, f := range all {
		if f.Class != drift.Information {
			found = append(found, f)
		}
	}
	return found
}

var (
	setForOrganization = regexp.MustCompile(`^gh secret set (\w+) --org ` + fixture.Organization + ` --visibility (all|private)$`)
	setForRepository   = regexp.MustCompile(`^gh secret set (\w+) --repo ` + fixture.Organization + "/" + fixture.Repository + `$`)
	grant              = regexp.MustCompile(`^gh api --method PUT (/orgs/\S+)$`)
)

// typeHint does what the command of a hint does.
func (w *world) typeHint(hint string) {
	w.t.Helper()
	w.later()
	w.t.Log("typed: " + hint)
	var err error
	switch {
	case hint == "pulumi up":
		w.up()
	case hint == "git push":
		err = w.Push()
	case hint == "gh workflow run sync_secrets.yml --repo "+fixture.Organization+"/"+fixture.Repository:
		_, err = w.Sync(context.Background(), io.Discard, io.Discard)
	case setForOrganization.MatchString(hint):
		m := setForOrganization.FindStringSubmatch(hint)
		err = w.Sandbox.SetSecret(m[1], w.valueFor(m[1]), m[2])
	case setForRepository.MatchString(hint):
		name := setForRepository.FindStringSubmatch(hint)[1]
		err = w.Sandbox.SetRepositorySecret(name, w.valueFor(name))
	case grant.MatchString(hint):
		var r *http.Request
		if r, err = http.NewRequestWithContext(context.Background(), http.MethodPut, w.Sandbox.URL()+"/api/v3"+grant.FindStringSubmatch(hint)[1], nil); err != nil {
			break
		}
		r.Header.Set("Authorization", "Bearer "+w.Sandbox.Tokens().GitHub)
		var answer *http.Response
		if answer, err = http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusNoContent {
				err = fmt.Errorf("%s", answer.Status)
			}
		}
	default:
		w.t.Fatalf("not a command: %q", hint)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", hint, err)
	}
}

// valueFor is a new value of the format that the catalog asks of a GitHub name.
func (w *world) valueFor(githubName string) string {
	s, _ := catalog(w.t).BySource(githubName)
	return engine.NewValue(marker, s)
}

// environment sets a variable of the program.
func (w *world) environment(name, value string) {
	w.t.Helper()
	if err := w.Setenv(name, value); err != nil {
		w.t.Fatal(err)
	}
}
