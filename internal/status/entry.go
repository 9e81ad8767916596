package status

import (
	"slices"
	"strings"

	"github.com/ai-cherry/sophia-secrets/internal/drift"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// entry is one secret's way, as the page shows it.
type entry struct {
	Row
	Line     int    // of the workflow that passes it; 0 when none does
	Readers  string // who may read it in GitHub; "" when that is not known
	Rotation drift.Rotation
	Todo     []note
	Notes    []note
}

func entries(w drift.World, rows []Row, found []note) []entry {
	lines := passedAt(w.Files[0].Live)
	rotations := map[string]drift.Rotation{}
	for _, r := range w.Rotations() {
		rotations[r.Secret.Name] = r
	}
	var all []entry
	for _, r := range rows {
		e := entry{Row: r, Rotation: rotations[r.Secret.Name], Readers: readers(w, r)}
		for _, name := range append(slices.Clone(r.Secret.Sources()), r.Source.Name) { // that of the value last
			if line, ok := lines[name]; ok && name != "" {
				e.Line = line
			}
		}
		for _, n := range found {
			switch {
			case n.Name != r.Secret.Name:
			case n.Class == drift.Information:
				e.Notes = append(e.Notes, n)
			default:
				e.Todo = append(e.Todo, n)
			}
		}
		all = append(all, e)
	}
	return all
}

// readers says who may read an organization secret.
func readers(w drift.World, r Row) string {
	live, ok := w.Secret(r.Source.Name)
	switch {
	case !ok || r.Source.Level != workflow.Organization:
		return ""
	case live.Visibility == "all":
		return "all repositories"
	case live.Visibility == "private":
		return "private repositories"
	case live.Repositories == nil:
		return "selected repositories"
	case len(live.Repositories) == 0:
		return "nobody"
	}
	var names []string
	for _, repository := range live.Repositories {
		names = append(names, repository.Name)
	}
	return strings.Join(names, ", ")
}

// Arrives reports whether nothing stands between the secret and its readers.
func (e entry) Arrives() bool {
	return e.Source.Name != "" && e.Line > 0 && e.Revision > 0 && !slices.ContainsFunc(e.Todo, func(n note) bool { return n.Kind != drift.Overdue })
}

// State is the word by which the page filters.
func (e entry) State() string {
	switch {
	case len(e.Todo) > 0 || e.Secret.Required && !e.Arrives():
		return "todo"
	case e.Rotation.Kind == drift.DueSoon:
		return "soon"
	case !e.Arrives():
		return "absent"
	}
	return "fine"
}

// owners are those of the secrets, each once.
func owners(all []entry) []string {
	var names []string
	for _, e := range all {
		if e.Secret.Owner != "" {
			names = append(names, e.Secret.Owner)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
