package secrets

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// LoadStack reads the config of a stack from its Pulumi.STACK.yaml, for programs
// that run outside Pulumi. Of its values the names alone are read.
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
		if node.Kind != yaml.MappingNode || key != pythonAccessKey {
			return node.Value, ok && node.Kind == yaml.ScalarNode
		}
		var object map[string]any
		if node.Decode(&object) != nil {
			return "", false
		}
		text, err := json.Marshal(object)
		return string(text), err == nil
	})
	if err != nil {
		return Stack{}, fmt.Errorf("%s: %w", path, err)
	}
	values := file.Config[Project+":values"]
	for i := 0; i+1 < len(values.Content); i += 2 {
		s.Managed = append(s.Managed, values.Content[i].Value)
	}
	slices.Sort(s.Managed)
	return s, nil
}
