package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/workflow"
)

// undone finds what has not reached applications yet: it compares the mark, as it
// would be now, with the record of the last sync.
func (w World) undone(known []Finding) []Finding {
	if !w.Store.Exists {
		return nil
	}
	wanted := w.Wanted(nil)
	if w.Store.Record == nil && w.Store.FirstMark.IsZero() {
		return []Finding{w.due(Finding{Kind: stale, Message: "nothing was synced into the store yet"}, wanted)}
	}
	var found []Finding
	delivered := w.delivered(wanted.Sources)
	for _, s := range w.Catalog.Secrets {
		for _, name := range s.Sources() {
			source, date, ok := wanted.Sources.Of(name)
			if ok && delivered[source] != date && !told(known, s.Name) {
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
		class, hint := w.howToDeliver(s, source, reason)
		return Finding{Kind: undelivered, Class: class, Name: s.Name, Hint: hint,
			Message: fmt.Sprintf("the last sync did not deliver %s: %s", source.Name, reason)}
	}
	at, _ := time.Parse(time.RFC3339, date)
	f := w.due(Finding{Kind: stale, Name: s.Name,
		Message: fmt.Sprintf("%s was changed in GitHub %s and is not synced yet", source.Name, w.ago(at))}, wanted)
	if f.Class == ByUp && w.isManaged(s, source.Name) { // an up may set the configured value again
		f.Hint = "pulumi preview"
	}
	return f
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
		return []Finding{w.due(Finding{Kind: stale, Message: "the catalog has changed since the last sync"}, wanted)}
	case w.Mark != nil && record.Serial < w.Mark.Serial:
		return []Finding{w.due(Finding{Kind: stale, Message: "the last mark is not synced yet"}, wanted)}
	}
	return nil
}

// tampered finds an edit of the store by hand.
func (w World) tampered(wanted workflow.Mark) []Finding {
	r, ok := w.Store.HandEdit()
	if !ok {
		return nil
	}
	return []Finding{w.due(Finding{Kind: tampered,
		Message: fmt.Sprintf("store revision %d was written by %s %s, not by sync", r.Number, cmp.Or(r.Author, "somebody"), w.ago(r.Created))}, wanted)}
}

// told reports whether a finding already says why a secret does not arrive, or that
// up will write it.
func told(found []Finding, name string) bool {
	return slices.ContainsFunc(found, func(f Finding) bool {
		return f.Name == name && slices.Contains([]Kind{notGranted, beyond, Missing, changed}, f.Kind)
	})
}

// due says what ends a finding that needs a sync. While the mark in the repository
// is not the wanted one, that is up: the push of the new mark starts the sync.
func (w World) due(f Finding, wanted workflow.Mark) Finding {
	switch {
	case w.Pushed != "" && w.Pushed != wanted.Catalog && w.Mark != nil && w.Mark.Same(wanted):
		f.Class, f.Hint = ByPerson, push
	case w.Mark == nil || w.Mark.Serial == 0 || !w.Mark.Same(wanted):
		f.Class, f.Hint = ByUp, up
	default:
		f.Class, f.Hint = BySync, w.runSync()
	}
	return f
}

// runSync is the command that starts the sync.
func (w World) runSync() string {
	return fmt.Sprintf("gh workflow run %s.yml --repo %s/%s", w.Stack.Workflow, w.Stack.Organization, w.Stack.Repository)
}
