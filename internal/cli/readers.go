package cli

import (
	"io"
	"path/filepath"

	"github.com/ai-cherry/sophia-secrets/internal/uses"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// uses loads who reads what, from beside the catalog.
func (c *CLI) uses() (*uses.Uses, error) {
	read, err := uses.Load(c.usesPath())
	if err != nil {
		return nil, couldNot(err, "")
	}
	return read, nil
}

func (c *CLI) usesPath() string { return filepath.Join(filepath.Dir(c.catalogPath()), uses.FileName) }

// checkReaders names every line of code that asks for a key which no secret serves.
// It reads uses.yaml and no repository.
func (c *CLI) checkReaders(catalog *secrets.Catalog) error {
	read, err := c.uses()
	if err != nil {
		return err
	}
	unserved := read.Unserved(catalog)
	for _, key := range unserved {
		p := secrets.Problem{File: c.usesPath(), Line: read.Line(key.Key), Message: key.Say(len(key.Readers)), Rule: "unserved"}
		_, _ = io.WriteString(c.Stderr, p.String()+"\n")
	}
	if len(unserved) == 0 {
		return nil
	}
	return findings(len(unserved), "problem")
}
