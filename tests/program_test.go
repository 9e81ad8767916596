package tests

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/pkg/pipeline"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const (
	secretType      = "github:index/actionsOrganizationSecret:ActionsOrganizationSecret"
	fileType        = "github:index/repositoryFile:RepositoryFile"
	environmentType = "pulumiservice:index:Environment"
	nodeType        = "sophia-secrets:index:Secret"
)

// recorder is a Pulumi engine that records what the program registers.
type recorder struct {
	live       []map[string]any // the organization's list
	owner      string           // the owner that the provider reports
	outputs    map[string]any   // of the last up
	failOnType string           // resource type whose registration fails

	mu        sync.Mutex
	resources map[string]registered
}

type registered struct {
	rpc    *pulumirpc.RegisterResourceRequest
	inputs resource.PropertyMap
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken == r.failOnType {
		return "", nil, errors.New("injected for " + args.Name) // the engine names the resource too
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources[args.TypeToken+" "+args.Name] = registered{args.RegisterRPC, args.Inputs}
	outputs := args.Inputs.Copy()
	outputs["updatedAt"] = resource.NewStringProperty("2026-08-02 10:00:00 +0000 UTC")
	outputs["environmentId"] = resource.NewStringProperty("id-of-" + args.Name)
	return args.Name + "-id", outputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "pulumi:pulumi:readStackOutputs":
		return resource.NewPropertyMapFromMap(map[string]any{"outputs": r.outputs}), nil
	case "github:index/getActionsOrganizationSecrets:getActionsOrganizationSecrets":
		list := []any{}
		for _, l := range r.live {
			list = append(list, l)
		}
		return resource.NewPropertyMapFromMap(map[string]any{"id": r.owner, "secrets": list}), nil
	}
	return nil, errors.New("unexpected call of " + args.Token)
}

// program is one run of the production program, with the changes of a test.
type program struct {
	*recorder
	dir          string
	config       map[string]string
	plainValues  bool
	environments environments
	files        repository
	dryRun       bool
	scopes       string
	variables    map[string]string
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{
		recorder:     &recorder{owner: fixture.Organization, outputs: map[string]any{}, resources: map[string]registered{}},
		dir:          t.TempDir(),
		config:       fixture.Config(),
		environments: environments{},
		variables:    map[string]string{"GITHUB_TOKEN": "t", "PULUMI_ACCESS_TOKEN": "t"},
	}
	if err := fixture.Write(p.dir); err != nil {
		t.Fatal(err)
	}
	for _, s := range catalog(t).Secrets {
		p.live = append(p.live, live(s.GitHubName, "private"))
	}
	return p
}

func live(name, visibility string) map[string]any {
	return map[string]any{
		"name": name, "visibility": visibility,
		"createdAt": "2026-08-01 10:00:00 +0000 UTC", "updatedAt": "2026-08-01 10:00:00 +0000 UTC",
	}
}

func catalog(t *testing.T) *secrets.Catalog {
	t.Helper()
	c, err := fixture.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *program) run() error {
	program := pipeline.New(pipeline.Options{
		Dir:    p.dir,
		Lookup: func(name string) (string, bool) { text, ok := p.variables[name]; return text, ok },
		HTTP:   services{p.environments, p.files, p.live, p.scopes}.client(),
	})
	return pulumi.RunErr(program, pulumi.WithMocks(fixture.Project, fixture.StackName, p.recorder), func(info *pulumi.RunInfo) {
		info.Config = p.config
		info.DryRun = p.dryRun
		if !p.plainValues {
			info.ConfigSecretKeys = []string{fixture.Project + ":values"}
		}
	})
}

