package main

import (
	"context"
	"encoding/json"
	"fmt"
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
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return "", nil
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return "", fmt.Errorf("reading metadata of %s: %s", env.id(), resp.Status)
	}
	var body struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return "", fmt.Errorf("decoding metadata of %s: %w", env.id(), err)
	}
	return body.ID, nil
}
