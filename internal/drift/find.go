package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/store"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// Find compares the world with the catalog and with what was known last. The
// findings are sorted by kind and name; those about declared texts come last.
func Find(w World) []Finding {
	all := w.FindInOrganization()
	undone := w.undone()
	all = append(all, undone...)
	sortFindings(all)
	return append(all, w.definitions(undone)...)
}

// FindInOrganization finds what is about the organization's secrets alone, sorted.
func (w World) FindInOrganization() []Finding {
	var all []Finding
	for _, s := range w.Catalog.Secrets {
		if managed, ok := w.Managed[s.Name]; ok {
			all = append(all, w.managed(s, managed)...)
		} else {
			all = append(all, w.adopted(s)...)
		}
	}
	for _, l := range w.Live {
		if _, ok := w.Catalog.BySource(l.Name); !ok {
			all = append(all, Finding{Kind: Undeclared, Name: l.Name,
				Message: fmt.Sprintf("organization secret %s is not in the catalog", l.Name),
				Hint:    "name it in catalog.yaml, or delete it at " + page(w.Stack.Organization, l.Name)})
		}
	}
	sortFindings(all)
	return all
}

// adopted checks a secret that people set. One of its aliases will do.
func (w World) adopted(s secrets.Secret) []Finding {
	var found []Finding
	present := false
	for _, source := range s.Sources() {
		l, ok := w.Secret(source)
		if !ok {
			continue
		}
		present = true
		found = append(found, w.access(s, l)...)
	}
	if !present && s.Required {
		found = append(found, Finding{Kind: Missing, Name: s.Name, Hint: w.howToSet(s, s.GitHubName),
			Message: fmt.Sprintf("organization secret %s is missing", s.GitHubName)})
	}
	return found
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

// howToDeliver says what ends a sync's refusal of a source.
func (w World) howToDeliver(s secrets.Secret, githubName, reason string) string {
	switch reason {
	case store.ArrivedEmpty:
		return fmt.Sprintf("let repository %s read it at %s", w.Stack.Repository, page(w.Stack.Organization, githubName))
	case store.NotPassed:
		return up
	}
	return w.howToSet(s, githubName)
}

// access checks who may read an adopted secret.
func (w World) access(s secrets.Secret, l Live) []Finding {
	hint := "set it at " + page(w.Stack.Organization, l.Name)
	if s.Visibility != "" && l.Visibility != s.Visibility {
		return []Finding{{Kind: Visibility, Name: s.Name, Hint: hint,
			Message: fmt.Sprintf("the visibility of organization secret %s is %q, the catalog says %q", l.Name, l.Visibility, s.Visibility)}}
	}
	if want := slices.Sorted(slices.Values(s.Repositories)); l.Repositories != nil && len(want) > 0 && !slices.Equal(want, l.readers()) {
		return []Finding{{Kind: Visibility, Name: s.Name, Hint: hint,
			Message: fmt.Sprintf("organization secret %s may be read by %s, the catalog says %s", l.Name, cmp.Or(list(l.readers()), "nobody"), list(want))}}
	}
	return nil
}

// managed finds a value that was changed behind the stack's back. The provider
// does not compare the dates. An older one is a replica's that lags.
func (w World) managed(s secrets.Secret, last Managed) []Finding {
	l, ok := w.Secret(s.GitHubName)
	if !ok || last.UpdatedAt.IsZero() || !l.UpdatedAt.After(last.UpdatedAt) {
		return nil
	}
	return []Finding{{Kind: Changed, Name: s.Name,
		Message: fmt.Sprintf("organization secret %s was changed in GitHub %s", s.GitHubName, w.ago(l.UpdatedAt)),
		Hint:    fmt.Sprintf("pulumi up sets the configured value again; to keep the new one instead: pulumi config rm --path values.%s", s.Name)}}
}

// definitions finds the declared texts that are not what they should be. That of
// the mark is not told twice.
func (w World) definitions(undone []Finding) []Finding {
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
		found = append(found, definition("%s holds no mark", workflow.MarkPath))
	case w.Mark.Serial == 0:
		found = append(found, definition("%s has the form of an older version", workflow.MarkPath))
	case !w.Mark.Same(w.Wanted(nil)) && !slices.ContainsFunc(undone, func(f Finding) bool { return f.Hint == up }):
		found = append(found, definition("%s differs from what is declared", workflow.MarkPath))
	}
	switch {
	case w.Environment == nil:
		found = append(found, definition("environment %s does not exist", w.Stack.Environment))
	case w.EnvironmentDiffers():
		found = append(found, definition("environment %s differs from what is declared", w.Stack.Environment))
	}
	return found
}

// up is the command that ends most findings.
const up = "pulumi up"

func definition(format string, what any) Finding {
	return Finding{Kind: Definition, Message: fmt.Sprintf(format, what), Hint: up}
}

// readers are the names of the repositories that may read a secret.
func (l Live) readers() []string {
	names := []string{}
	for _, r := range l.Repositories {
		names = append(names, r.Name)
	}
	return names
}
