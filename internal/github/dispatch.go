package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
)

// Dispatch starts a run of a workflow, by the path of its file, on the default
// branch. The token needs the right "Actions: write".
// https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event
func (c *Client) Dispatch(ctx context.Context, organization, repository, file string) error {
	r, err := c.Repository(ctx, organization, repository)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"ref": r.DefaultBranch})
	if err != nil {
		return err
	}
	name := path.Base(file)
	_, err = c.send(ctx, http.MethodPost, "/repos/"+url.PathEscape(organization)+"/"+url.PathEscape(repository)+
		"/actions/workflows/"+url.PathEscape(name)+"/dispatches", body, http.StatusNoContent)
	if err != nil {
		return fmt.Errorf("starting workflow %s: %w", name, err)
	}
	return nil
}
