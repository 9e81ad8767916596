package tests

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/google/go-cmp/cmp"
)

// TestWorkflowRuns runs the generated workflow as GitHub would, with act against
// a sandbox: checkout, build, sync, and a check of the values.
func TestWorkflowRuns(t *testing.T) {
	r := newRunner(t)
	values := r.setEverySecret(t)

	out, code := r.run(t)
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	if diff := cmp.Diff(r.keys(values), r.opened(t)); diff != "" {
		t.Fatalf("values in the environment (-in GitHub +opened):\n%s", diff)
	}

	text, _, _ := r.world.Definition(r.stack.Environment.Store().String())
	if record, _ := store.ReadRecord(text); record.Serial != markSerial {
		t.Errorf("the store is synced up to %d, want the mark of the checkout", record.Serial)
	}

	unset := r.unsetTen(t, values)
	const changed = "OPENAI_API_KEY"
	values[changed] = marker + "-another-value"
	r.set(t, changed, values[changed])
	out, code = r.run(t)
	if code == 0 {
		t.Errorf("ten secrets are unset, and the run succeeds:\n%s", out)
	}
	for _, name := range unset {
		if !regexp.MustCompile(`(?m)\| ` + name + ` .* kept .*empty$`).MatchString(out) {
			t.Errorf("the run does not say that %s is kept:\n%s", name, out)
		}
	}
	if diff := cmp.Diff(r.keys(values), r.opened(t)); diff != "" {
		t.Errorf("ten secrets are unset, one has changed: values (-want +opened):\n%s", diff)
	}
}

// markSerial is in the mark of the checkout.
const markSerial = 7

// marker is in every value, so that a leak is found.
const marker = "m4rk3r"

// hostile values arrive byte for byte; %s is the marker and a number.
var hostile = []string{
	"%s", "pa ss #word %s", "user: %s", `{"a": ["%s", null]}`, "{%s}", "*%s", "@%s", "%%%s", "&%s", "!%s", "|%s", ">%s",
	"- %s", `"%s`, "'%s", "`%s`", "~%s", "a$$b%s", "a${b}c%s", "${{ github.sha }}%s", "a&b<c>%s", `a\nb%s`, "\t%s\t",
	" %s ", "%s\n", "%s\r\n\r\n", "a\nb\n%s", "é漢😀%s", "%%0A::add-mask::%s", "{0} %s {1}",
}

// setEverySecret gives the organization a value for each secret, and returns them
// by name.
func (r *runner) setEverySecret(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	if err := r.world.SetSecret("PULUMI_ACCESS_TOKEN", r.world.Tokens().Pulumi, "all"); err != nil { // what the job logs in with
		t.Fatal(err)
	}
	for i, s := range r.catalog.Secrets {
		text := fmt.Sprintf("%s-%d", marker, i)
		switch s.Format.String() {
		case "pem":
			text = "-----BEGIN TEST KEY-----\n" + "bTRyazNyLWtleQ==" + "\n-----END TEST KEY-----\n"
		case "url":
			text = "https://hooks.example.com/" + text + "?a=b&c=%20"
		default:
			text = fmt.Sprintf(hostile[i%len(hostile)], text)
		}
		values[s.Name] = text
		r.set(t, s.Name, text)
	}
	return values
}

func (r *runner) set(t *testing.T, name, value string) {
	t.Helper()
	s, ok := r.catalog.ByName(name)
	if !ok {
		t.Fatalf("the catalog has no %s", name)
	}
	if err := r.world.SetSecret(s.GitHubName, value, "all"); err != nil {
		t.Fatal(err)
	}
}

// unsetTen deletes ten secrets from the organization, and returns their names.
func (r *runner) unsetTen(t *testing.T, values map[string]string) []string {
	t.Helper()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(values)), func(name string) bool {
		return name == "OPENAI_API_KEY"
	})[:10]
	for _, name := range names {
		s, _ := r.catalog.ByName(name)
		if !r.world.DeleteSecret(s.GitHubName) {
			t.Fatalf("%s was not set", s.GitHubName)
		}
	}
	return names
}

// keys is what the environment must open to, for these values by name.
func (r *runner) keys(values map[string]string) map[string]any {
	want := map[string]any{}
	for name, value := range values {
		s, _ := r.catalog.ByName(name)
		want[s.Key] = value
	}
	return map[string]any{r.stack.RootKey: want}
}

func (r *runner) opened(t *testing.T) map[string]any {
	t.Helper()
	values, err := r.world.Open(r.stack.Environment.String())
	if err != nil {
		t.Fatal(err)
	}
	return values
}
