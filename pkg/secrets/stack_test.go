package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func from(config map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) {
		text, ok := config[key]
		return text, ok
	}
}

func least() map[string]string {
	return map[string]string{"organization": "acme", "repository": "platform", "environment": "org/project/env", "rootKey": "app"}
}

func TestNewStack(t *testing.T) {
	whole := least()
	for key, text := range map[string]string{
		"rootKey": "root", "adopt": "true", "pulumiOidc": "true", "workflow": "staging", "catalog": "staging/catalog.yaml", "githubEnvironment": "Staging 1", "statusToken": "READER",
		"githubBaseUrl": "http://127.0.0.1:8080", "pulumiApiUrl": "https://Pulumi.Example//",
	} {
		whole[key] = text
	}
	environment := EnvironmentName{"org", "project", "env"}
	for _, tc := range []struct {
		name   string
		config map[string]string
		want   Stack
	}{
		{"defaults", least(), Stack{
			Project: "acme-secrets", Organization: "acme", Repository: "platform", Environment: environment, RootKey: "app",
			Workflow: "sync_secrets", Catalog: "catalog.yaml", DefaultBranch: "main",
			GitHubBaseURL: "https://api.github.com/", PulumiAPIURL: "https://api.pulumi.com",
		}},
		{"everything", whole, Stack{
			Project: "acme-secrets", Organization: "acme", Repository: "platform", Environment: environment, RootKey: "root",
			Adopt: true, PulumiOIDC: true, Workflow: "staging", Catalog: "staging/catalog.yaml", GitHubEnvironment: "Staging 1", DefaultBranch: "main", StatusToken: "READER",
			GitHubBaseURL: "http://127.0.0.1:8080/", PulumiAPIURL: "https://pulumi.example",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := NewStack("acme-secrets", from(tc.config))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("stack (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewStackErrors(t *testing.T) {
	for _, tc := range []struct{ key, text, want string }{
		{"organization", "", "is missing: pulumi config set organization NAME"},
		{"organization", "a/b", `is "a/b", not a name: pulumi config set organization NAME`},
		{"repository", "", "is missing: pulumi config set repository NAME"},
		{"repository", "acme/platform", `is "acme/platform", not a name: pulumi config set repository NAME`},
		{"environment", "", "is missing: pulumi config set environment ORG/PROJECT/ENV"},
		{"environment", "env", `is "env", not an ESC environment: pulumi config set environment ORG/PROJECT/ENV`},
		{"rootKey", "", "is missing: pulumi config set rootKey NAME"},
		{"rootKey", "a.b", `is "a.b", not lower case letters, digits and _: pulumi config set rootKey NAME`},
		{"strict", "true", `is no longer read, set the variable STRICT_PREVIEW=true for one preview instead: pulumi config rm strict`},
		{"workflow", "a b", `is "a b", not a name of letters, digits, - and _: pulumi config set workflow sync_secrets`},
		{"workflow", "staging_maintenance", `is "staging_maintenance", which ends like the maintenance workflow of another stack: pulumi config set workflow staging`},
		{"catalog", "../x.yaml", `is "../x.yaml", not the path of a .yaml file below the top of the repository: pulumi config set catalog catalog.yaml`},
		{"githubEnvironment", "a\"b", `is "a\"b", not the name of a GitHub environment, without quotes or line ends: pulumi config set githubEnvironment NAME`},
		{"adopt", "1", `is "1", not one of "false", "true": pulumi config set adopt false`},
		{"pulumiOidc", "", `is "", not one of "false", "true": pulumi config set pulumiOidc false`},
		{"githubBaseUrl", "api.github.com", `is not usable: the address of the service is not a web address: pulumi config set githubBaseUrl https://api.github.com/`},
		{"pythonAccess", `{"repository":"a","path":"core/import/x.py"}`, `is not usable: path "core/import/x.py" cannot be imported, since "import" is a keyword of Python: pulumi config set --path pythonAccess.path backend/core/auto_esc_config.py`},
		{"pythonAccess", `{"repository":"a","path":"class.py"}`, `is not usable: path "class.py" cannot be imported, since "class" is a keyword of Python: pulumi config set --path pythonAccess.path backend/core/auto_esc_config.py`},
		{"pulumiApiUrl", "http://pulumi.example", `is not usable: a token is sent over https alone, or over http to this machine: use https: pulumi config set pulumiApiUrl https://api.pulumi.com`},
		{"pulumiApiUrl", "ftp://a", `is not usable: a token is sent over https alone, or over http to this machine: use https: pulumi config set pulumiApiUrl https://api.pulumi.com`},
		{"pulumiApiUrl", "file:///tmp/x", `is not usable: the address of the service is not a web address: pulumi config set pulumiApiUrl https://api.pulumi.com`},
		{"pulumiApiUrl", "https://user:pasted@a", `is not usable: the address of the service holds a user, a query or a fragment: leave only scheme, host and path: pulumi config set pulumiApiUrl https://api.pulumi.com`},
	} {
		t.Run(tc.key+" "+tc.text, func(t *testing.T) {
			config := least()
			config[tc.key] = tc.text
			_, err := NewStack("acme-secrets", from(config))
			want := "config acme-secrets:" + tc.key + " " + tc.want
			if err == nil || err.Error() != want {
				t.Errorf("error\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestNewStackSaysEverything(t *testing.T) {
	_, err := NewStack("acme-secrets", from(map[string]string{"adopt": "?", "githubBaseUrl": "?", "rootKey": "?"}))
	if err == nil {
		t.Fatal("no error")
	}
	var keys []string
	for line := range strings.Lines(err.Error()) {
		key, _, _ := strings.Cut(strings.TrimPrefix(line, "config acme-secrets:"), " ")
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"organization", "repository", "environment", "rootKey", "adopt", "githubBaseUrl"}, keys); diff != "" {
		t.Errorf("keys named (-want +got):\n%s", diff)
	}
}

func TestEnvironmentName(t *testing.T) {
	for text, ok := range map[string]bool{
		"org/project/env":               true,
		"acme-cloud/default/production": true,
		"o.1/p_2/e-3":                   true,
		"":                              false,
		"env":                           false,
		"project/env":                   false,
		"a/b/c/d":                       false,
		"a//c":                          false,
		"a/b/c ":                        false,
		"a/b/c\n":                       false,
		"a/../c":                        false,
		"a/./c":                         false,
		"a/b/$(id)":                     false,
		`a/b/c"`:                        false,
		"a/b/${{ x }}":                  false,
		"https://app.pulumi.com/org/esc/project/env": false,
	} {
		name, err := ParseEnvironmentName(text)
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if ok && name.String() != text {
			t.Errorf("%q prints as %q", text, name)
		}
	}
	name := EnvironmentName{"org", "project", "env"}
	if got := name.Store().String(); got != "org/project/env-store" {
		t.Errorf("store %s", got)
	}
	if got := name.Store().Import(); got != "project/env-store" {
		t.Errorf("import %s", got)
	}
}

func TestLoadStack(t *testing.T) {
	const head = "config:\n  acme-secrets:organization: acme\n  acme-secrets:repository: platform\n  acme-secrets:environment: a/b/c\n  acme-secrets:rootKey: app\n"
	for _, tc := range []struct{ name, text, want string }{
		{"least", head, ""},
		{"typed scalars", head + "  acme-secrets:pulumiOidc: true\n  acme-secrets:adopt: \"false\"\n", ""},
		{"what other programs keep there", "encryptionsalt: v1:x\n" + head + "  acme-secrets:values: {A: {secure: x}}\n  aws:region: x\n", ""},
		{"empty", "", "organization is missing"},
		{"no config", "encryptionsalt: v1:x\n", "organization is missing"},
		{"encrypted", strings.Replace(head, ": acme\n", ": {secure: x}\n", 1), "organization is missing"},
		{"another project", strings.Replace(head, "acme-secrets:organization", "other:organization", 1), "config acme-secrets:organization is missing"},
		{"no root key", strings.Replace(head, "acme-secrets:rootKey", "other:rootKey", 1), "rootKey is missing: pulumi config set rootKey NAME"},
		{"not YAML", "config: [", "Pulumi.test.yaml: "},
		{"a list", "config:\n  - a\n", "Pulumi.test.yaml: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := writeStack(t, "name: acme-secrets\n", tc.text)
			stack, err := LoadStack(file)
			switch {
			case tc.want == "" && (err != nil || stack.Organization != "acme" || stack.Project != "acme-secrets"):
				t.Errorf("%+v, %v", stack, err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("error %v, want %q in it", err, tc.want)
			case tc.want != "" && !strings.Contains(err.Error(), file):
				t.Errorf("error %v does not name the file", err)
			}
		})
	}
	if _, err := LoadStack(filepath.Join(t.TempDir(), "Pulumi.none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// The names of managed secrets, whatever way their values are encrypted.
func TestLoadStackManaged(t *testing.T) {
	const head = "config:\n  acme-secrets:organization: acme\n  acme-secrets:repository: platform\n  acme-secrets:environment: a/b/c\n  acme-secrets:rootKey: app\n  acme-secrets:values: "
	for text, want := range map[string][]string{
		"{B: {secure: x}, A: {secure: y}}": {"A", "B"},
		"{secure: x}":                      nil,
		"{}":                               nil,
	} {
		stack, err := LoadStack(writeStack(t, "name: acme-secrets\n", head+text+"\n"))
		if diff := cmp.Diff(want, stack.Managed); diff != "" || err != nil {
			t.Errorf("%s: %v, managed (-want +got):\n%s", text, err, diff)
		}
	}
}

// A stack belongs to a project. Without one the error is about that, and does
// not read as a missing stack.
func TestLoadStackWithoutProject(t *testing.T) {
	for _, tc := range []struct{ name, project, want string }{
		{"no file", "", "Pulumi.yaml does not exist: put it beside the stack's config, with the line name: PROJECT"},
		{"no name", "runtime: go\n", "Pulumi.yaml names no project: add the line name: PROJECT"},
		{"not YAML", "name: [", "Pulumi.yaml: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := LoadStack(writeStack(t, tc.project, "config: {}\n"))
			if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, os.ErrNotExist) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}

// writeStack writes Pulumi.test.yaml and, unless its text is empty, Pulumi.yaml.
func writeStack(t *testing.T, project, stack string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "Pulumi.test.yaml")
	err := os.WriteFile(file, []byte(stack), 0o600)
	if project != "" {
		err = errors.Join(err, os.WriteFile(filepath.Join(filepath.Dir(file), "Pulumi.yaml"), []byte(project), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A command names the stack where Pulumi or secretctl could take another.
func TestTyped(t *testing.T) {
	for command, want := range map[string]string{
		"pulumi up":                            "pulumi up --stack staging",
		"pulumi config rm --path values.NAME":  "pulumi config rm --path values.NAME --stack staging",
		"secretctl status":                     "secretctl status --stack staging",
		"pulumi env edit acme-cloud/default/e": "pulumi env edit acme-cloud/default/e",
		"gh secret set NAME --org acme":        "gh secret set NAME --org acme",
		"git push":                             "git push",
		"":                                     "",
	} {
		if got := (Stack{Name: "staging"}).Typed(command); got != want {
			t.Errorf("%q: got %q", command, got)
		}
		for _, name := range []string{"", defaultStack} {
			if got := (Stack{Name: name}).Typed(command); got != command {
				t.Errorf("%q, stack %q: got %q", command, name, got)
			}
		}
	}
}
