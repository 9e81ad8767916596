package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/received"
	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// received checks that a secret reaches the job, under any of its names.
func (w World) received(s secrets.Secret) []Finding {
	var found []Finding
	arrives := false
	for _, name := range s.Sources() {
		source, _, ok, unsure := w.Received.Effective(name)
		_, exists := w.Secret(name)
		arrives = arrives || ok || unsure && exists
		_, granted := w.Received.Organization.Secrets[name]
		replaces := w.isManaged(s, name) || source.Level == workflow.Repository && granted && w.Received.Within(name) != received.No
		if ok && exists && source.Level != workflow.Organization && replaces {
			found = append(found, Finding{Kind: shadowed, Class: ByPerson, Name: s.Name,
				Message: fmt.Sprintf("the job receives %s from the %s, not from the organization", name, source.Level),
				Hint:    fmt.Sprintf("remove one of the two at https://github.com/%s/%s/settings/secrets/actions", w.Stack.Organization, w.Stack.Repository)})
		}
	}
	if arrives || !s.Required {
		return found
	}
	return append(found, w.readBy(s, w.absent(s))...)
}

// absent says why a job does not receive a secret.
func (w World) absent(s secrets.Secret) []Finding {
	for _, name := range s.Sources() {
		l, exists := w.Secret(name)
		_, granted := w.Received.Organization.Secrets[name]
		switch {
		case granted:
			first, last := w.Received.Rank(name)
			return []Finding{{Kind: beyond, Class: ByPerson, Name: s.Name,
				Message: fmt.Sprintf("%s is number %s of the %d organization secrets that %s may read, and a job receives the first %d",
					name, between(first, last), w.Received.Granted(), w.Stack.Repository, secrets.MaxSources),
				Hint: w.howToBringIn(name)}}
		case exists:
			return []Finding{{Kind: notGranted, Class: ByPerson, Name: s.Name, Hint: w.howToGrant(s, l),
				Message: fmt.Sprintf("repository %s may not read organization secret %s", w.Stack.Repository, name)}}
		}
	}
	if w.isManaged(s, s.GitHubName) { // see managed
		return nil
	}
	return []Finding{{Kind: Missing, Class: ByPerson, Name: s.Name, Hint: w.howToSet(s, s.GitHubName),
		Message: fmt.Sprintf("organization secret %s is missing%s", s.GitHubName, w.otherWay(s))}}
}

// otherWay is the second of two ways to end a missing secret, where the store has
// what was delivered once.
func (w World) otherWay(s secrets.Secret) string {
	held := w.Store.Keys(w.Stack.RootKey)
	delivered := slices.ContainsFunc(s.Sources(), func(name string) bool {
		_, _, ok := w.record().Delivered.Of(name)
		return ok
	})
	if !delivered || !slices.ContainsFunc(s.Keys(), func(key string) bool { return slices.Contains(held, key) }) {
		return ""
	}
	return fmt.Sprintf("; %s puts the store's copy back, unless it was revoked; to set another value", w.Stack.Typed("secretctl restore "+s.Name))
}

func between(first, last int) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

func (w World) isManaged(s secrets.Secret, githubName string) bool {
	_, ok := w.Managed[s.Name]
	return ok && githubName == s.GitHubName
}

// howToBringIn sets a secret in the repository itself: those always reach the job.
func (w World) howToBringIn(githubName string) string {
	return fmt.Sprintf("gh secret set %s --repo %s/%s", githubName, w.Stack.Organization, w.Stack.Repository)
}

// howToGrant lets the repository read a secret, without its value and without
// letting anybody else. A list of the catalog that lacks the repository would take
// that back.
func (w World) howToGrant(s secrets.Secret, l Live) string {
	if len(s.Repositories) > 0 && !slices.Contains(s.Repositories, w.Stack.Repository) {
		return fmt.Sprintf("add %s to the repositories of %s in %s", w.Stack.Repository, s.Name, w.Stack.Catalog)
	}
	if l.Visibility != "selected" || w.Repository.ID == 0 {
		return fmt.Sprintf("see https://docs.github.com/actions/concepts/security/secrets for plans and visibility, and set it at %s", page(w.Stack.Organization, l.Name))
	}
	return fmt.Sprintf("gh api --method PUT /orgs/%s/actions/secrets/%s/repositories/%d", w.Stack.Organization, l.Name, w.Repository.ID)
}

