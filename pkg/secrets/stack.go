package secrets

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// DefaultWorkflow names the workflow of a stack that has the repository for itself.
const DefaultWorkflow = "sync_secrets"

// defaultStack is the stack that secretctl reads unless it is told another.
const defaultStack = "production"

// Public services, used unless the stack says otherwise.
const (
	publicGitHubURL = "https://api.github.com/"
	PublicPulumiURL = "https://api.pulumi.com"
)

// Stack is the config of one stack, but for its values.
type Stack struct {
	Name         string          // of the stack itself; "" where nobody named one
	Project      string          // the Pulumi project, whose name is the namespace of the config
	Organization string          // the GitHub organization that holds the secrets
	Repository   string          // the repository whose workflow syncs, without its owner
	Environment  EnvironmentName // what applications open
	RootKey      string          // the key of the environment that holds the secrets
	Adopt        bool            // take over a workflow file and an environment made by people
	Workflow     string          // names the workflow, its file, the mark and the concurrency group
	Catalog      string          // the path of the catalog in the repository, with slashes
	// GitHubEnvironment is the environment of the job, whose secrets win over all
	// others; "" is none.
	GitHubEnvironment string
	DefaultBranch     string        // of the repository: asked of GitHub, "main" until then
	PulumiOIDC        bool          // the workflow gets its Pulumi token by OIDC
	StatusToken       string        // the GitHub name of the secret with which the maintenance workflow reads GitHub; "" is no such workflow
	PythonAccess      *PythonAccess // where the Python module is delivered; nil is nowhere
	Managed           []string      // the names of the secrets whose values the stack holds, sorted; LoadStack alone fills it
	Opaque            bool          // the values are encrypted as a whole, so that LoadStack cannot tell their names
	GitHubBaseURL     string        // ends with a slash
	PulumiAPIURL      string        // without a final slash
}

// NewStack reads the config of a stack of project through get, which takes a key
// without its namespace and gives an object as JSON. The error joins everything
// that is wrong, a line each, naming the key and the fix.
func NewStack(project string, get func(key string) (string, bool)) (Stack, error) {
	r := configReader{project: project, get: get}
	s := Stack{
		Project:           project,
		Organization:      r.name("organization"),
		Repository:        r.name("repository"),
		Environment:       r.environment("environment"),
		RootKey:           r.rootKey("rootKey"),
		Adopt:             r.boolean("adopt"),
		Workflow:          r.workflow("workflow"),
		Catalog:           r.match("catalog", "catalog.yaml", catalogPath, "the path of a .yaml file below the top of the repository"),
		GitHubEnvironment: r.match("githubEnvironment", "", githubEnvironment, "the name of a GitHub environment, without quotes or line ends"),
		DefaultBranch:     "main",
		PulumiOIDC:        r.boolean("pulumiOidc"),
		StatusToken:       r.match("statusToken", "", githubName, "the GitHub name of a secret, in capitals"),
		PythonAccess:      r.pythonAccess(pythonAccessKey),
		GitHubBaseURL:     strings.TrimRight(r.url("githubBaseUrl", publicGitHubURL), "/") + "/",
		PulumiAPIURL:      strings.TrimRight(r.url("pulumiApiUrl", PublicPulumiURL), "/"),
	}
	if _, ok := get("strict"); ok {
		r.fail("strict", "is no longer read, set the variable STRICT_PREVIEW=true for one preview instead: pulumi config rm strict")
	}
	return s, errors.Join(r.errs...)
}

// Typed is a command as it has to be typed for this stack: Pulumi's selected one and
// the default of secretctl may be another.
func (s Stack) Typed(command string) string {
	takes := func(prefix string) bool { return strings.HasPrefix(command, prefix) }
	if s.Name == "" || s.Name == defaultStack || !slices.ContainsFunc([]string{"pulumi up", "pulumi preview", "pulumi config ", "secretctl "}, takes) {
		return command
	}
	return command + " --stack " + s.Name
}

// WorkflowPath is where the sync workflow stands in the repository.
func (s Stack) WorkflowPath() string { return ".github/workflows/" + s.Workflow + ".yml" }

// MaintenancePath is where the maintenance workflow stands in the repository.
func (s Stack) MaintenancePath() string {
	if s.Workflow == DefaultWorkflow {
		return ".github/workflows/secrets" + maintenanceSuffix + ".yml"
	}
	return ".github/workflows/" + s.Workflow + maintenanceSuffix + ".yml"
}

