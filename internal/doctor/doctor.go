package doctor

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/observe"
	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// The commands that mend what is wrong with a token.
const (
	exportGitHub = "export GITHUB_TOKEN=..."
	exportPulumi = "export PULUMI_ACCESS_TOKEN=..."
	up           = "pulumi up"
)

// Doctor says what to examine. Examine and Follow do not modify it.
type Doctor struct {
	Stack   secrets.Stack
	Catalog *secrets.Catalog
	GitHub  *github.Client                           // nil without a token
	ESC     *esc.Client                              // nil without a token
	Observe observe.Observer                         // of the same stack
	Read    func(path string) (text string, ok bool) // a file here, as it would be pushed
	Now     func() time.Time
}

// examination is the state of one Examine.
type examination struct {
	Doctor
	repository github.Repository
	world      *drift.World // nil when it could not be read
	worldErr   error
	checks     []Check
}

// Examine makes every check, in the order in which one relies on another.
func (d Doctor) Examine(ctx context.Context) []Check {
	e := &examination{Doctor: d}
	e.github(ctx)
	if e.repository.ID != 0 {
		e.code(ctx)
		e.actions(ctx)
	}
	e.pulumi(ctx)
	if e.repository.ID != 0 && d.ESC != nil {
		e.observe(ctx)
		e.declared()
	}
	e.readers()
	return e.checks
}

func (e *examination) add(c Check) { e.checks = append(e.checks, c) }

func (e *examination) observe(ctx context.Context) {
	w, err := e.Observe.World(ctx)
	if e.worldErr = err; err == nil {
		e.world = &w
	}
}

// declared checks the secret with which the sync logs in, and the texts that up
// declares.
func (e *examination) declared() {
	if e.world == nil {
		e.add(unknown("the pipeline", "%s", e.worldErr))
		return
	}
	token, texts := 0, 0
	for _, f := range drift.Find(*e.world) {
		switch {
		case f.About() == "token":
			token++
			e.add(fail("the sync's token", f.Hint, "%s", f.Message))
		case f.Kind == drift.Definition:
			texts++
			e.add(fail("declared texts", f.Hint, "%s", f.Message))
		}
	}
	if token == 0 {
		e.add(pass("the sync's token", "%s", tokenEvidence(e.Stack)))
	}
	e.statusToken()
	if texts == 0 {
		e.add(pass("declared texts", "the workflow, the mark and the environment are what up declares"))
	}
}

// statusToken checks the secret with which the maintenance workflow reads GitHub.
func (e *examination) statusToken() {
	name := e.Stack.StatusToken
	if name == "" {
		return
	}
	if _, _, ok := e.world.Source(name); !ok {
		e.add(fail("the status token", fmt.Sprintf("gh secret set %s --repo %s/%s", name, e.Stack.Organization, e.Stack.Repository),
			"%s, with which %s reads GitHub, does not reach the job", name, path.Base(e.Stack.MaintenancePath())))
		return
	}
	e.add(pass("the status token", "%s reaches the job", name))
}

// fewReaders is how many lines of code a check names; secretctl check names all.
const fewReaders = 3

// readers checks that the catalog serves every key that code asks for, where
// uses.yaml knows the code.
func (e *examination) readers() {
	known := e.Observe.Uses
	if known == nil {
		return
	}
	unserved := known.Unserved(e.Catalog)
	for _, key := range unserved {
		e.add(fail("readers", "secretctl check", "%s", key.Say(fewReaders)))
	}
	if len(unserved) == 0 {
		e.add(pass("readers", "the catalog serves all of the %s that code asks for", words.Count(len(known.Keys()), "key")))
	}
}

func tokenEvidence(s secrets.Stack) string {
	if s.TokenName() == "" {
		return "by OIDC"
	}
	return s.TokenName() + " reaches the job"
}

// workflowFile is how GitHub's API names the workflow.
func (d Doctor) workflowFile() string { return path.Base(d.Stack.WorkflowPath()) }

// dispatch starts the workflow.
func (d Doctor) dispatch() string {
	return fmt.Sprintf("gh workflow run %s --repo %s/%s", d.workflowFile(), d.Stack.Organization, d.Stack.Repository)
}
