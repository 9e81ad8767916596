package secrets

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"
)

// LoadStack reads the config of a stack from its Pulumi.STACK.yaml, for programs
// that run outside Pulumi. Encrypted values are not read.
func LoadStack(path string) (Stack, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Stack{}, fmt.Errorf("reading the stack's config: %w", err)
	}
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return Stack{}, fmt.Errorf("reading the stack's config: %s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	s, err := NewStack(func(key string) (string, bool) {
		node, ok := file.Config[Project+":"+key]
		return node.Value, ok && node.Kind == yaml.ScalarNode
	})
	if err != nil {
		return Stack{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
