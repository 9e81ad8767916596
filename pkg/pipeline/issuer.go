package pipeline

import (
	"errors"
	"slices"

	"github.com/pulumi/pulumi-pulumiservice/sdk/go/pulumiservice"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/internal/oidc"
)

// issuer is what the last up left of the OIDC issuer that it declared.
type issuer struct {
	ID       string   `json:"id"`       // ORG/ID
	Subjects []string `json:"subjects"` // of its own policies
}

// settleTrust tells whose issuer was found: the stack's own is the one in its
// outputs, whatever its name.
func (w *world) settleTrust() error {
	if w.Trust == nil {
		return nil
	}
	if w.Trust.Unread && w.last.Issuer.ID != "" {
		return errors.New("PULUMI_ACCESS_TOKEN may not see the OIDC issuer that this stack declared: it has to be that of an admin of " + w.Stack.Environment.Organization)
	}
	found := w.Trust.Issuer
	w.Trust.Ours = found != nil && w.last.Issuer.ID == w.Stack.Environment.Organization+"/"+found.ID
	return nil
}

// newIssuer declares the issuer that lets the workflow in, and nothing where the
// organization has one that this stack did not make: a declared list of policies
// would replace those of others.
func (p *pipeline) newIssuer(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	if p.Trust == nil || p.Trust.Unread || p.Trust.Issuer != nil && !p.Trust.Ours {
		return nil, nil
	}
	args, others := p.issuerArgs()
	declared, err := pulumiservice.NewOidcIssuer(ctx, "issuer", args, pulumi.Parent(p), pulumi.Provider(p.providers.pulumi),
		pulumi.RetainOnDelete(others)) // others may have come to rely on it
	if err != nil {
		return nil, err
	}
	subjects := pulumi.StringArray{}
	for _, policy := range p.Policies() {
		subjects = append(subjects, pulumi.String(policy.Rules["sub"]))
	}
	ctx.Export("issuer", pulumi.Map{"id": declared.ID(), "subjects": subjects})
	return []pulumi.Resource{declared}, nil
}

// issuerArgs are the live issuer with our policies. What the service fills in is
// declared as it is, and policies of others stay.
func (p *pipeline) issuerArgs() (args *pulumiservice.OidcIssuerArgs, others bool) {
	args = &pulumiservice.OidcIssuerArgs{
		Organization: pulumi.String(p.settings.Environment.Organization),
		Name:         pulumi.String(oidc.IssuerName(p.Stack)),
		Url:          pulumi.String(oidc.IssuerURL(p.GitHubBaseURL)),
	}
	ours := p.Policies()
	policies := ours
	if live := p.Trust.Issuer; live != nil {
		args.Name, args.Url = pulumi.String(live.Name), pulumi.String(live.URL)
		if len(live.Thumbprints) > 0 {
			args.Thumbprints = pulumi.ToStringArray(live.Thumbprints)
		}
		if live.MaxExpiration > 0 {
			args.MaxExpirationSeconds = pulumi.Int(live.MaxExpiration)
		}
		kept := slices.DeleteFunc(slices.Clone(live.Policies), func(policy oidc.Policy) bool {
			return slices.Contains(p.last.Issuer.Subjects, policy.Rules["sub"]) && !slices.ContainsFunc(ours, policy.Equal)
		})
		policies = oidc.With(kept, ours)
	}
	list := pulumiservice.AuthPolicyDefinitionArray{}
	for _, policy := range policies {
		list = append(list, policyArgs(policy))
	}
	args.Policies = list
	return args, len(policies) > len(ours)
}

func policyArgs(policy oidc.Policy) pulumiservice.AuthPolicyDefinitionArgs {
	args := pulumiservice.AuthPolicyDefinitionArgs{
		Decision:  pulumiservice.AuthPolicyDecision(policy.Decision),
		TokenType: pulumiservice.AuthPolicyTokenType(policy.TokenType),
		Rules:     pulumi.ToStringMap(policy.Rules),
		TeamName:  optional(policy.TeamName), UserLogin: optional(policy.UserLogin), RunnerID: optional(policy.RunnerID),
	}
	if len(policy.Permissions) > 0 {
		list := pulumiservice.AuthPolicyPermissionLevelArray{}
		for _, permission := range policy.Permissions {
			list = append(list, pulumiservice.AuthPolicyPermissionLevel(permission))
		}
		args.AuthorizedPermissions = list
	}
	return args
}

func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}