// howToDeliver says what ends a sync's refusal of a source.
func (w World) howToDeliver(s secrets.Secret, source workflow.Source, reason string) (Class, string) {
	switch {
	case reason == store.ArrivedEmpty && source.Level == workflow.Organization && w.Received.Within(source.Name) == received.Maybe:
		return ByPerson, w.howToBringIn(source.Name)
	case reason == store.NotPassed && !w.passes(source.Name):
		return ByUp, up
	case reason == store.ArrivedEmpty || reason == store.NotPassed:
		return BySync, w.runSync()
	}
	switch source.Level {
	case workflow.Repository:
		return ByPerson, w.howToBringIn(source.Name)
	case workflow.Environment:
		return ByPerson, w.howToBringIn(source.Name) + " --env " + w.Stack.GitHubEnvironment
	}
	return ByPerson, w.howToSet(s, source.Name)
}

// passes reports whether the workflow passes a secret to the sync. It is the first
// of the files.
func (w World) passes(githubName string) bool {
	return len(w.Files) > 0 && workflow.Passes(w.Files[0].Live)[workflow.Variable(githubName)] == githubName
}

// repository finds what is about the repository as a whole: its name, what the
// token may not see of it, the catalog in it, and the sync's own token.
func (w World) repository() []Finding {
	var found []Finding
	if name := w.Repository.Name; name != "" && !strings.EqualFold(name, w.Stack.Repository) {
		found = append(found, Finding{Kind: renamed, Class: ByPerson, Hint: "pulumi config set repository " + name,
			Message: fmt.Sprintf("repository %s is now called %s", w.Stack.Repository, name)})
	}
	if r := w.Received; r.Organization.Unread || r.Repository.Unread || r.Environment.Unread {
		found = append(found, Finding{Kind: unread, Class: ByPerson,
			Message: fmt.Sprintf("GITHUB_TOKEN may not see which secrets the jobs of %s receive, and the mark stays as it is", w.Stack.Repository),
			Hint:    fmt.Sprintf("let it read the secrets of repository %s", w.what())})
	}
	switch {
	case w.Pushed == "":
		found = append(found, Finding{Kind: unpushed, Class: ByPerson, Hint: push,
			Message: fmt.Sprintf("repository %s has no catalog in %s that the sync can read", w.Stack.Repository, w.Stack.Catalog)})
	case w.Pushed != w.Catalog.Digest():
		found = append(found, Finding{Kind: unpushed, Class: Information, Hint: push,
			Message: fmt.Sprintf("repository %s has a different catalog in %s", w.Stack.Repository, w.Stack.Catalog)})
	}
	return append(found, w.token()...)
}

func (w World) what() string {
	if w.Stack.GitHubEnvironment == "" {
		return w.Stack.Repository
	}
	return w.Stack.Repository + " and of its environment " + w.Stack.GitHubEnvironment + ", which must exist"
}

// token checks the secret that the sync logs in with. Applications must not get it:
// it can write the store.
func (w World) token() []Finding {
	name := w.Stack.TokenName()
	if name == "" {
		return nil
	}
	_, exists := w.Secret(name)
	_, _, ok, unsure := w.Received.Effective(name)
	if !ok && (!unsure || !exists) {
		return []Finding{{Kind: token, Class: ByPerson, Hint: w.howToBringIn(name),
			Message: fmt.Sprintf("%s, with which the sync logs in to Pulumi Cloud, does not reach the job", name)}}
	}
	if s, listed := w.Catalog.BySource(name); listed {
		return []Finding{{Kind: token, Class: ByPerson, Name: s.Name,
			Message: fmt.Sprintf("applications can read %s, with which the sync writes the store", name),
			Hint:    "give the sync a token of its own, see docs/workflow.md"}}
	}
	return nil
}
