package engine

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/oidc"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

// policyOfOthers lets another repository in.
var policyOfOthers = sandbox.OIDCPolicy{Decision: "allow", TokenType: "personal", UserLogin: "ana",
	Rules: map[string]string{"aud": "urn:pulumi:org:acme-cloud", "sub": "repo:acme/website:*"}}

// oidcWorld is a stack whose workflow logs in by OIDC. The sandbox's address is
// that of an Enterprise Server, so its issuer is too.
func oidcWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.config("pulumiOidc", "true")
	return w
}

func (w *world) config(key, value string) {
	w.t.Helper()
	if err := w.SetConfig(context.Background(), key, value); err != nil {
		w.t.Fatal(err)
	}
}

// issuerURL is that of the sandbox's GitHub.
func (w *world) issuerURL() string { return oidc.IssuerURL(w.Sandbox.GitHubURL()) }

func (w *world) issuer() sandbox.OIDCIssuer {
	w.t.Helper()
	all := w.Sandbox.OIDCIssuers()
	if len(all) != 1 {
		w.t.Fatalf("%d issuers", len(all))
	}
	return all[0]
}

// subjects are those that the issuer lets in.
func (w *world) subjects() []string {
	var all []string
	for _, p := range w.issuer().Policies {
		all = append(all, p.Rules["sub"])
	}
	return sorted(all)
}

// The issuer is declared with policies for this workflow alone, before the
// workflow asks it. What the service fills in is no drift. It goes with the stack.
func TestIssuer(t *testing.T) {
	w := oidcWorld(t)
	w.Sandbox.DeleteSecret("PULUMI_ACCESS_TOKEN")
	w.drifts("OidcIssuer issuer create")
	w.settle(0)
	w.secretctl(0, "status")
	want := []string{"repo:acme/platform:ref:refs/heads/main", "repo:acme@701/platform@7001:ref:refs/heads/main"}
	if got := w.subjects(); !slices.Equal(got, want) {
		t.Errorf("subjects %q, want %q", got, want)
	}
	text, _ := w.Sandbox.File(fixture.WorkflowPath)
	w.contains(text, "id-token: write", "steps.pulumi.outputs.pulumi-access-token")

	w.config("githubEnvironment", "production")
	if err := w.Sandbox.SetEnvironmentSecret("production", "UNRELATED", marker); err != nil {
		t.Fatal(err)
	}
	w.settle(0)
	want = []string{"repo:acme/platform:environment:production", "repo:acme@701/platform@7001:environment:production"}
	if got := w.subjects(); !slices.Equal(got, want) {
		t.Errorf("subjects %q, want %q", got, want)
	}
	if err := w.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := w.Sandbox.OIDCIssuers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A policy of ours that was taken away comes back, one that others added stays,
// and with it the issuer when the stack goes.
func TestPoliciesOfOthersStay(t *testing.T) {
	w := oidcWorld(t)
	w.settle(0)
	changed := w.issuer()
	changed.Policies = []sandbox.OIDCPolicy{changed.Policies[1], policyOfOthers}
	w.Sandbox.SetOIDCIssuer(changed)
	w.drifts("OidcIssuer issuer update")
	w.contains(w.secretctl(1, "status"), "differs from what is declared: pulumi up")
	w.settle(0)
	if got := w.subjects(); len(got) != 3 || !slices.Contains(got, "repo:acme/website:*") {
		t.Errorf("subjects: %q", got)
	}
	if err := w.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := w.subjects(); !slices.Contains(got, "repo:acme/website:*") {
		t.Errorf("subjects after destroy: %q", got)
	}
}

// An issuer that people made is never changed; a finding says what it lacks.
func TestIssuerOfOthers(t *testing.T) {
	w := oidcWorld(t)
	w.Sandbox.SetOIDCIssuer(sandbox.OIDCIssuer{Name: "github", URL: w.issuerURL(), Policies: []sandbox.OIDCPolicy{policyOfOthers}})
	w.up()
	w.sync(0)
	w.red("OIDC issuer github, which is not this stack's, does not let the workflow in")
	if got := w.subjects(); !slices.Equal(got, []string{"repo:acme/website:*"}) {
		t.Errorf("subjects: %q", got)
	}
	changed := w.issuer()
	for _, subject := range []string{"repo:acme/platform:ref:refs/heads/main", "repo:acme@701/platform@7001:ref:refs/heads/main"} {
		changed.Policies = append(changed.Policies, sandbox.OIDCPolicy{Decision: "allow", TokenType: "organization",
			Rules: map[string]string{"aud": "urn:pulumi:org:acme-cloud", "sub": subject}})
	}
	w.Sandbox.SetOIDCIssuer(changed)
	w.clean()
	w.secretctl(0, "status")
}

// A token that may not see issuers: the refresh of the stack's own one fails before
// anything is lost, and an issuer of others is one line of information.
func TestIssuerThatCannotBeSeen(t *testing.T) {
	w := oidcWorld(t)
	w.settle(0)
	w.environment("PULUMI_ACCESS_TOKEN", w.Sandbox.Tokens().PulumiOpener)
	out, err := w.Preview(context.Background(), io.Discard, false)
	if err == nil {
		t.Fatalf("the preview goes through:\n%s", out)
	}
	w.contains(out, "OidcIssuer (issuer)", "403")
	if got := w.subjects(); len(got) != 2 {
		t.Errorf("subjects: %q", got)
	}
	w.environment("PULUMI_ACCESS_TOKEN", w.Sandbox.Tokens().Pulumi)
	w.clean()
}

func TestIssuerOfOthersThatCannotBeSeen(t *testing.T) {
	w := oidcWorld(t)
	w.Sandbox.SetOIDCIssuer(sandbox.OIDCIssuer{Name: "github", URL: w.issuerURL(), Policies: []sandbox.OIDCPolicy{policyOfOthers}})
	w.up()
	w.sync(0)
	w.environment("PULUMI_ACCESS_TOKEN", w.Sandbox.Tokens().PulumiOpener)
	w.contains(w.preview(), "whether Pulumi Cloud lets the workflow in by OIDC is not known: only the token of an admin of acme-cloud may see it")
}
