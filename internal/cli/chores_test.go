package cli_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// fakePulumi stands in for the command line of Pulumi: it encrypts nothing, but takes
// the value as it does, from standard input.
func (w *choreWorld) fakePulumi(script string) {
	w.Helper()
	bin := w.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		w.Fatal(err)
	}
	w.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	w.environ = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
}

const managedStack = `config:
  acme-secrets:organization: acme
  acme-secrets:repository: platform
  acme-secrets:environment: acme-cloud/default/production
  acme-secrets:rootKey: app
  acme-secrets:values:
    ALPHA:
      secure: v1:abc
`

// The value of a managed secret goes into the stack's config, and what pulumi says
// never shows it.
func TestRotateManaged(t *testing.T) {
	const sets = `[ "$*" = "config set --secret --path values.ALPHA --stack production" ] || exit 9
cat >got
sed -i 's/v1:abc/v1:def/' Pulumi.production.yaml
`
	for _, tc := range []struct {
		name, script string
		args         []string
		code         int
		want         []string
		changed      bool
	}{
		{"set", sets, nil, 0, []string{"holds the new value of ALPHA; GitHub and the store hold the old one", "to send it: pulumi up --stack production"}, true},
		{"dry run", sets, []string{"--dry-run"}, 0, []string{"would run pulumi config set --secret --path values.ALPHA --stack production"}, false},
		{"refused", "echo started; echo error: incorrect passphrase >&2; exit 255\n", nil, 3, []string{"pulumi config set: exit status 255: error: incorrect passphrase; nothing was changed", "hint: secretctl rotate ALPHA"}, false},
		{"shows the value", "cat; exit 1\n", nil, 3, []string{"pulumi config set: exit status 1; nothing was changed"}, false},
		{"ends after it wrote", sets + "exit 1\n", nil, 3, []string{"was changed and may hold the new value, GitHub and the store hold the old one"}, true},
		{"writes nothing", "cat >got\n", nil, 3, []string{"pulumi config set changed nothing"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newChoreWorld(t, twoSecrets)
			w.file("Pulumi.production.yaml", managedStack)
			w.fakePulumi(tc.script)
			w.stdin = w.value("next-M")
			before, _, _ := w.box.Secret("ALPHA")
			w.wants(w.secretctl(append([]string{"rotate", "ALPHA"}, tc.args...)...), tc.code, tc.want...)
			text, _ := os.ReadFile(filepath.Join(w.folder, "Pulumi.production.yaml"))
			if changed := string(text) != managedStack; changed != tc.changed {
				t.Errorf("the stack's file was changed: %v", changed)
			}
			if got, _ := os.ReadFile(filepath.Join(w.folder, "got")); tc.changed && string(got) != w.stdin {
				t.Error("pulumi got another value")
			}
			if now, _, _ := w.box.Secret("ALPHA"); now != before {
				t.Error("GitHub has another value")
			}
		})
	}
	t.Run("no pulumi", func(t *testing.T) {
		w := newChoreWorld(t, twoSecrets)
		w.file("Pulumi.production.yaml", managedStack)
		t.Setenv("PATH", t.TempDir())
		w.wants(w.secretctl("rotate", "ALPHA"), 3, "ALPHA is managed", "nothing was changed", "hint: see https://www.pulumi.com/docs/install")
	})
	t.Run("names that nobody can tell", func(t *testing.T) {
		w := newChoreWorld(t, twoSecrets)
		w.file("Pulumi.production.yaml", strings.Replace(managedStack, "    ALPHA:\n      secure: v1:abc\n", "    secure: v1:abc\n", 1))
		w.wants(w.secretctl("rotate", "ALPHA"), 3, "encrypted as a whole", "nothing was changed")
	})
}

