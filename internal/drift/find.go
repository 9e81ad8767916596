package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/store"
	"github.com/ai-cherry/sophia-secrets/internal/words"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// The commands that end most findings.
const (
	up   = "pulumi up"
	push = "git push"
)

// Find compares the world with the catalog and with what was known last. What has
// to be ended comes first, by kind and name, then texts, then information.
func Find(w World) []Finding {
	var all []Finding
	for _, s := range w.Catalog.Secrets {
		all = append(all, w.received(s)...)
		if last, ok := w.Managed[s.Name]; ok {
			all = append(all, w.managed(s, last)...)
		}
		all = append(all, w.access(s)...)
	}
	all = append(all, w.repository()...)
	all = append(all, w.trust()...)
	all = append(all, w.undone(all)...)
	all = append(all, w.store()...)
	all = append(all, w.unknown()...)
	all = append(all, w.definitions(all)...)
	all = append(all, w.unserved()...)
	all = append(all, w.undeclared()...)
	all = append(all, w.rotation()...)
	for i := range all {
		all[i].Hint = w.Stack.Typed(all[i].Hint)
	}
	sortFindings(all)
	return all
}

// howToSet is the command that sets a secret without changing who may read it.
func (w World) howToSet(s secrets.Secret, githubName string) string {
	l, _ := w.Secret(githubName)
	visibility, repositories := cmp.Or(s.Visibility, l.Visibility, "private"), s.Repositories
	if len(repositories) == 0 {
		repositories = l.readers()
	}
	if visibility == "selected" && len(repositories) == 0 {
		return "set it at " + page(w.Stack.Organization, githubName)
	}
	command := fmt.Sprintf("gh secret set %s --org %s --visibility %s", githubName, w.Stack.Organization, visibility)
	if visibility == "selected" {
		command += " --repos " + strings.Join(repositories, ",")
	}
	return command
}

// HowToSet is the command that sets a source of a secret where it is effective.
func (w World) HowToSet(s secrets.Secret, source workflow.Source) string {
	_, command := w.howToDeliver(s, source, "")
	return command
}

// access checks who may read a secret. Up sets that of a managed one.
func (w World) access(s secrets.Secret) []Finding {
	var found []Finding
	want := slices.Sorted(slices.Values(s.Repositories))
	for _, name := range s.Sources() {
		l, ok := w.Secret(name)
		message := ""
		switch {
		case !ok:
		case s.Visibility != "" && l.Visibility != s.Visibility:
			message = fmt.Sprintf("the visibility of organization secret %s is %q, the catalog says %q", name, l.Visibility, s.Visibility)
		case l.Repositories != nil && len(want) > 0 && !slices.Equal(want, l.readers()):
			message = fmt.Sprintf("organization secret %s may be read by %s, the catalog says %s", name, cmp.Or(list(l.readers()), "nobody"), list(want))
		}
		f := Finding{Kind: visibility, Class: ByPerson, Name: s.Name, Message: message, Hint: "set it at " + page(w.Stack.Organization, name)}
		if w.isManaged(s, name) {
			f.Class, f.Hint = ByUp, up
		}
		if message != "" {
			found = append(found, f)
		}
	}
	return found
}

// managed finds a value that was deleted or changed behind the stack's back. The
// provider does not compare the dates. An older one is a replica's that lags.
func (w World) managed(s secrets.Secret, last Managed) []Finding {
	l, ok := w.Secret(s.GitHubName)
	if !ok {
		return []Finding{{Kind: Missing, Class: ByUp, Name: s.Name, Hint: up,
			Message: fmt.Sprintf("organization secret %s is missing, and the stack holds its value", s.GitHubName)}}
	}
	if last.First {
		return []Finding{{Kind: changed, Class: ByUp, Name: s.Name,
			Message: fmt.Sprintf("up replaces the value of organization secret %s, which people set %s; to keep theirs", s.GitHubName, w.ago(l.UpdatedAt)),
			Hint:    "pulumi config rm --path values." + s.Name}}
	}
	if last.UpdatedAt.IsZero() || !l.UpdatedAt.After(last.UpdatedAt) {
		return nil
	}
	return []Finding{{Kind: changed, Class: ByUp, Name: s.Name,
		Message: fmt.Sprintf("organization secret %s was changed in GitHub %s, and up sets the configured value again; to keep the new one", s.GitHubName, w.ago(l.UpdatedAt)),
		Hint:    "pulumi config rm --path values." + s.Name}}
}

