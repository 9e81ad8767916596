package access

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// environment is ESC as a Source.
type environment struct {
	client  *esc.Client
	name    secrets.EnvironmentName
	rootKey string
}

func (s settings) esc() (Source, error) {
	if s.environment == "" {
		return nil, errors.New("no environment: name one with access.Environment, or set ESC_ENVIRONMENT and use access.Variables")
	}
	name, err := secrets.ParseEnvironmentName(s.environment)
	if err != nil {
		return nil, err
	}
	token := strings.TrimSpace(s.token) // a file of one line ends with a newline
	if token == "" {
		return nil, errors.New("no token: set PULUMI_ACCESS_TOKEN and use access.Variables, or give one with access.Token")
	}
	if s.rootKey == "" {
		return nil, errors.New("no root key: name one with access.RootKey")
	}
	client := esc.New(esc.Options{APIURL: s.api, Token: secrets.NewValue(token), HTTP: s.client})
	return &environment{client, name, s.rootKey}, nil
}

// Fetch returns what stands under the root key: texts byte for byte, numbers and
// booleans as the service writes them. An object, a list, null and what the
// service could not compute are no values.
func (e *environment) Fetch(ctx context.Context) (map[string]secrets.Value, error) {
	opened, err := e.client.Open(ctx, e.name)
	if err != nil {
		return nil, err
	}
	values := map[string]secrets.Value{}
	root, _ := opened.At(e.rootKey)
	for key, value := range root.Object {
		switch value.Kind {
		case esc.String, esc.Number, esc.Bool:
			values[key] = value.Text
		}
	}
	return values, nil
}

// remedy says what to do about an error of a source; "" when nothing is known.
func remedy(err error) string {
	var failed *esc.Error
	if !errors.As(err, &failed) {
		return ""
	}
	switch status := failed.Status; {
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
		return "redirects are not followed, check PULUMI_API"
	}
	return "see https://status.pulumi.com, then try again"
}
