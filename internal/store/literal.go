package store

import (
	"encoding/base64"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// secretNode is a value as a definition writes it, byte for byte.
//
// fn::secret takes a literal, and ESC reads "${" in it as a reference, which is
// refused with the whole document; YAML folds, normalises and escapes line ends,
// and not every parser agrees on the characters beyond ASCII. So only printable
// ASCII without a "$" is written as it is, such as most keys and tokens: people
// recognise these in the store. Everything else goes through base64, which
// fn::fromBase64 decodes exactly.
// https://www.pulumi.com/docs/esc/environments/syntax/builtin-functions/
func secretNode(v secrets.Value) *yaml.Node {
	text := v.Reveal()
	if plain(text) {
		return function("fn::secret", quotedNode(text))
	}
	return function("fn::fromBase64", function("fn::secret", quotedNode(base64.StdEncoding.EncodeToString([]byte(text)))))
}

func plain(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '$' })
}

func function(name string, argument *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{keyNode(name), argument}}
}

func keyNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func quotedNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
}
