package pipeline

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-github/sdk/v6/go/github"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// secret is the node of one catalog entry. A managed one has the organization
// secret as its child, an adopted one is only watched.
type secret struct {
	pulumi.ResourceState
	entry     secrets.Secret
	mode      string              // "managed" or "adopted"
	updatedAt pulumi.StringOutput // of the managed child; unset when adopted
}

func (p *pipeline) newSecret(ctx *pulumi.Context, entry secrets.Secret) (*secret, error) {
	mode := "adopted"
	if p.managed(entry.Name) {
		mode = "managed"
	}
	s := &secret{entry: entry, mode: mode}
	err := ctx.RegisterComponentResourceV2("sophia-secrets:index:Secret", entry.Name, pulumi.Map{
		"name":       pulumi.String(entry.Name),
		"githubName": pulumi.String(entry.GitHubName),
		"key":        pulumi.String(entry.Key),
		"mode":       pulumi.String(mode),
	}, s, pulumi.Parent(p))
	if err != nil {
		return nil, fmt.Errorf("registering secret %s: %w", entry.Name, err)
	}
	return s, nil
}

// provision declares the organization secret of a managed node. Retaining it, and
// deleting it before it is replaced, makes a replacement a single PUT; otherwise it
// would be a PUT and then a DELETE, and the secret gone. A new value is a
// replacement too: an update that GitHub refused would leave the new value in the
// state, and no later run would send it.
func (s *secret) provision(ctx *pulumi.Context, p *pipeline) error {
	value, ok := p.values[s.entry.Name]
	if !ok {
		return nil
	}
	args := &github.ActionsOrganizationSecretArgs{
		SecretName: pulumi.String(s.entry.GitHubName),
		Visibility: pulumi.String(p.visibility(s.entry)),
		Value:      pulumi.ToSecret(pulumi.String(value.Reveal())).(pulumi.StringOutput).ToStringPtrOutput(),
	}
	if ids := p.repositories(s.entry); len(ids) > 0 {
		// A PUT without them clears the allow list, and no other resource sends both.
		args.SelectedRepositoryIds = pulumi.ToIntArray(ids) //nolint:staticcheck // deprecated, for resources that come after that PUT
	}
	hook, err := p.writtenHook(ctx, s)
	if err != nil {
		return fmt.Errorf("declaring organization secret %s: %w", s.entry.GitHubName, err)
	}
	child, err := github.NewActionsOrganizationSecret(ctx, s.entry.Name, args,
		pulumi.Parent(s), pulumi.Provider(p.providers.github),
		pulumi.RetainOnDelete(true), pulumi.DeleteBeforeReplace(true), pulumi.ReplaceOnChanges([]string{"value"}),
		pulumi.ReplacementTrigger(pulumi.String(p.trigger(s.entry))),
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{AfterCreate: []*pulumi.ResourceHook{hook}, AfterUpdate: []*pulumi.ResourceHook{hook}}))
	if err != nil {
		return fmt.Errorf("declaring organization secret %s: %w", s.entry.GitHubName, err)
	}
	s.updatedAt = child.UpdatedAt
	return nil
}

// repositories are the ids of the allow list; none unless the visibility is
// "selected".
func (p *pipeline) repositories(s secrets.Secret) []int {
	if p.visibility(s) != "selected" {
		return nil
	}
	return p.allowed[s.Name]
}

// trigger changes when the value was changed in GitHub, which the provider does
// not see: its date is then newer than that of our last write. The replacement is
// one PUT of the configured value, since the old secret is retained.
func (p *pipeline) trigger(s secrets.Secret) string {
	last, known := p.last.Applied[s.Name]
	live, exists := p.Secret(s.GitHubName)
	if !known || !exists {
		return last.Trigger
	}
	at, err := parseDate(last.UpdatedAt)
	if err != nil || !live.UpdatedAt.After(at) {
		return last.Trigger
	}
	return live.UpdatedAt.String()
}

// widths are the visibilities from the narrowest to the widest.
var widths = []string{"selected", "private", "all"}

// visibility is the catalog's. If the catalog is silent, it is the narrower of what
// was last applied and what is live; private at first. So it never widens by
// accident, and a widening by hand is drift.
func (p *pipeline) visibility(s secrets.Secret) string {
	if s.Visibility != "" {
		return s.Visibility
	}
	known := []string{}
	if last, ok := p.last.Applied[s.Name]; ok {
		known = append(known, last.Visibility)
	}
	if live, ok := p.Secret(s.GitHubName); ok {
		known = append(known, live.Visibility)
	}
	if len(known) == 0 {
		return "private"
	}
	return slices.MinFunc(known, func(a, b string) int {
		return slices.Index(widths, a) - slices.Index(widths, b)
	})
}
