package tests

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/generated"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Only these tests read catalog.yaml and the stack's file at the top of the
// repository, which are the instance's.

const notTheSeed = "tests/instance_test.go holds the instance to the strategy of ai-cherry; change both if that has changed"

// seedNames are the names of ai-cherry's strategy.
const seedNames = `
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

// seedKeys are the rows of its mapping: the name under which a value arrives, and
// the key under which applications ask. GitHub refuses the name GITHUB_TOKEN.
var seedKeys = map[string]string{
	"VERCEL_ACCESS_TOKEN": "vercel_api_token",
	"GH_API_TOKEN":        "github_token",
	"ASANA_API_TOKEN":     "asana_access_token",
	"NOTION_API_KEY":      "notion_api_token",
}

// instance returns the committed catalog and stack, or skips the test if there is
// no stack.
func instance(t *testing.T) (*secrets.Catalog, secrets.Stack) {
	t.Helper()
	stack, err := secrets.LoadStack("../Pulumi.production.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this repository has no stack named production")
	}
	if err != nil {
		t.Fatal(err)
	}
	catalog, problems, err := secrets.Load("../catalog.yaml")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return catalog, stack
}

// seed is the instance of ai-cherry. Another company's has names of its own.
func seed(t *testing.T) (*secrets.Catalog, secrets.Stack) {
	t.Helper()
	catalog, stack := instance(t)
	if stack.Organization != "ai-cherry" {
		t.Skipf("the instance is that of %s: the tests of ai-cherry's strategy can go", stack.Organization)
	}
	return catalog, stack
}

// More secrets and more aliases are welcome; none of the seed's may go.
func TestSeedNames(t *testing.T) {
	catalog, _ := seed(t)
	for _, name := range strings.Fields(seedNames) {
		if _, ok := catalog.ByName(name); !ok {
			t.Errorf("the catalog lacks %s: %s", name, notTheSeed)
		}
	}
}

func TestSeedKeys(t *testing.T) {
	catalog, _ := seed(t)
	for source, key := range seedKeys {
		if s, ok := catalog.BySource(source); !ok || s.Key != key {
			t.Errorf("the value of %s has the key %q, want %q: %s", source, s.Key, key, notTheSeed)
		}
	}
	for _, name := range strings.Fields(seedNames) {
		s, ok := catalog.ByName(name)
		if want := strings.ToLower(name); ok && s.Key != want && seedKeys[name] == "" {
			t.Errorf("%s has the key %q, want %q: %s", name, s.Key, want, notTheSeed)
		}
	}
}

func TestSeedStack(t *testing.T) {
	_, stack := seed(t)
	got := []string{stack.Environment.String(), stack.RootKey}
	if want := []string{"scoobyjava-org/default/sophia-ai-production", "sophia"}; !slices.Equal(got, want) {
		t.Errorf("environment and root key are %v, want %v: %s", got, want, notTheSeed)
	}
}

// The committed workflows are those that up declares.
func TestWorkflowsAreGenerated(t *testing.T) {
	catalog, stack := instance(t)
	for path, want := range map[string]string{
		fixture.WorkflowPath:    workflow.Render(stack, catalog),
		fixture.MaintenancePath: workflow.RenderMaintenance(stack, catalog),
	} {
		committed, err := os.ReadFile("../" + path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(committed), want); diff != "" {
			t.Errorf("make generate renews %s (-committed +rendered):\n%s", path, diff)
		}
	}
}

// So is the one that runs Pulumi, which no up declares.
func TestPulumiWorkflowIsRendered(t *testing.T) {
	catalog, stack := instance(t)
	path := workflow.PulumiPath(workflow.DefaultStack)
	committed, err := os.ReadFile("../" + path)
	if err != nil {
		t.Fatal(err)
	}
	want := workflow.RenderPulumi(stack, workflow.DefaultStack, generated.Committed(stack, catalog))
	if diff := cmp.Diff(string(committed), want); diff != "" {
		t.Errorf("make generate renews %s (-committed +rendered):\n%s", path, diff)
	}
}
