package drift

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

const syncAgain = "gh workflow run sync_secrets.yml, if its last run failed"

// Find compares the world with the catalog and with what was known last. The
// findings are sorted by kind and name; those about declared texts come last.
func Find(w World) []Finding {
	all := w.Organization()
	all = append(all, w.stale()...)
	all = append(all, w.tampered()...)
	sortFindings(all)
	return append(all, w.definitions()...)
}

// Organization finds what is about the organization's secrets alone, sorted.
func (w World) Organization() []Finding {
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
		found = append(found, Finding{Kind: Missing, Name: s.Name, Hint: w.howToSet(s),
			Message: fmt.Sprintf("organization secret %s is missing", s.GitHubName)})
	}
	return found
}

func (w World) howToSet(s secrets.Secret) string {
	command := fmt.Sprintf("gh secret set %s --org %s --visibility %s", s.GitHubName, w.Stack.Organization, cmp.Or(s.Visibility, "private"))
	if len(s.Repositories) > 0 {
		command += " --repos " + strings.Join(s.Repositories, ",")
	}
	return command
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
// does not compare the dates.
func (w World) managed(s secrets.Secret, last Managed) []Finding {
	l, ok := w.Secret(s.GitHubName)
	if !ok || last.UpdatedAt.IsZero() || l.UpdatedAt.Equal(last.UpdatedAt) {
		return nil
	}
	return []Finding{{Kind: Changed, Name: s.Name,
		Message: fmt.Sprintf("organization secret %s was changed in GitHub %s", s.GitHubName, w.ago(l.UpdatedAt)),
		Hint:    fmt.Sprintf("pulumi up sets the configured value again; to keep the new one instead: pulumi config rm --path values.%s", s.Name)}}
}

// stale finds what GitHub has and the last sync had not.
func (w World) stale() []Finding {
	if !w.Store.Exists {
		return nil
	}
	if w.Store.Mark.IsZero() {
		return []Finding{{Kind: Stale, Names: w.present(), Message: "nothing was synced into the store yet", Hint: syncAgain}}
	}
	var found []Finding
	for _, s := range w.Catalog.Secrets {
		for _, source := range s.Sources() {
			if l, ok := w.Secret(source); ok && l.UpdatedAt.After(w.Store.Mark) {
				found = append(found, Finding{Kind: Stale, Name: s.Name, Hint: w.howToSync(l),
					Message: fmt.Sprintf("%s was changed in GitHub %s and is not synced yet", source, w.ago(l.UpdatedAt))})
			}
		}
	}
	if _, edited := w.Store.HandEdit(); len(found) == 0 && !edited && w.marked().After(w.Store.Mark) {
		return []Finding{{Kind: Stale, Message: "the last mark is not synced yet", Hint: syncAgain}}
	}
	return found
}

// howToSync depends on whether the mark knows of the change already.
func (w World) howToSync(l Live) string {
	if l.UpdatedAt.After(w.marked()) {
		return "pulumi up"
	}
	return syncAgain
}

// present are the names of the secrets that GitHub holds.
func (w World) present() []string {
	var names []string
	for _, s := range w.Catalog.Secrets {
		if slices.ContainsFunc(s.Sources(), func(source string) bool { _, ok := w.Secret(source); return ok }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// tampered finds an edit of the store by hand.
func (w World) tampered() []Finding {
	r, ok := w.Store.HandEdit()
	if !ok {
		return nil
	}
	hint := "pulumi up, and the sync that it starts, restore it"
	if w.marked().After(w.Store.Mark) { // a mark waits for its sync, which restores the store as well
		hint = syncAgain
	}
	return []Finding{{Kind: Tampered, Names: []string{RevisionName(r)}, Hint: hint,
		Message: fmt.Sprintf("%s was written by %s %s, not by sync", RevisionName(r), cmp.Or(r.Author, "somebody"), w.ago(r.Created))}}
}

// definitions finds the declared texts that are not what they should be.
func (w World) definitions() []Finding {
	var found []Finding
	for _, f := range w.Files {
		switch {
		case f.Live == "":
			found = append(found, definition("%s does not exist", f.Path))
		case f.Differs():
			found = append(found, definition("%s differs from what is declared", f.Path))
		}
	}
	if w.Mark == nil {
		found = append(found, definition("%s holds no mark", workflow.MarkPath))
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
	return Finding{Kind: Definition, Message: fmt.Sprintf(format, what), Hint: "pulumi up"}
}

// marked is the date of the mark; zero without one.
func (w World) marked() time.Time {
	if w.Mark == nil {
		return time.Time{}
	}
	return w.Mark.Date
}

// readers are the names of the repositories that may read a secret.
func (l Live) readers() []string {
	names := []string{}
	for _, r := range l.Repositories {
		names = append(names, r.Name)
	}
	return names
}

// RevisionName is how a revision of the store is called in findings and marks.
func RevisionName(r esc.Revision) string { return fmt.Sprintf("store revision %d", r.Number) }
