package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/github"
)

const (
	// startTime is how long GitHub may take to start a run after a push.
	startTime = 5 * time.Minute
	// maxAge is that of the last run: the workflow runs daily.
	maxAge = 48 * time.Hour
)

// actions checks that the workflow can run, that a push of the mark starts it, and
// how the last run ended.
func (e *examination) actions(ctx context.Context) {
	organization, repository, file := e.Stack.Organization, e.Stack.Repository, e.workflowFile()
	enabled, err := e.GitHub.ActionsEnabled(ctx, organization, repository)
	switch {
	case err != nil:
		e.add(unknown("Actions", "GITHUB_TOKEN may not read the settings: %s", err))
	case !enabled:
		e.add(fail("Actions", fmt.Sprintf("gh api --method PUT repos/%s/%s/actions/permissions -F enabled=true", organization, repository), "they are disabled"))
	default:
		e.add(pass("Actions", "they are enabled"))
	}
	state, err := e.GitHub.WorkflowState(ctx, organization, repository, file)
	switch {
	case errors.Is(err, github.ErrNotFound):
		e.add(fail("workflow", up, "%s does not exist", e.Stack.WorkflowPath()))
		return
	case err != nil:
		e.add(unknown("workflow", "%s", err))
		return
	case state != "active":
		e.add(fail("workflow", fmt.Sprintf("gh workflow enable %s --repo %s/%s", file, organization, repository), "it is %s", state))
		return
	}
	e.add(pass("workflow", "%s is active", e.Stack.WorkflowPath()))
	e.add(e.pushOfMark(ctx))
	e.add(e.lastRun(ctx))
}

// pushOfMark looks for a run of the mark's last commit. GitHub starts none when a
// job's own token has pushed it.
func (e *examination) pushOfMark(ctx context.Context) Check {
	const name = "the mark's push"
	sha, at, err := e.GitHub.LastCommit(ctx, e.Stack.Organization, e.Stack.Repository, e.Stack.MarkPath())
	switch {
	case err != nil:
		return unknown(name, "%s", err)
	case sha == "":
		return unknown(name, "there is no mark yet")
	}
	runs, err := e.GitHub.Runs(ctx, e.Stack.Organization, e.Stack.Repository, e.workflowFile(), sha)
	switch {
	case err != nil:
		return unknown(name, "%s", err)
	case len(runs) > 0:
		return pass(name, "commit %.7s started run %d", sha, runs[len(runs)-1].ID)
	case e.Now().Sub(at) < startTime:
		return unknown(name, "commit %.7s was pushed just now", sha)
	}
	return fail(name, e.dispatch(), "commit %.7s started no run: whoever runs pulumi up must push with a GitHub App's or a person's token, not with a job's own", sha)
}

func (e *examination) lastRun(ctx context.Context) Check {
	const name = "last run"
	runs, err := e.GitHub.Runs(ctx, e.Stack.Organization, e.Stack.Repository, e.workflowFile(), "")
	if err != nil {
		return unknown(name, "%s", err)
	}
	if len(runs) == 0 {
		return fail(name, e.dispatch(), "the workflow has never run")
	}
	run := runs[0]
	age := e.Now().Sub(run.CreatedAt).Round(time.Minute)
	switch {
	case run.Status != "completed":
		return unknown(name, "run %d is %s since %s", run.ID, run.Status, age)
	case run.Conclusion != "success":
		return fail(name, e.dispatch(), "run %d ended with %s %s ago", run.ID, run.Conclusion, age)
	case age > maxAge:
		return fail(name, e.dispatch(), "run %d is %s old, and the workflow runs daily", run.ID, age)
	}
	return pass(name, "run %d succeeded %s ago", run.ID, age)
}
