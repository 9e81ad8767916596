package cli_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// newStatusWorld has an organization with one of two secrets, and no more.
func newStatusWorld(t *testing.T) *syncWorld {
	t.Helper()
	w := newSyncWorld(t, "OPENAI_API_KEY", "FIGMA_PAT")
	if err := w.box.SetSecret("OPENAI_API_KEY", w.value("M"), "private"); err != nil {
		t.Fatal(err)
	}
	w.job["GITHUB_TOKEN"], w.job["GITHUB_API_URL"] = w.box.Tokens().GitHub, w.box.GitHubAPI()
	return w
}

func TestStatusFormats(t *testing.T) {
	for format, want := range map[string]string{
		"text":     "FIGMA_PAT  missing  not passed",
		"markdown": "| FIGMA_PAT | missing | not passed | absent |",
		"json":     `"drift": true`,
	} {
		t.Run(format, func(t *testing.T) {
			end := newStatusWorld(t).secretctl("status", "--format", format)
			if end.code != 1 || end.stderr != "error: there is drift\nhint: pulumi preview\n" {
				t.Errorf("exit %d, %q", end.code, end.stderr)
			}
			if !strings.Contains(end.stdout, want) {
				t.Errorf("%q is missing in\n%s", want, end.stdout)
			}
			if format == "json" && !json.Valid([]byte(end.stdout)) {
				t.Error("no JSON")
			}
		})
	}
}

// What could not be read is exit 3 with nothing on stdout, and never a drift.
func TestStatusCouldNot(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*syncWorld)
		want   string
	}{
		{"no GitHub token", func(w *syncWorld) { delete(w.job, "GITHUB_TOKEN") }, "error: GITHUB_TOKEN is not set\nhint: export GITHUB_TOKEN=...\n"},
		{"empty Pulumi token", func(w *syncWorld) { w.job["PULUMI_ACCESS_TOKEN"] = "" }, "error: PULUMI_ACCESS_TOKEN is not set\n"},
		{"GitHub refuses", func(w *syncWorld) { w.job["GITHUB_TOKEN"] = "wrong" }, "401: GITHUB_TOKEN is wrong or has expired\nhint: export GITHUB_TOKEN=..."},
		{"Pulumi refuses", func(w *syncWorld) { w.job["PULUMI_ACCESS_TOKEN"] = "wrong" }, "401"},
		{"GitHub is out", func(w *syncWorld) {
			w.box.Inject(sandbox.Fault{Path: "^/api/v3/", Status: http.StatusInternalServerError})
		}, "error: reading repository acme/platform: 500"},
		{"contents are out", func(w *syncWorld) {
			w.box.Inject(sandbox.Fault{Path: "/contents/", Status: http.StatusBadGateway})
		}, "error: reading .github/workflows/sync_secrets.yml of acme/platform: 502"},
		{"ESC is out", func(w *syncWorld) {
			w.box.Inject(sandbox.Fault{Path: "^/api/esc/", Status: http.StatusForbidden})
		}, "403"},
		{"the answer is cut off", func(w *syncWorld) {
			w.box.Inject(sandbox.Fault{Path: "/actions/secrets$", Truncate: true})
		}, "the connection ended before the answer did"},
		{"another repository", func(w *syncWorld) {
			w.file("Pulumi.production.yaml", `config:
  acme-secrets:organization: acme
  acme-secrets:repository: nope
  acme-secrets:environment: acme-cloud/default/production
  acme-secrets:rootKey: app
`)
		}, "reading repository acme/nope: 404"},
		{"a token in clear", func(w *syncWorld) { w.job["GITHUB_API_URL"] = "http://github.example.com" }, "a token is sent over https alone"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newStatusWorld(t)
			tc.change(w)
			end := w.secretctl("status")
			if end.code != 3 || end.stdout != "" || !strings.Contains(end.stderr, tc.want) {
				t.Errorf("exit %d, want 3 and %q\n%s%s", end.code, tc.want, end.stdout, end.stderr)
			}
			for _, name := range []string{"GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN"} {
				if token := w.job[name]; token != "" && strings.Contains(end.stderr, token) && token != "wrong" {
					t.Errorf("%s is shown: %s", name, end.stderr)
				}
			}
		})
	}
}

func TestStatusUsage(t *testing.T) {
	for _, args := range [][]string{{"status", "--format", "yaml"}, {"status", "more"}, {"status", "--nope"}} {
		w := newStatusWorld(t)
		end := w.secretctl(args...)
		if end.code != 2 || !strings.Contains(end.stderr, "hint: secretctl --help") || len(w.box.Requests()) > 0 {
			t.Errorf("%v: exit %d after %d requests\n%s", args, end.code, len(w.box.Requests()), end.stderr)
		}
	}
	w := newStatusWorld(t)
	if end := w.secretctl("status", "--format", "yaml"); !strings.Contains(end.stderr, `--format "yaml" is not one of "html", "json", "markdown", "text"`) {
		t.Error(end.stderr)
	}
	w.file("catalog.yaml", "secrets:\n  - name: a-b\n")
	if end := w.secretctl("status"); end.code != 1 || !strings.Contains(end.stderr, "[name]") {
		t.Errorf("a bad catalog: exit %d\n%s", end.code, end.stderr)
	}
}

// Of another stack the hints name it: Pulumi's selected one may be the first.
func TestStatusOfAnotherStack(t *testing.T) {
	w := newStatusWorld(t)
	w.file("Pulumi.staging.yaml", `config:
  acme-secrets:organization: acme
  acme-secrets:repository: platform
  acme-secrets:environment: acme-cloud/default/staging
  acme-secrets:rootKey: app
  acme-secrets:pulumiApiUrl: `+w.box.PulumiURL()+"\n")
	end := w.secretctl("status", "--stack", "staging")
	if end.code != 1 || end.stderr != "error: there is drift\nhint: pulumi preview --stack staging\n" ||
		!strings.Contains(end.stdout, "environment acme-cloud/default/staging does not exist: pulumi up --stack staging\n") {
		t.Errorf("exit %d\n%s%s", end.code, end.stdout, end.stderr)
	}
}