// A deleted secret comes back from the store's copy, when a person says so.
func TestRestore(t *testing.T) {
	for name, tc := range map[string]struct {
		catalog, visibility string
		repositories        int
	}{
		"as the catalog says":   {twoSecrets + "    visibility: selected\n    repositories: [platform]\n", "selected", 1},
		"the catalog is silent": {twoSecrets, "private", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newChoreWorld(t, tc.catalog)
			value, _, _ := w.box.Secret("GH_BETA")
			w.wants(w.secretctl("restore", "BETA", "--yes"), 3, "GH_BETA is in GitHub; nothing was changed", "hint: secretctl status")
			age := w.age("BETA")
			w.box.DeleteSecret("GH_BETA")
			w.wants(w.secretctl("status"), 1, "organization secret GH_BETA is missing; secretctl restore BETA puts the store's copy back, unless it was revoked; to set another value: gh secret set GH_BETA --org acme --visibility "+tc.visibility)
			w.wants(w.secretctl("restore", "BETA"), 2, "nobody is there to ask", "hint: secretctl restore BETA --yes\n",
				"warning: GH_BETA is not in GitHub: perhaps it was deleted because it had leaked or was revoked",
				"was last set in GitHub at", "https://github.com/acme/platform/actions/runs/77", "was written by pipeline at", "it would be put back as organization secret GH_BETA (visibility "+tc.visibility)
			w.ask = func(context.Context, string, bool) (string, error) { return "yes", nil }
			w.wants(w.secretctl("restore", "BETA"), 3, "that was another answer; nothing was changed")
			w.ask = func(_ context.Context, question string, hidden bool) (string, error) {
				if hidden || question != "type BETA to put it back: " {
					t.Errorf("asked %q, hidden %v", question, hidden)
				}
				return "BETA", nil
			}
			w.wants(w.secretctl("restore", "BETA", "--dry-run"), 0, "would set organization secret GH_BETA")
			if _, _, ok := w.box.Secret("GH_BETA"); ok {
				t.Fatal("it was put back already")
			}
			w.wants(w.secretctl("restore", "BETA"), 0, "BETA: applications read the value")
			now, info, _ := w.box.Secret("GH_BETA")
			if now != value || info.Visibility != tc.visibility || len(info.Repositories) != tc.repositories {
				t.Errorf("the value is back: %v, as %+v", now == value, info)
			}
			w.quiet()
			if now := w.age("BETA"); now != age { // the value is no younger for having been away
				t.Errorf("the age was %q, is %q", age, now)
			}
		})
	}
}

// age is how old the list says that a value is.
func (w *choreWorld) age(name string) string {
	w.Helper()
	for line := range strings.Lines(w.secretctl("rotation").stdout) {
		if strings.HasPrefix(line, name+" ") {
			return line
		}
	}
	return ""
}

