package drift

import (
	"slices"

	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// unserved finds the keys that code asks for and no secret serves, as uses.yaml has
// it: no repository is read. While the store still has the key its readers get the
// value that it had, which no sync renews.
func (w World) unserved() []Finding {
	held := w.Store.Keys(w.Stack.RootKey)
	var found []Finding
	for _, key := range w.Uses.Unserved(w.Catalog) {
		f := Finding{Kind: unserved, Class: ByPerson, Names: []string{key.Key}, Message: key.Say(few), Hint: "secretctl check"}
		if slices.Contains(held, key.Key) && !key.Retired {
			f.Message += "; the store still has it, and no sync renews it"
		}
		found = append(found, f)
	}
	return found
}

// readBy completes a finding about a secret that does not arrive.
func (w World) readBy(s secrets.Secret, found []Finding) []Finding {
	readers := w.Uses.ReadersOf(s)
	if len(readers) == 0 {
		return found
	}
	for i := range found {
		found[i].Message += "; it is read in " + uses.Name(readers, few)
	}
	return found
}
