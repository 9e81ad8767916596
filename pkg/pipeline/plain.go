package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"go.yaml.in/yaml/v4"
)

// refusePlainValues finds values that the stack's file holds unencrypted. The engine
// cannot tell: once one entry is encrypted, all of values counts as secret, and the
// program gets it decrypted. So it reads the stack's file itself, if there is one.
func (o Options) refusePlainValues(ctx *pulumi.Context) error {
	path := filepath.Join(o.folder(ctx), "Pulumi."+ctx.Stack()+".yaml")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err == nil && yaml.Unmarshal(data, &file) != nil {
		err = errors.New("not YAML with a mapping config")
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	values := file.Config[ctx.Project()+":values"]
	if encrypted(&values) {
		return nil
	}
	var errs []error
	for i := 0; i+1 < len(values.Content); i += 2 {
		if name := values.Content[i].Value; !encrypted(values.Content[i+1]) {
			errs = append(errs, fmt.Errorf("config %s:values has %s in plain text: rotate it, then pulumi config set --secret --path values.%s", ctx.Project(), name, name))
		}
	}
	return errors.Join(errs...)
}

// encrypted reports whether a node is {secure: CIPHERTEXT}.
func encrypted(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && len(node.Content) == 2 &&
		node.Content[0].Value == "secure" && node.Content[1].Kind == yaml.ScalarNode
}