// A restoration that stops says what is true, and never takes a bad copy.
func TestRestoreThatStops(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault sandbox.Fault
		setup func(*choreWorld)
		says  []string
		there bool // whether GitHub has the secret again
	}{
		{"a refused write", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Status: 403}, nil, []string{"403", "nothing was changed", "hint: secretctl restore BETA\n"}, false},
		{"not confirmed", sandbox.Fault{Method: http.MethodPut, Path: "/secrets/GH_BETA$", Drop: true, After: true}, nil, []string{"GitHub may hold GH_BETA again, and the store holds it as before"}, true},
		{"the mark is refused", sandbox.Fault{Method: http.MethodPut, Path: "/contents/", Status: 403}, nil, []string{"GitHub holds the value again, the mark is as it was, and the store holds it as before", "hint: pulumi up\n"}, true},
		{"a list that lags", sandbox.Fault{}, func(w *choreWorld) {
			if err := w.box.SetSecret("GH_BETA", w.value("first-M"), "private"); err != nil {
				w.Fatal(err)
			}
			w.box.DeleteSecret("GH_BETA")
			w.box.SetManners(sandbox.Manners{DateLag: time.Hour})
			if err := w.box.SetSecret("GH_BETA", w.value("first-M"), "private"); err != nil {
				w.Fatal(err)
			}
		}, []string{"organization secret GH_BETA is in GitHub; nothing was changed"}, true},
		{"no copy", sandbox.Fault{}, func(w *choreWorld) { w.edit("values:\n  app:\n    alpha: {fn::secret: x}\n") },
			[]string{"the store's copy of BETA is no good: missing; nothing was changed", "hint: gh secret set GH_BETA --org acme --visibility private\n"}, false},
		{"a copy in clear text", sandbox.Fault{}, func(w *choreWorld) { w.edit("values:\n  app:\n    beta: first\n") },
			[]string{"the store's copy of BETA is no good: in clear text"}, false},
		{"a copy that is a placeholder", sandbox.Fault{}, func(w *choreWorld) { w.edit("values:\n  app:\n    beta: {fn::secret: CHANGEME}\n") },
			[]string{"the store's copy of BETA is no good: a placeholder"}, false},
		{"managed", sandbox.Fault{}, func(w *choreWorld) {
			w.file("Pulumi.production.yaml", strings.Replace(managedStack, "ALPHA", "BETA", 1))
		}, []string{"BETA is managed", "hint: pulumi up\n"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newChoreWorld(t, twoSecrets)
			w.box.DeleteSecret("GH_BETA")
			if tc.setup != nil {
				tc.setup(w)
			}
			if tc.fault != (sandbox.Fault{}) {
				w.box.Inject(tc.fault)
			}
			w.wants(w.secretctl("restore", "BETA", "--yes"), 3, tc.says...)
			if _, _, there := w.box.Secret("GH_BETA"); there != tc.there {
				t.Errorf("GitHub has it: %v", there)
			}
		})
	}
}

// The list is by due date, in each format, and fails when a value is overdue.
func TestRotationList(t *testing.T) {
	w := newChoreWorld(t, "rotate_every: 180d\nsecrets:\n  - {name: ALPHA, owner: 'a|b team'}\n  - {name: BETA, rotate_every: 2d}\n  - {name: GAMMA, rotate_every: never}\n  - {name: DELTA, required: false}\n")
	w.box.DeleteSecret("DELTA")
	w.box.SetClock(time.Now()) // three days after the secrets were set
	end := w.secretctl("rotation")
	w.wants(end, 1, "error: 1 overdue value\nhint: secretctl rotate BETA\n")
	var states []string
	for line := range strings.Lines(end.stdout) {
		fields := strings.Fields(line)
		states = append(states, fields[0]+" "+fields[len(fields)-1])
	}
	if got := strings.Join(states, ", "); got != "SECRET STATE, BETA overdue, ALPHA fine, GAMMA never, DELTA missing" {
		t.Errorf("%s\n%s", got, end.stdout)
	}
	w.wants(end, 1, "at least 3 days")
	w.wants(w.secretctl("rotation", "--format", "markdown"), 1, `| ALPHA | a\|b team | at least 3 days | `)
	var list struct {
		Version int
		Secrets []struct {
			Name, State, Due string
			At               bool `json:"at_least"`
			Every            int  `json:"rotate_every_days"`
		}
	}
	out := w.secretctl("rotation", "--format", "json")
	if err := json.Unmarshal([]byte(out.stdout), &list); err != nil || len(list.Secrets) != 4 || list.Secrets[0].Name != "BETA" || list.Secrets[0].State != "overdue" || list.Secrets[0].Every != 2 || !list.Secrets[0].At {
		t.Errorf("%v: %s", err, out.stdout)
	}
	w.wants(w.secretctl("status"), 1, "the value of BETA is at least 3 days old and was due on", "(no owner): secretctl rotate BETA")
	w.stdin = w.value("next-M")
	w.wants(w.secretctl("rotate", "BETA"), 0)
	w.wants(w.secretctl("rotation"), 0, "BETA    -         0 days")
	if text, _ := w.box.File(fixture.MarkPath); !strings.Contains(text, "serial: 2") {
		t.Error(text)
	}
}
