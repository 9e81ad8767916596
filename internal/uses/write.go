package uses

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"
)

const header = `# Who reads which key, by repository and line. Written by secretaudit --uses; see docs/audit.md.
`

// Set replaces what is known about one repository, and nothing else. One that reads
// nothing keeps its name, so that it counts as audited.
func (u *Uses) Set(repository string, r Reads) {
	if u.Repositories == nil {
		u.Repositories = map[string]Reads{}
	}
	u.Repositories[repository] = r
}

// Write writes the file, unless it holds the same already. The order is that of the
// names, so that a change of the code is the only change of the file.
func (u *Uses) Write(path string) error {
	for _, r := range u.Repositories {
		for _, list := range r.Keys {
			slices.Sort(list)
		}
	}
	var text bytes.Buffer
	text.WriteString(header)
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(u); err != nil {
		return fmt.Errorf("writing who reads the secrets: %w", err)
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text.Bytes()) {
		return nil
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing who reads the secrets: %w", err)
	}
	return nil
}
