package secrets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// LoadStack reads the config of a stack from its Pulumi.STACK.yaml, for programs
// that run outside Pulumi. The Pulumi.yaml beside it names the project. Of the
// values the names alone are read.
func LoadStack(path string) (Stack, error) {
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := readYAML(path, &file); err != nil {
		return Stack{}, fmt.Errorf("reading the stack's config: %w", err)
	}
	project, err := projectName(filepath.Join(filepath.Dir(path), "Pulumi.yaml"))
	if err != nil {
		return Stack{}, fmt.Errorf("reading the project of %s: %w", path, err)
	}
	s, err := NewStack(project, func(key string) (string, bool) {
		node, ok := file.Config[project+":"+key]
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
	s.Name = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "Pulumi."), ".yaml")
	values := file.Config[project+":values"]
	if len(values.Content) == 2 && values.Content[0].Value == "secure" {
		s.Opaque = true
		return s, nil
	}
	for i := 0; i+1 < len(values.Content); i += 2 {
		s.Managed = append(s.Managed, values.Content[i].Value)
	}
	slices.Sort(s.Managed)
	return s, nil
}

// projectName reads Pulumi.yaml. That it is missing must not look like a missing
// stack, which callers may do without.
func projectName(path string) (string, error) {
	var project struct {
		Name string `yaml:"name"`
	}
	err := readYAML(path, &project)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s does not exist: put it beside the stack's config, with the line name: PROJECT", path)
	case err == nil && project.Name == "":
		return "", fmt.Errorf("%s names no project: add the line name: PROJECT", path)
	}
	return project.Name, err
}

func readYAML(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}
