package drift

import (
	"cmp"
	"fmt"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/esc"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// undone finds what separates applications from what people set: the mark as it
// would be now against the record of the last sync.
func (w World) undone() []Finding {
	if !w.Store.Exists {
		return nil
	}
	wanted := w.Wanted(nil)
	if w.Store.Record == nil && w.Store.FirstMark.IsZero() {
		return []Finding{{Kind: Stale, Names: w.present(), Message: "nothing was synced into the store yet", Hint: w.howToSync(wanted)}}
	}
	var found []Finding
	delivered := w.delivered(wanted.Sources)
	for _, s := range w.Catalog.Secrets {
		for _, name := range s.Sources() {
			source, date, ok := wanted.Sources.Of(name)
			if ok && delivered[source] != date {
				found = append(found, w.undelivered(s, source, date, wanted))
			}
		}
	}
	if len(found) == 0 {
		found = w.unsynced(wanted)
	}
	return append(found, w.tampered(wanted)...)
}

// undelivered is a source whose newest value is not in the store: nobody tried yet,
// or the last sync could not.
func (w World) undelivered(s secrets.Secret, source workflow.Source, date string, wanted workflow.Mark) Finding {
	if reason := w.record().Undelivered[source]; reason != "" && w.tried(source, date) {
		return Finding{Kind: Undelivered, Name: s.Name, Hint: w.howToDeliver(s, source.Name, reason),
			Message: fmt.Sprintf("the last sync did not deliver %s: %s", source.Name, reason)}
	}
	at, _ := time.Parse(time.RFC3339, date)
	return Finding{Kind: Stale, Name: s.Name, Hint: w.howToSync(wanted),
		Message: fmt.Sprintf("%s was changed in GitHub %s and is not synced yet", source.Name, w.ago(at))}
}

// tried reports whether the last sync was asked for the source as it is now.
func (w World) tried(source workflow.Source, date string) bool {
	return w.Mark != nil && w.Mark.Sources[source] == date && w.record().Serial >= w.Mark.Serial
}

// unsynced finds a sync that is due although no source has changed.
func (w World) unsynced(wanted workflow.Mark) []Finding {
	record := w.record()
	switch {
	case w.Store.Record == nil: // the first edition did all that it could record
		return nil
	case record.Catalog != wanted.Catalog:
		return []Finding{{Kind: Stale, Message: "the catalog has changed since the last sync", Hint: w.howToSync(wanted)}}
	case w.Mark != nil && record.Serial < w.Mark.Serial:
		return []Finding{{Kind: Stale, Message: "the last mark is not synced yet", Hint: w.howToSync(wanted)}}
	}
	return nil
}

// tampered finds an edit of the store by hand.
func (w World) tampered(wanted workflow.Mark) []Finding {
	r, ok := w.Store.HandEdit()
	if !ok {
		return nil
	}
	return []Finding{{Kind: Tampered, Names: []string{RevisionName(r)}, Hint: w.howToSync(wanted),
		Message: fmt.Sprintf("%s was written by %s %s, not by sync", RevisionName(r), cmp.Or(r.Author, "somebody"), w.ago(r.Created))}}
}

// RevisionName is how findings call a revision of the store.
func RevisionName(r esc.Revision) string { return fmt.Sprintf("store revision %d", r.Number) }

// howToSync is the command that starts the next sync: up, as long as the mark in
// the repository is not the wanted one, since the push of the mark starts it.
func (w World) howToSync(wanted workflow.Mark) string {
	switch {
	case w.Pushed != "" && w.Pushed != wanted.Catalog && w.Mark != nil && w.Mark.Same(wanted):
		return "git push"
	case w.Mark == nil || w.Mark.Serial == 0 || !w.Mark.Same(wanted):
		return up
	}
	return fmt.Sprintf("gh workflow run sync_secrets.yml --repo %s/%s", w.Stack.Organization, w.Stack.Repository)
}

// present are the names of the secrets that GitHub holds.
func (w World) present() []string {
	var names []string
	for _, s := range w.Catalog.Secrets {
		for _, source := range s.Sources() {
			if _, ok := w.Secret(source); ok {
				names = append(names, s.Name)
				break
			}
		}
	}
	return names
}
