package doctor

import (
	"context"
	"errors"
	"net/http"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// pulumi checks the token, the environment, the store, and what the token may do
// with them.
func (e *examination) pulumi(ctx context.Context) {
	if e.ESC == nil {
		e.add(fail("PULUMI_ACCESS_TOKEN", exportPulumi, "it is not set, and everything at Pulumi Cloud is unknown"))
		return
	}
	_, err := e.ESC.Get(ctx, e.Stack.Environment)
	if refused(err, http.StatusUnauthorized) {
		e.add(fail("PULUMI_ACCESS_TOKEN", exportPulumi, "Pulumi Cloud does not accept it"))
		return
	}
	if err == nil || errors.Is(err, esc.ErrNotFound) || refused(err, http.StatusForbidden) {
		e.add(pass("PULUMI_ACCESS_TOKEN", "Pulumi Cloud accepts it"))
	} else {
		e.add(unknown("PULUMI_ACCESS_TOKEN", "%s", err))
		return
	}
	e.environment(ctx, "environment", e.Stack.Environment, err)
	_, err = e.ESC.Get(ctx, e.Stack.Environment.Store())
	e.environment(ctx, "store", e.Stack.Environment.Store(), err)
}

// environment checks one of the two; err is that of reading its definition.
func (e *examination) environment(ctx context.Context, what string, name secrets.EnvironmentName, err error) {
	switch {
	case errors.Is(err, esc.ErrNotFound):
		e.add(fail(what, up, "%s does not exist, or PULUMI_ACCESS_TOKEN may not see it", name))
		return
	case refused(err, http.StatusForbidden):
		e.add(fail(what+": read", exportPulumi, "%s", err))
		return
	case err != nil:
		e.add(unknown(what, "%s", err))
		return
	}
	e.add(pass(what, "%s exists", name))
	_, err = e.ESC.Open(ctx, name)
	switch {
	case refused(err, http.StatusForbidden):
		e.add(fail(what+": open", exportPulumi, "%s", err))
	case err != nil:
		e.add(unknown(what+": open", "%s", err))
	default:
		e.add(pass(what+": open", "it opens"))
	}
	e.add(unknown(what+": write", "it cannot be proven without writing"))
}

func refused(err error, status int) bool {
	var failed *esc.Error
	return errors.As(err, &failed) && failed.Status == status
}
