package main

import (
	"encoding/json"
	"fmt"
	"strings"

	esc "github.com/pulumi/esc/cmd/esc/cli/client"
)

// The errors are those of the published plugin, word for word, because tests of a
// failed up read them. Only the last one names the environment: for the others
// the engine's line about the resource does.

func checkError(diagnostics []esc.EnvironmentDiagnostic, err error) error {
	switch {
	case diagnostics != nil:
		return fmt.Errorf("failed to check environment, yaml code failed following checks: %+v", diagnostics)
	case err != nil:
		return fmt.Errorf("failed to check environment due to error: %w", err)
	}
	return nil
}

func createError(err error) error {
	return fmt.Errorf("failed to create new environment due to error: %w", err)
}

func firstWriteError(diagnostics []esc.EnvironmentDiagnostic, err error) error {
	switch {
	case diagnostics != nil:
		return fmt.Errorf("failed to update brand new environment with pre-checked yaml, due to failing the following checks: %+v \n"+
			"This should never happen, if you're seeing this message there's likely a bug in ESC APIs", diagnostics)
	case err != nil:
		return fmt.Errorf("failed to push yaml into environment due to error: %w", err)
	}
	return nil
}

func updateError(diagnostics []esc.EnvironmentDiagnostic) error {
	return fmt.Errorf("failed to update environment, yaml code failed following checks: %+v", diagnostics)
}

// identifierError is about a "new environment" or an "environment".
func identifierError(what string, err error) error {
	return fmt.Errorf("failed to resolve %s's id: %w", what, err)
}

func metadataError(env environment, err error) error {
	return fmt.Errorf("failed to get environment metadata for %s: %w", env.id(), err)
}

// apiError is a refusal in the words of the published plugin's own client; the
// client of environments has its own.
type apiError struct {
	Code    int
	Message string
}

// newAPIError reads the body, which need not be JSON.
func newAPIError(status int, body []byte) *apiError {
	refusal := &apiError{}
	if json.Unmarshal(body, refusal) != nil {
		refusal = &apiError{Message: strings.TrimSpace(string(body))}
	}
	if refusal.Code == 0 {
		refusal.Code = status
	}
	return refusal
}

func (e *apiError) Error() string { return fmt.Sprintf("%d API error: %s", e.Code, e.Message) }
