package scan

// Kind is what was found.
type Kind int

// The kinds of hit.
const (
	Read      Kind = iota // a key, through a reader
	Computed              // a reader whose key the text does not say
	Candidate             // a key, if a file of the folder imports the Go reader
	Imports               // the Go reader is imported
	Variable              // a variable of the environment
	Passed                // secrets.NAME in a workflow
	Set                   // gh secret set NAME
	Write                 // something writes to ESC
	Touches               // the file speaks of ESC or of GitHub's secrets at all; once
	Sync                  // secretctl sync
	Run                   // secretctl run
	Mention               // a name or a key of the catalog, anywhere
	Ignore                // a comment that mutes findings
)

// Hit is something at a place.
type Hit struct {
	Kind         Kind
	Name         string   // the key, the variable, the GitHub name, the command that writes
	Words        []string // of Run: the command; of Ignore: the rules, and the reason if there is one
	Only         []string // of Run: the keys that are passed; nil is all of them
	Alone        bool     // of Ignore: nothing else is in its line
	Default      uint64   // of Read: tells one default from another; 0 is none
	Line, Column int
}