const maintenanceSuffix = "_maintenance"

// MarkPath is where the mark stands in the repository.
func (s Stack) MarkPath() string {
	if s.Workflow == DefaultWorkflow {
		return ".github/secrets.mark"
	}
	return ".github/" + s.Workflow + ".mark"
}

// TokenName is the GitHub name of the secret with which the sync logs in to Pulumi
// Cloud; "" when it needs none.
func (s Stack) TokenName() string {
	if s.PulumiOIDC {
		return ""
	}
	return "PULUMI_ACCESS_TOKEN"
}

type configReader struct {
	project string
	get     func(string) (string, bool)
	errs    []error
}

var ownerOrRepository = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_.-]*\z`)

// CheckName refuses what cannot be the name of an organization or of a repository
// without its owner.
func CheckName(name string) error {
	if !ownerOrRepository.MatchString(name) {
		return fmt.Errorf("%q is not a name of letters, digits, -, _ and dots", name)
	}
	return nil
}

func (r *configReader) fail(key, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("config %s:%s %s", r.project, key, fmt.Sprintf(format, args...)))
}

func (r *configReader) name(key string) string {
	text, ok := r.get(key)
	switch {
	case !ok || text == "":
		r.fail(key, "is missing: pulumi config set %s NAME", key)
	case !ownerOrRepository.MatchString(text):
		r.fail(key, "is %q, not a name: pulumi config set %s NAME", text, key)
	}
	return text
}

func (r *configReader) environment(key string) EnvironmentName {
	const fix = "pulumi config set %s ORG/PROJECT/ENV"
	text, ok := r.get(key)
	if !ok || text == "" {
		r.fail(key, "is missing: "+fix, key)
		return EnvironmentName{}
	}
	name, err := ParseEnvironmentName(text)
	if err != nil {
		r.fail(key, "is %q, not an ESC environment: "+fix, text, key)
	}
	return name
}

func (r *configReader) rootKey(key string) string {
	text, ok := r.get(key)
	switch {
	case !ok || text == "":
		r.fail(key, "is missing: pulumi config set %s NAME", key)
	case CheckRootKey(text) != nil:
		r.fail(key, "is %q, not lower case letters, digits and _: pulumi config set %s NAME", text, key)
	}
	return text
}

var (
	workflowName      = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9_-]*\z`)
	catalogPath       = regexp.MustCompile(`\A([A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.ya?ml\z`)
	githubEnvironment = regexp.MustCompile(`\A[^\x00-\x1f\x7f"'\\$]{1,255}\z`)
)

// match reads a text of a form; a missing one is the default.
func (r *configReader) match(key, otherwise string, form *regexp.Regexp, what string) string {
	text, ok := r.get(key)
	if !ok || text == "" {
		return otherwise
	}
	if !form.MatchString(text) {
		r.fail(key, "is %q, not %s: pulumi config set %s %s", text, what, key, cmp.Or(otherwise, "NAME"))
	}
	return text
}

// workflow refuses a name whose file would be the maintenance workflow of a stack.
func (r *configReader) workflow(key string) string {
	name := r.match(key, DefaultWorkflow, workflowName, "a name of letters, digits, - and _")
	if short, ok := strings.CutSuffix(name, maintenanceSuffix); ok {
		r.fail(key, "is %q, which ends like the maintenance workflow of another stack: pulumi config set %s %s", name, key, cmp.Or(short, DefaultWorkflow))
	}
	return name
}

func (r *configReader) boolean(key string) bool {
	text, ok := r.get(key)
	if ok && text != "true" && text != "false" {
		r.fail(key, `is %q, not one of "false", "true": pulumi config set %s false`, text, key)
	}
	return text == "true"
}

func (r *configReader) url(key, public string) string {
	text, ok := r.get(key)
	if !ok || text == "" {
		return public
	}
	if err := CheckAddress(text); err != nil {
		r.fail(key, "is not usable: %s: pulumi config set %s %s", err, key, public)
		return public
	}
	u, _ := url.Parse(text)
	u.Host = strings.ToLower(u.Host) // the GitHub provider takes GitHub.com for a server of its own
	return u.String()
}