// addToStack adds a key to the stack's file.
func (p *program) addToStack(text string) {
	file, err := os.OpenFile(filepath.Join(p.dir, "Pulumi."+fixture.StackName+".yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = file.WriteString("  " + fixture.Project + ":" + text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		panic(err)
	}
}

// manage gives the stack a value for each name.
func (p *program) manage(names ...string) {
	var values []string
	for _, name := range names {
		values = append(values, `"`+name+`":"value-of-`+strings.ToLower(name)+`"`)
	}
	p.config[fixture.Project+":values"] = "{" + strings.Join(values, ",") + "}"
}

func (r *recorder) ofType(token string) []string {
	var names []string
	for key := range r.resources {
		if name, ok := strings.CutPrefix(key, token+" "); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestEverySecretIsANode(t *testing.T) {
	p := newProgram(t)
	p.manage("OPENAI_API_KEY", "GITHUB_TOKEN")
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range catalog(t).Secrets {
		want = append(want, s.Name)
		node := p.resources[nodeType+" "+s.Name]
		if node.rpc == nil {
			t.Fatalf("%s has no node", s.Name)
		}
		mode := "adopted"
		if s.Name == "OPENAI_API_KEY" || s.Name == "GITHUB_TOKEN" {
			mode = "managed"
		}
		got := node.inputs.Mappable()
		for key, text := range map[string]string{"name": s.Name, "githubName": s.GitHubName, "key": s.Key, "mode": mode} {
			if got[key] != text {
				t.Errorf("%s: %s is %v, want %s", s.Name, key, got[key], text)
			}
		}
		if !strings.HasSuffix(node.rpc.GetParent(), "::pipeline") {
			t.Errorf("%s has parent %s", s.Name, node.rpc.GetParent())
		}
	}
	if !slices.Equal(p.ofType(nodeType), want) {
		t.Errorf("nodes %v, want %v", p.ofType(nodeType), want)
	}
}

func TestManagedSecret(t *testing.T) {
	p := newProgram(t)
	p.manage("OPENAI_API_KEY", "GITHUB_TOKEN")
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	if got := p.ofType(secretType); !slices.Equal(got, []string{"GITHUB_TOKEN", "OPENAI_API_KEY"}) {
		t.Fatalf("declared organization secrets %v", got)
	}
	got := p.resources[secretType+" GITHUB_TOKEN"]
	if name := got.inputs["secretName"].StringValue(); name != "GH_API_TOKEN" {
		t.Errorf("GitHub name %s", name)
	}
	if !got.inputs["value"].IsSecret() {
		t.Error("the value is no Pulumi secret")
	}
	if !strings.HasSuffix(got.rpc.GetParent(), nodeType+"::GITHUB_TOKEN") {
		t.Errorf("parent %s", got.rpc.GetParent())
	}
	// An update that GitHub refused would leave the new value in the state.
	if on := got.rpc.GetReplaceOnChanges(); !slices.Equal(on, []string{"value"}) {
		t.Errorf("replaced on changes of %v", on)
	}
	if !got.rpc.GetRetainOnDelete() || !got.rpc.GetDeleteBeforeReplace() || got.rpc.GetProtect() {
		t.Errorf("retain %v, delete before replace %v, protect %v", got.rpc.GetRetainOnDelete(), got.rpc.GetDeleteBeforeReplace(), got.rpc.GetProtect())
	}
}

func TestEnvironmentsAreKept(t *testing.T) {
	p := newProgram(t)
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	store, environment := p.resources[environmentType+" store"].rpc, p.resources[environmentType+" environment"].rpc
	// Retained, not protected: another environment could not be declared otherwise.
	if store.GetProtect() || !store.GetRetainOnDelete() || !slices.Equal(store.GetIgnoreChanges(), []string{"yaml"}) {
		t.Errorf("store: protect %v, retain %v, ignores %v", store.GetProtect(), store.GetRetainOnDelete(), store.GetIgnoreChanges())
	}
	if environment.GetProtect() || !environment.GetRetainOnDelete() || len(environment.GetIgnoreChanges()) > 0 {
		t.Errorf("environment: protect %v, retain %v, ignores %v", environment.GetProtect(), environment.GetRetainOnDelete(), environment.GetIgnoreChanges())
	}
	if store.GetImportId() != "" || environment.GetImportId() != "" {
		t.Error("environments that do not exist are imported")
	}
	if len(environment.GetHooks().GetAfterCreate()) != 1 || len(environment.GetHooks().GetAfterUpdate()) != 1 {
		t.Errorf("hooks %v", environment.GetHooks())
	}
}

func TestEnvironmentsThatExistAreImported(t *testing.T) {
	p := newProgram(t)
	p.environments[fixture.Store] = "values:\n  app:\n    a: b\n"
	p.environments[fixture.Environment] = "values: {}\n"
	if err := p.run(); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{
		"store":       fixture.Store,
		"environment": fixture.Environment,
	} {
		if got := p.resources[environmentType+" "+name].rpc.GetImportId(); got != id {
			t.Errorf("%s imports %q, want %q", name, got, id)
		}
	}
}

func TestPreviewRegistersWhatUpDoes(t *testing.T) {
	var keys [2][]string
	for i, dryRun := range []bool{true, false} {
		p := newProgram(t)
		p.manage("OPENAI_API_KEY")
		p.dryRun = dryRun
		if err := p.run(); err != nil {
			t.Fatal(err)
		}
		for key := range p.resources {
			keys[i] = append(keys[i], key)
		}
		slices.Sort(keys[i])
	}
	if !slices.Equal(keys[0], keys[1]) {
		t.Errorf("preview %v\nup %v", keys[0], keys[1])
	}
	if len(keys[0]) < len(catalog(t).Secrets)+1+1+2+3 {
		t.Errorf("only %d resources", len(keys[0]))
	}
}

func TestFailureNamesTheResource(t *testing.T) {
	for token, name := range map[string]string{
		secretType:                      "OPENAI_API_KEY",
		fileType:                        "workflow",
		environmentType:                 "store",
		nodeType:                        "", // any of them
		"sophia-secrets:index:Pipeline": "pipeline",
	} {
		t.Run(strings.ReplaceAll(token, "/", "_"), func(t *testing.T) {
			p := newProgram(t)
			p.manage("OPENAI_API_KEY")
			p.failOnType = token
			err := p.run()
			if err == nil || !strings.Contains(err.Error(), "injected for "+name) {
				t.Errorf("error %v, want it to name %s", err, name)
			}
		})
	}
}
