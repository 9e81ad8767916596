package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Clock is GitHub's time. Any token that it accepts may ask.
// https://docs.github.com/rest/rate-limit/rate-limit
func (c *Client) Clock(ctx context.Context) (time.Time, error) {
	answer, err := c.send(ctx, http.MethodGet, "/rate_limit", nil, http.StatusOK)
	if err != nil {
		return time.Time{}, fmt.Errorf("asking for the time: %w", err)
	}
	at, _ := http.ParseTime(answer.Header.Get("Date"))
	return at, nil
}

// ActionsEnabled reports whether a repository runs workflows. It needs the right
// "Administration: read".
// https://docs.github.com/rest/actions/permissions#get-github-actions-permissions-for-a-repository
func (c *Client) ActionsEnabled(ctx context.Context, organization, repository string) (bool, error) {
	var answer struct{ Enabled bool }
	_, err := c.get(ctx, "reading the settings of Actions", repositoryPath(organization, repository)+"/actions/permissions", nil, &answer)
	return answer.Enabled, err
}

// WorkflowState is such as "active", "disabled_manually" or "disabled_inactivity".
// https://docs.github.com/rest/actions/workflows#get-a-workflow
func (c *Client) WorkflowState(ctx context.Context, organization, repository, file string) (string, error) {
	var answer struct{ State string }
	_, err := c.get(ctx, "reading workflow "+file, workflowPath(organization, repository, file), nil, &answer)
	return answer.State, err
}

// Run is one run of a workflow.
type Run struct {
	ID         int       `json:"id"`
	Status     string    `json:"status"`     // such as "queued" or "completed"
	Conclusion string    `json:"conclusion"` // such as "success"; "" until it is completed
	Event      string    `json:"event"`      // such as "push"
	CreatedAt  time.Time `json:"created_at"`
}

// Runs lists the newest runs of a workflow, newest first: of one commit, or of all
// for "".
// https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
func (c *Client) Runs(ctx context.Context, organization, repository, file, commit string) ([]Run, error) {
	query := url.Values{"per_page": {"10"}}
	if commit != "" {
		query.Set("head_sha", commit)
	}
	var answer struct {
		Runs json.RawMessage `json:"workflow_runs"`
	}
	doing := "listing the runs of workflow " + file
	if _, err := c.get(ctx, doing, workflowPath(organization, repository, file)+"/runs", query, &answer); err != nil {
		return nil, err
	}
	var all []Run
	if json.Unmarshal(answer.Runs, &all) != nil {
		return nil, fmt.Errorf("%s: %w", doing, errNotUnderstood)
	}
	return all, nil
}

// LastCommit is the newest commit of the default branch that touched a file; ""
// when none did.
func (c *Client) LastCommit(ctx context.Context, organization, repository, path string) (sha string, at time.Time, err error) {
	var answer []struct {
		SHA    string `json:"sha"`
		Commit struct {
			Committer struct{ Date time.Time }
		} `json:"commit"`
	}
	query := url.Values{"path": {path}, "per_page": {"1"}}
	_, err = c.get(ctx, "listing the commits of "+path, repositoryPath(organization, repository)+"/commits", query, &answer)
	if err != nil || len(answer) == 0 {
		return "", time.Time{}, err
	}
	return answer[0].SHA, answer[0].Commit.Committer.Date, nil
}

func workflowPath(organization, repository, file string) string {
	return repositoryPath(organization, repository) + "/actions/workflows/" + url.PathEscape(file)
}
