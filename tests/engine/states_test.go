package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox/engine"
	"github.com/ai-cherry/sophia-secrets/pkg/pipeline"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// state is what happened to a pipeline that was in order, what each command makes of
// it, and how many hints are typed until all is well.
type state struct {
	name          string
	begin         func(w *world)
	preview, sync int      // exit codes; a strict preview fails and status exits 1 in every state
	says          []string // in both previews and in status
	syncSays      string
	hints         int
}

const again = ": gh workflow run sync_secrets.yml --repo acme/platform"

var states = []state{
	{"never synced", func(w *world) {}, 0, 0, []string{"nothing was synced into the store yet" + again}, "written", 0},
	{"last sync failed", func(w *world) {
		w.set("GH_API_TOKEN", marker+"-rotated")
		w.up()
		remove := w.Sandbox.Inject(sandbox.Fault{Method: http.MethodPatch, Path: storeName + "$", Status: 403})
		w.sync(3)
		remove()
	}, 0, 0, []string{"GH_API_TOKEN was changed in GitHub T and is not synced yet" + again}, "1 written", 0},
	{"refused", func(w *world) {
		w.set("GH_API_TOKEN", "CHANGEME")
		w.up()
		w.sync(1)
	}, 0, 1, []string{"the last sync did not deliver GH_API_TOKEN: a placeholder", ": gh secret set GH_API_TOKEN --org acme --visibility private"}, "refused", 3},
	{"missing", func(w *world) { w.Sandbox.DeleteSecret("GH_API_TOKEN") }, 0, 1,
		[]string{"organization secret GH_API_TOKEN is missing; secretctl restore GITHUB_TOKEN puts the store's copy back, unless it was revoked; to set another value: gh secret set GH_API_TOKEN --org acme --visibility private"}, "arrived empty", 3},
	{"not granted", func(w *world) {
		w.later()
		w.must(w.Sandbox.SetVisibility("GH_API_TOKEN", "selected"))
	}, 0, 1, []string{"repository platform may not read organization secret GH_API_TOKEN: gh api --method PUT /orgs/acme/actions/secrets/GH_API_TOKEN/repositories/"}, "arrived empty", 3},
	{"renamed", func(w *world) { w.edit("key: vercel_api_token", "key: [vercel_token, vercel_api_token]") }, 7, 1,
		[]string{"the catalog has changed since the last sync: pulumi up"}, "the catalog of this checkout is not the one that the last up declared: pulumi up", 2},
	{"unknown", func(w *world) { w.edit("  - name: LINEAR_API_KEY\n", "") }, 7, 1,
		[]string{"the catalog has changed since the last sync: pulumi up", "1 key of the store is not in the catalog: linear_api_key"}, "unknown", 2},
	{"shadowed", func(w *world) {
		w.later()
		w.must(w.Sandbox.SetRepositorySecret("GH_API_TOKEN", marker+"-of-the-repository"))
		w.up()
		w.sync(0)
	}, 0, 0, []string{"the job receives GH_API_TOKEN from the repository, not from the organization: remove one of the two at https://github.com/acme/platform/settings/secrets/actions"}, "unchanged", 3},
	{"beyond", func(w *world) {
		for i := range secrets.MaxSources {
			w.must(w.Sandbox.SetSecret(fmt.Sprintf("GA%03d_OTHER", i), marker, "private"))
		}
	}, 0, 1, []string{"organization secrets that platform may read, and a job receives the first 100: gh secret set"}, "arrived empty", 28},
}

// Preview, strict preview, status and sync agree about every state: the same
// findings in the same words, and each ends by what is printed, typed exactly as it
// is printed.
func TestStates(t *testing.T) {
	for _, tc := range states {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.up()
			if tc.name != "never synced" {
				w.sync(0)
			}
			tc.begin(w)
			w.told(tc)
			typed, found := 0, w.findings()
			for ; len(found) > 0 && typed < 40; found = w.findings() {
				w.typeHint(found[0].Hint)
				typed++
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

// told runs the four commands.
func (w *world) told(tc state) {
	w.t.Helper()
	clean, err := w.Preview(context.Background(), io.Discard, true)
	preview := exitCode(err)
	w.environment(pipeline.StrictVariable, "true")
	strict, err := w.Preview(context.Background(), io.Discard, false)
	strictly := exitCode(err)
	w.environment(pipeline.StrictVariable, "false")
	found := w.findings()
	status := w.secretctl(1, "status")
	synced := w.sync(tc.sync)
	w.t.Logf("preview %d, strict preview %d, status 1, sync %d: %s\nsync: %s", preview, strictly, tc.sync, lines(found), synced)
	if preview != tc.preview || strictly <= 0 || strictly == 7 { // 7 is a change, not an error of the program
		w.t.Errorf("preview exits %d and a strict one %d, want %d and an error\n%s", preview, strictly, tc.preview, clean)
	}
	up := false
	for _, f := range found {
		up = up || f.Class == drift.ByUp
		if !f.Proposed() {
			tc.says = append(tc.says, ago(f.String()))
		}
	}
	if up != (preview != 0) {
		w.t.Errorf("a preview proposes changes: %v, status says so: %v", preview != 0, up)
	}
	for _, out := range []string{clean, strict, status} {
		w.contains(ago(out), tc.says...)
	}
	w.contains(strict, ", and STRICT_PREVIEW is true")
	w.contains(synced, tc.syncSays)
}

func lines(found []drift.Finding) (text string) {
	for _, f := range found {
		text += fmt.Sprintf("\n  %s, by %s: %s", f.Kind, f.Class, f)
	}
	return text
}

var times = regexp.MustCompile(`just now|\d+ (min|h|days) ago`)

// ago leaves out how long ago something was: time passes between two commands.
func ago(text string) string { return times.ReplaceAllString(text, "T") }

var code = regexp.MustCompile(`code: (\d+)`)

// exitCode is that of the pulumi command which ended in err.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if found := code.FindStringSubmatch(err.Error()); found != nil {
		n, _ := strconv.Atoi(found[1])
		return n
	}
	return -1
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
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
	case ": "+hint == again:
		_, err = w.Sync(context.Background(), io.Discard, io.Discard)
	case strings.HasPrefix(hint, "remove one of the two at https://github.com/"):
		w.Sandbox.DeleteRepositorySecret("GH_API_TOKEN")
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
