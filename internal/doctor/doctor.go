package doctor

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/internal/github"
	"github.com/ai-cherry/sophia-secrets/internal/observe"
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
	if texts == 0 {
		e.add(pass("declared texts", "the workflow, the mark and the environment are what up declares"))
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
