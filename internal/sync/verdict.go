package sync

// Verdict is what sync did about one secret.
type Verdict string

// The verdicts.
const (
	Unchanged Verdict = "unchanged" // the store holds the value that arrived
	Written   Verdict = "written"
	Kept      Verdict = "kept"    // none arrived; the old value stays
	Missing   Verdict = "missing" // none arrived and there never was one
	Refused   Verdict = "refused" // one arrived that must not be written; the old value, if any, stays
	Unknown   Verdict = "unknown" // a key of the store that the catalog does not know; it stays
	Pruned    Verdict = "pruned"  // such a key, removed
)

// verdicts is the order in which they are counted.
var verdicts = [...]Verdict{Written, Unchanged, Pruned, Kept, Missing, Refused, Unknown}

// Row is the verdict on one secret, or on one unknown key. It holds no value.
type Row struct {
	Name    string  `json:"name,omitempty"` // "" for an unknown key
	Key     string  `json:"key"`
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note,omitempty"`
	Finding bool    `json:"finding"` // somebody has to look at it

	githubName string
}
