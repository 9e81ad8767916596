package drift

import (
	"fmt"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/oidc"
)

// Trust is what lets the workflow log in to Pulumi Cloud by OIDC.
type Trust struct {
	Unread bool         // the token may not see it
	Issuer *oidc.Issuer // nil when the Pulumi organization has none for this GitHub
	Ours   bool         // this stack declared the issuer
}

// LetsIn reports whether the issuer has every policy that the workflow needs.
func (w World) LetsIn() bool {
	live := w.Trust.Issuer.Policies
	return len(oidc.With(live, w.Policies())) == len(live)
}

// Policies are what the workflow needs.
func (w World) Policies() []oidc.Policy { return oidc.Policies(w.Stack, w.Repository) }

// trust finds a workflow that Pulumi Cloud does not let in.
func (w World) trust() []Finding {
	organization := w.Stack.Environment.Organization
	switch t := w.Trust; {
	case t == nil:
		return nil
	case t.Unread:
		// A workflow that is not let in fails loudly; most tokens may not look.
		return []Finding{{Kind: token, Class: Information,
			Message: fmt.Sprintf("whether Pulumi Cloud lets the workflow in by OIDC is not known: only the token of an admin of %s may see it", organization)}}
	case t.Issuer == nil:
		return []Finding{definition("Pulumi organization %s has no OIDC issuer for GitHub", organization)}
	case w.LetsIn():
		return nil
	case t.Ours:
		return []Finding{definition("OIDC issuer %s differs from what is declared", t.Issuer.Name)}
	}
	var subjects []string
	for _, p := range w.Policies() {
		subjects = append(subjects, p.Rules["sub"])
	}
	return []Finding{{Kind: token, Class: ByPerson, Hint: fmt.Sprintf("see https://app.pulumi.com/%s/settings/oidc-issuers", organization),
		Message: fmt.Sprintf("OIDC issuer %s, which is not this stack's, does not let the workflow in: allow it an organization token for the subjects %s",
			w.Trust.Issuer.Name, strings.Join(subjects, " and "))}}
}
