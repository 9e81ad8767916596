package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v4"
)

// ConfigName is the file's name, at the root of the tree.
const ConfigName = ".secretaudit.yaml"

// Config is what a repository says about itself.
type Config struct {
	Readers []Reader `yaml:"readers"`
	Exclude []string `yaml:"exclude"` // patterns of files that are not audited, as in .gitignore
	Run     []string `yaml:"run"`     // patterns of files that are started by secretctl run
}

// Reader is a function of the repository's own that is given a key.
type Reader struct {
	Function string `yaml:"function"`
	Argument int    `yaml:"argument"` // which one is the key, from 1; the first unless given
}

// LoadConfig reads a config. Without the file, unless it is needed, there is none.
func LoadConfig(path string, needed bool) (Config, error) {
	data, err := readConfig(path, needed)
	if errors.Is(err, os.ErrNotExist) && !needed {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("reading the config: %w", err)
	}
	var c Config
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("reading the config %s: %w", path, err)
	}
	for _, r := range c.Readers {
		if r.Function == "" || r.Argument < 0 {
			return Config{}, fmt.Errorf("reading the config %s: a reader needs a function, and its argument is a number from 1", path)
		}
	}
	return c, nil
}

// maxConfigBytes is far over what a config has.
const maxConfigBytes = 1 << 20

// readConfig follows a link only in a config that somebody named: the one of the folder
// may be anybody's.
func readConfig(path string, named bool) ([]byte, error) {
	if named {
		return os.ReadFile(path)
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", path)
	case info.Size() > maxConfigBytes:
		return nil, fmt.Errorf("%s is over %d bytes", path, maxConfigBytes)
	}
	return os.ReadFile(path)
}
