package uses

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// FileName is the file's name, in the folder of the catalog.
const FileName = "uses.yaml"

// Uses is who reads what, by repository. A nil Uses is that of a catalog without
// the file: nothing is known.
type Uses struct {
	Repositories map[string]Reads `yaml:"repositories"` // by OWNER/NAME
	lines        map[string]int   // where each key stands first
}

// Reads are the lines of one repository, FILE:LINE, sorted.
type Reads struct {
	Keys      map[string][]string `yaml:"keys,omitempty"`      // by key, through a reader
	Variables map[string][]string `yaml:"variables,omitempty"` // by the secret's name, under secretctl run
}

// Place is a line that reads a secret.
type Place struct {
	Repository, File string
	Line             int
}

// String is OWNER/NAME/FILE:LINE.
func (p Place) String() string { return fmt.Sprintf("%s/%s:%d", p.Repository, p.File, p.Line) }

// Load reads the file in path; without one it returns nil.
func Load(path string) (*Uses, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading who reads the secrets: %w", err)
	}
	u := &Uses{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(u); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %s: write it anew with secretaudit --uses", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err == nil {
		u.lines = map[string]int{}
		u.note(&document)
	}
	return u, u.check(path)
}

// note remembers where the keys stand.
func (u *Uses) note(node *yaml.Node) {
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 && u.lines[child.Value] == 0 {
			u.lines[child.Value] = child.Line
		}
		u.note(child)
	}
}

// Line is where a key stands first in the file; 0 when it was not loaded from one.
func (u *Uses) Line(key string) int { return u.lines[key] }

// check refuses places that cannot be printed as such.
func (u *Uses) check(path string) error {
	for repository, reads := range u.Repositories {
		for _, lines := range slices.Concat(slices.Collect(maps.Values(reads.Keys)), slices.Collect(maps.Values(reads.Variables))) {
			for _, line := range lines {
				if _, ok := place(repository, line); !ok {
					return fmt.Errorf("%s: %q of %s is not FILE:LINE: write it anew with secretaudit --uses", path, line, repository)
				}
			}
		}
	}
	return nil
}

// Readers are the lines that ask for a key, sorted.
func (u *Uses) Readers(key string) []Place {
	return u.places(func(r Reads) []string { return r.Keys[key] })
}

// ReadersOf are the lines that read a secret, by any of its keys or as a variable.
func (u *Uses) ReadersOf(s secrets.Secret) []Place {
	return u.places(func(r Reads) []string {
		lines := slices.Clone(r.Variables[s.Name])
		for _, key := range s.Keys() {
			lines = append(lines, r.Keys[key]...)
		}
		return lines
	})
}

// Keys are all keys that are asked for, sorted.
func (u *Uses) Keys() []string {
	keys := map[string]bool{}
	if u != nil {
		for _, reads := range u.Repositories {
			for key := range reads.Keys {
				keys[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func (u *Uses) places(of func(Reads) []string) []Place {
	if u == nil {
		return nil
	}
	var all []Place
	for repository, reads := range u.Repositories {
		for _, line := range of(reads) {
			if p, ok := place(repository, line); ok {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(all)
}

func place(repository, line string) (Place, bool) {
	i := strings.LastIndex(line, ":")
	if i <= 0 {
		return Place{}, false
	}
	number, err := strconv.Atoi(line[i+1:])
	return Place{repository, line[:i], number}, err == nil && number > 0
}
