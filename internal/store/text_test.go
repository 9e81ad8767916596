package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yamlv3 "gopkg.in/yaml.v3"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

var store = secrets.EnvironmentName{Organization: "acme", Project: "default", Name: "prod-store"}

// The provider compares texts: what ESC writes back after encrypting must be what
// we declared.
func TestDeclaredTextsAreWhatTheServiceWrites(t *testing.T) {
	for name, text := range map[string]string{"environment": EnvironmentText(store), "store": Seed("sophia")} {
		var node yamlv3.Node
		if err := yamlv3.Unmarshal([]byte(text), &node); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		encoder := yamlv3.NewEncoder(&out)
		encoder.SetIndent(2)
		if err := encoder.Encode(&node); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, out.String()); diff != "" {
			t.Errorf("%s (-declared +encoded):\n%s", name, diff)
		}
	}
}

func TestEnvironmentText(t *testing.T) {
	text := EnvironmentText(store)
	if keys := Keys(text); len(keys) > 0 || !strings.HasSuffix(text, "imports:\n  - default/prod-store\n") {
		t.Errorf("keys %v in:\n%s", keys, text)
	}
	if strings.Contains(text, "sophia:") {
		t.Error("it names the root key")
	}
}

func TestKeys(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"imports: [a/b]", nil},
		{"values:", nil},
		{"values: {}", nil},
		{Seed("sophia"), nil},
		{"values: text", []string{""}},
		{"values: {b: 1, a: {z: ~, y: [1]}}", []string{"a.y", "a.z", "b"}},
		{"values: {a: {fn::secret: {ciphertext: x}}, b: {fn::open::aws-login: {c: d}}}", []string{"a", "b"}},
		{"values: {a: &x {c: 1}, b: *x}", []string{"a.c", "b"}},
		{"values: [", []string{"values"}},
		{"text", []string{"values"}},
	} {
		if diff := cmp.Diff(tc.want, Keys(tc.text)); diff != "" {
			t.Errorf("Keys(%q) (-want +got):\n%s", tc.text, diff)
		}
	}
}

func TestRedact(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"not YAML", "MARK: [MARK", "[value]\n"},
		{"a text", "MARK", "[value]\n"},
		{"scalars", "values:\n  a: MARK\n  b: 'MARK'\n  c: 12\n  d: [MARK, 1]\n", "values:\n  a: [value]\n  b: [value]\n  c: [value]\n  d: [[value], [value]]\n"},
		{"lines", "values:\n  a: |\n    MARK\n    MARK\n  b: >-\n    MARK\n\n    MARK\n", "values:\n  a: [value]\n  b: [value]\n"},
		{"comments", "# MARK\n# MARK\n\n# MARK\nvalues: # MARK\n  # MARK\n  a: b # MARK\n  # MARK\n", "# [value]\n# [value]\n\n# [value]\nvalues: # [value]\n  # [value]\n  a: [value] # [value]\n  # [value]\n"},
		{"tags and anchors", "values:\n  a: &MARK !MARK b\n  c: *MARK\n", "values:\n  a: [value]\n  c: [value]\n"},
		{"secret", "values:\n  a:\n    fn::secret:\n      ciphertext: MARK\n", "values:\n  a:\n    fn::secret:\n      ciphertext: [value]\n"},
		{"values as keys", "values:\n  ? \"MARK MARK\"\n  : b\n  ? [MARK]\n  : c\n", "values:\n  [value]: [value]\n  ? [[value]]\n  : [value]\n"},
		{"a token as a key", "values:\n  ghp_MARKMARKMARKMARKMARKMARKMARKMARK1234: a\n", "values:\n  [value]: [value]\n"},
		{"ours", EnvironmentText(store), "# [value]\nimports:\n  - [value]\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Redact(tc.text)
			if strings.Contains(got, "MARK") || strings.Contains(got, "12") {
				t.Errorf("it shows: %s", got)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A key may be a value in the wrong place.
func TestShown(t *testing.T) {
	for _, name := range []string{
		"app", "app.openai_api_key", "environmentVariables.PULUMI_ACCESS_TOKEN", "app.s3_bucket_2026", "pulumiConfig.aws:region",
		"snowflake_private_key_passphrase_for_the_warehouse", "fn::open::aws-login", "sophia-secrets-record", "odd:,key|%",
	} {
		if got := Shown(name); got != name {
			t.Errorf("%s is shown as %s", name, got)
		}
	}
	hex := fmt.Sprintf("%x", sha256.Sum256([]byte(t.Name())))
	for _, value := range []string{
		"ghp_" + hex[:36], "a" + hex[:39], "A" + strings.ToUpper(hex[:19]) + "1", "sk-proj-" + hex[:20], hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:32],
		"pass word", strings.Repeat("ab_", 30), strings.Repeat("k", 32),
	} {
		if got := Shown("app." + value); got != "app.[value]" {
			t.Errorf("%q is shown as %s", value, got)
		}
		if got := Shown("app." + value + ".more"); got != "app.[value]" {
			t.Errorf("%q with a key below it is shown as %s", value, got)
		}
	}
}

// FuzzRedact looks for a scalar that shows. Whatever the document is, every
// letter x in it is in a scalar, a comment or a key that is no name.
func FuzzRedact(f *testing.F) {
	for _, text := range []string{"a: xxxx", "# xxxx\na: [xxxx]\n", "a: |\n  xxxx\n", "? {xxxx: 1}\n: b", "--- xxxx\n...\n# xxxx", "!xxxx a: &xxxx b", "%TAG ! xxxx\n---\na"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Redact(strings.ReplaceAll(text, "xxxx", "x x!x"))
		if strings.Contains(got, "x x!x") {
			t.Errorf("%q shows as %q", text, got)
		}
	})
}
