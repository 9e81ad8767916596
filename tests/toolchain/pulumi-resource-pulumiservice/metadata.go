package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// metadata asks the service for what the client of environments does not know.
type metadata struct {
	api, token string
}

// id returns the identifier of the environment, empty if the service knows no
// such environment. Unlike the reads of the client, the call is made once.
func (m metadata) id(ctx context.Context, env environment) (string, error) {
	path, err := url.JoinPath(m.api, "api/esc/environments", env.organization, env.project, env.name, "metadata")
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/vnd.pulumi+9")
	req.Header.Set("Authorization", "token "+m.token)
	id, err := send(req)
	switch refusal := (*apiError)(nil); {
	case errors.As(err, &refusal) && refusal.Code == http.StatusNotFound:
		return "", nil
	case err != nil:
		return "", metadataError(env, err)
	}
	return id, nil
}

// send returns the identifier that the answer holds.
func send(req *http.Request) (string, error) {
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return "", fmt.Errorf("failed to create request: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", fmt.Errorf("failed to read response body: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", newAPIError(resp.StatusCode, text)
	}
	var body struct{ ID string }
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			return "", fmt.Errorf("failed to parse response body: %w", err)
		}
	}
	return body.ID, nil
}
