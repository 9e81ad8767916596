package secrets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names that the pipeline began with, all 41.
const strategyNames = `
ANTHROPIC_API_KEY ASANA_ACCESS_TOKEN CODACY_API_TOKEN DOCKER_HUB_ACCESS_TOKEN
DOCKER_TOKEN ESTUARY_API_TOKEN FIGMA_PAT FIGMA_PROJECT_ID GITHUB_APP_ID
GITHUB_APP_PRIVATE_KEY GITHUB_TOKEN GONG_ACCESS_KEY GONG_ACCESS_KEY_SECRET
GRAFANA_PASSWORD HUBSPOT_API_KEY LAMBDA_API_KEY LAMBDA_LABS_API_KEY
LAMBDA_LABS_SSH_KEY LINEAR_API_KEY MEM0_API_KEY NOTION_API_TOKEN OPENAI_API_KEY
OPENROUTER_API_KEY PINECONE_API_KEY PINECONE_ENVIRONMENT PORTKEY_API_KEY
POSTGRES_PASSWORD PULUMI_ACCESS_TOKEN SLACK_APP_TOKEN SLACK_BOT_TOKEN
SLACK_SIGNING_SECRET SLACK_WEBHOOK_URL SNOWFLAKE_ACCOUNT SNOWFLAKE_DATABASE
SNOWFLAKE_PASSWORD SNOWFLAKE_ROLE SNOWFLAKE_USERNAME SNOWFLAKE_WAREHOUSE
VERCEL_ACCESS_TOKEN WEAVIATE_API_KEY WEAVIATE_URL`

func committed(t *testing.T) *Catalog {
	t.Helper()
	catalog, problems, err := Load("../../catalog.yaml")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return catalog
}

func TestCommittedCatalogNames(t *testing.T) {
	want := strings.Fields(strategyNames)
	if len(want) != 41 {
		t.Fatalf("%d names in the test", len(want))
	}
	var got []string
	for _, s := range committed(t).Secrets {
		got = append(got, s.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestCommittedCatalogKeys: the four rows of the strategy's mapping, two of which
// name sources that its list does not have; every other key is the name in lower
// case.
func TestCommittedCatalogKeys(t *testing.T) {
	catalog := committed(t)
	for source, key := range map[string]string{
		"VERCEL_ACCESS_TOKEN": "vercel_api_token",
		"GH_API_TOKEN":        "github_token",
		"ASANA_API_TOKEN":     "asana_access_token",
		"NOTION_API_KEY":      "notion_api_token",
	} {
		if s, ok := catalog.BySource(source); !ok || s.Key != key {
			t.Errorf("%s gives the key %q, want %q", source, s.Key, key)
		}
	}
	for _, s := range catalog.Secrets {
		want := strings.ToLower(s.Name)
		if s.Name == "VERCEL_ACCESS_TOKEN" {
			want = "vercel_api_token"
		}
		if s.Key != want {
			t.Errorf("%s: key %q, want %q", s.Name, s.Key, want)
		}
	}
}

func TestCommittedCatalogSources(t *testing.T) {
	renamed := map[string]string{}
	aliases := map[string][]string{}
	for _, s := range committed(t).Secrets {
		if s.GitHubName != s.Name {
			renamed[s.Name] = s.GitHubName
		}
		if s.Aliases != nil {
			aliases[s.Name] = s.Aliases
		}
		if !s.Required {
			t.Errorf("%s is not required", s.Name)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"GITHUB_TOKEN":           "GH_API_TOKEN",
		"GITHUB_APP_ID":          "GH_APP_ID",
		"GITHUB_APP_PRIVATE_KEY": "GH_APP_PRIVATE_KEY",
	}, renamed); diff != "" {
		t.Errorf("GitHub names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{
		"ASANA_ACCESS_TOKEN": {"ASANA_API_TOKEN"},
		"NOTION_API_TOKEN":   {"NOTION_API_KEY"},
	}, aliases); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
}

func TestLookups(t *testing.T) {
	catalog, problems := Parse("catalog.yaml", []byte("secrets:\n  - {name: B, github_name: G, key: k, aliases: [Z, A]}\n  - name: C\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	if diff := cmp.Diff([]string{"A", "C", "G", "Z"}, catalog.Sources()); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"G", "Z", "A"}, catalog.Secrets[0].Sources()); diff != "" {
		t.Errorf("sources of one (-want +got):\n%s", diff)
	}
	for _, tc := range []struct {
		name string
		find func(string) (Secret, bool)
		word string
		want string
	}{
		{"key", catalog.ByKey, "k", "B"},
		{"key of the name", catalog.ByKey, "c", "C"},
		{"key that the name would have", catalog.ByKey, "b", ""},
		{"name", catalog.ByName, "B", "B"},
		{"GitHub name as name", catalog.ByName, "G", ""},
		{"source", catalog.BySource, "G", "B"},
		{"source in lower case", catalog.BySource, "g", "B"},
		{"alias", catalog.BySource, "A", "B"},
		{"name as source", catalog.BySource, "B", ""},
		{"nothing", catalog.BySource, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if s, ok := tc.find(tc.word); s.Name != tc.want || ok != (tc.want != "") {
				t.Errorf("%q finds %q, want %q", tc.word, s.Name, tc.want)
			}
		})
	}
	if got := Variable("GH_TOKEN"); got != "SECRET_GH_TOKEN" {
		t.Errorf("variable %s", got)
	}
}

func TestParseSize(t *testing.T) {
	line := "  - name: A_RATHER_LONG_NAME_FOR_ONE\n"
	text := "secrets:\n" + strings.Repeat(line, 10<<20/len(line))
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	catalog, problems, err := Load(file)
	if catalog != nil || err != nil || len(problems) != 1 || problems[0].Rule != "size" {
		t.Errorf("10 MB: %v, %d problems, %v", catalog, len(problems), err)
	}
}

func TestLoadMissing(t *testing.T) {
	_, problems, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if problems != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("problems %v, error %v", problems, err)
	}
}

// FuzzParse: whatever stands in the file, there are problems or a catalog whose
// names GitHub takes.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/check/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		catalog, problems := Parse("catalog.yaml", data)
		if (catalog == nil) != (len(problems) > 0) {
			t.Fatalf("catalog %v, problems %v", catalog, problems)
		}
		if catalog == nil {
			return
		}
		for _, name := range catalog.Sources() {
			if !githubName.MatchString(name) || strings.HasPrefix(name, "GITHUB_") {
				t.Errorf("GitHub would refuse %q", name)
			}
		}
		if len(catalog.Sources()) > MaxSources {
			t.Error("more names than a workflow sees")
		}
	})
}
