package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// The number and the length of the top-level keys that an error lists.
const (
	maxTop    = 10
	maxTopKey = 100
)

// environment is the Source that opens an ESC environment.
type environment struct {
	client  *esc.Client
	name    secrets.EnvironmentName
	rootKey string
	token   secrets.Value
}

func (s settings) esc() (Source, error) {
	if s.environment == "" {
		return nil, errors.New("no environment: name one with access.Environment, or set ESC_ENVIRONMENT and use access.Variables")
	}
	name, err := secrets.ParseEnvironmentName(s.environment)
	if err != nil { // the token may stand there by mistake, so the name is not quoted
		return nil, errors.New("the environment is not of the form ORG/PROJECT/ENV: check ESC_ENVIRONMENT or access.Environment")
	}
	if s.rootKey == "" {
		return nil, errors.New("no root key: name one with access.RootKey")
	}
	if err := secrets.CheckRootKey(s.rootKey); err != nil {
		return nil, err
	}
	if err := secrets.CheckAddress(cmp.Or(s.api, secrets.PublicPulumiURL)); err != nil {
		return nil, fmt.Errorf("%w: check PULUMI_API or access.API", err)
	}
	token, err := transport.ParseToken(s.token)
	if err != nil {
		return nil, fmt.Errorf("the Pulumi access token %w: set PULUMI_ACCESS_TOKEN and use access.Variables, or give one with access.Token", err)
	}
	client := esc.New(esc.Options{APIURL: s.api, Token: token, HTTP: s.client})
	return &environment{client, name, s.rootKey, token}, nil
}

// Fetch returns the values under the root key: strings byte for byte, numbers and
// booleans as the service writes them. Objects, lists, nulls and what the service
// could not compute are left out. If there is no object under the root key, the
// error is a *RootKeyError.
func (e *environment) Fetch(ctx context.Context) (map[string]secrets.Value, error) {
	opened, err := e.client.Open(ctx, e.name)
	if err != nil {
		return nil, err
	}
	root, _ := opened.At(e.rootKey)
	if root.Kind != esc.Object {
		return nil, e.noRoot(opened)
	}
	values := map[string]secrets.Value{}
	for key, value := range root.Object {
		switch value.Kind {
		case esc.String, esc.Number, esc.Bool:
			values[key] = value.Text
		}
	}
	return values, nil
}

// noRoot lists the top-level keys: only short ones, and never the token, which a
// service that is not ESC may have put into one.
func (e *environment) noRoot(opened esc.Value) error {
	failed := &RootKeyError{Environment: e.name.String(), RootKey: e.rootKey}
	for key := range opened.Object {
		if len(key) <= maxTopKey {
			failed.Top = append(failed.Top, strings.ReplaceAll(key, e.token.Reveal(), "…"))
		}
	}
	slices.Sort(failed.Top)
	failed.Top = failed.Top[:min(len(failed.Top), maxTop)]
	return failed
}

// remedy says what to do about an error of a source; "" if unknown.
func remedy(err error) string {
	var noRoot *RootKeyError
	if errors.As(err, &noRoot) {
		return "check the root key, the environment and PULUMI_API"
	}
	var failed *esc.Error
	if !errors.As(err, &failed) {
		return ""
	}
	switch status := failed.Status; {
	case failed.Err != nil && status == 0 && !failed.Temporary():
		return "check the environment's name and PULUMI_API"
	case failed.Err != nil && status == 0:
		return "check the network and PULUMI_API, then try again"
	case failed.Err != nil:
		return "check PULUMI_API, then try again"
	case status == http.StatusUnauthorized:
		return "set PULUMI_ACCESS_TOKEN to a token that works"
	case status == http.StatusForbidden:
		return "let the token's team or role open the environment"
	case status == http.StatusNotFound:
		return "check the name and what the token may see, or run pulumi up to make it"
	case status == http.StatusBadRequest:
		return "pulumi env open " + failed.Environment + " says more"
	case status < http.StatusBadRequest:
		return "check what PULUMI_API redirects to"
	}
	return "see https://status.pulumi.com, then try again"
}
