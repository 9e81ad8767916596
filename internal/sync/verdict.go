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
	Removed   Verdict = "removed" // a retired key, or an unknown one with --prune
)

// verdicts is the order in which they are counted.
var verdicts = [...]Verdict{Written, Unchanged, Removed, Kept, Missing, Refused, Unknown}

// Row is the verdict on one secret, or on a key that belongs to none. It holds no
// value.
type Row struct {
	Name    string  `json:"name,omitempty"` // "" for a key that belongs to none
	Key     string  `json:"key"`
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note,omitempty"`
	Finding bool    `json:"finding"` // somebody has to look at it

	keys    []string // all keys of the secret
	sources []string // the GitHub names of the secret
	arrived []string // those under which a value came
	change  change   // what the value is to the one that the store held
}