// store finds what the store gives applications besides the secrets.
func (w World) store() []Finding {
	names := w.Store.Outside(w.Stack.RootKey)
	if len(names) == 0 {
		return nil
	}
	return []Finding{{Kind: outside, Class: ByPerson, Names: names, Hint: "pulumi env edit " + w.Stack.Environment.Store().String(),
		Message: fmt.Sprintf("the store gives applications more than %s: %s", w.Stack.RootKey, words.Some(names, few))}}
}

// unknown names the keys of the store that no secret of the catalog has and nobody
// retired. Sync keeps them.
func (w World) unknown() []Finding {
	var names []string
	for _, key := range w.Store.Keys(w.Stack.RootKey) {
		if _, ok := w.Catalog.ByKey(key); !ok && !slices.Contains(w.Catalog.Retired, key) {
			names = append(names, store.Shown(key))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Finding{{Kind: unknown, Class: Information, Names: names,
		Message: fmt.Sprintf("%s of the store %s not in the catalog: %s", words.Count(len(names), "key"), are(len(names)), words.Some(names, few))}}
}

// definitions finds the declared texts that are not what they should be. That of
// the mark is not told twice.
func (w World) definitions(known []Finding) []Finding {
	var found []Finding
	for _, f := range w.Files {
		switch {
		case f.Live == "":
			found = append(found, definition("%s does not exist", f.Path))
		case f.Differs():
			found = append(found, definition("%s differs from what is declared", f.Path))
		}
	}
	switch {
	case w.Mark == nil:
		found = append(found, definition("%s holds no mark", w.Stack.MarkPath()))
	case w.Mark.Serial == 0:
		found = append(found, definition("%s has the form of an older version", w.Stack.MarkPath()))
	case !w.Mark.Same(w.Wanted(nil)) && !slices.ContainsFunc(known, func(f Finding) bool { return f.Class == ByUp }):
		found = append(found, definition("%s differs from what is declared", w.Stack.MarkPath()))
	}
	if !w.Store.Exists {
		found = append(found, definition("environment %s does not exist", w.Stack.Environment.Store()))
	}
	switch {
	case w.Environment == nil:
		found = append(found, definition("environment %s does not exist", w.Stack.Environment))
	case w.EnvironmentDiffers():
		found = append(found, definition("environment %s differs from what is declared", w.Stack.Environment))
	}
	return found
}

func definition(format string, what any) Finding {
	return Finding{Kind: Definition, Class: ByUp, Message: fmt.Sprintf(format, what), Hint: up}
}

// undeclared lists the organization secrets that the catalog does not name. They are
// none of the pipeline's business, but somebody may look for one.
func (w World) undeclared() []Finding {
	var names []string
	for _, l := range w.Live {
		if _, ok := w.Catalog.BySource(l.Name); !ok && l.Name != w.Stack.TokenName() && l.Name != w.Stack.StatusToken && !w.Catalog.Ignores(l.Name) {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return []Finding{{Kind: Undeclared, Class: Information, Names: names,
		Message: fmt.Sprintf("%s of the organization %s not in the catalog: %s", words.Count(len(names), "secret"), are(len(names)), words.Some(names, few))}}
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// readers are the names of the repositories that may read a secret.
func (l Live) readers() []string {
	names := []string{}
	for _, r := range l.Repositories {
		names = append(names, r.Name)
	}
	return names
}

// organizationSource is a GitHub name at the level of the organization.
func organizationSource(name string) workflow.Source {
	return workflow.Source{Level: workflow.Organization, Name: name}
}
