package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yamlv3 "gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

func TestDocument(t *testing.T) {
	for _, tc := range []struct {
		name, text, want string
		set              map[string]string
		remove           []string
	}{
		{name: "empty", set: map[string]string{"a": "b"}, want: "values:\n  sophia:\n    a:\n      fn::secret: \"b\"\n"},
		{
			name: "seed", text: Seed("sophia"), set: map[string]string{"a": "b"},
			want: strings.Replace(Seed("sophia"), " {}\n", "\n    a:\n      fn::secret: \"b\"\n", 1),
		},
		{
			name: "comments stay", text: "# top\n\nvalues:\n  sophia:\n    # head\n    a: old # line\n    # foot\n\n    b: {fn::secret: {ciphertext: Z}}\n",
			set: map[string]string{"a": "new"}, want: "# top\n\nvalues:\n  sophia:\n    # head\n    a: # line\n      fn::secret: \"new\"\n    # foot\n\n    b: {'fn::secret': {ciphertext: Z}}\n",
		},
		{
			name: "a comment after a mapping in one line", text: "values: {sophia: {b: 1}} # one\n", set: map[string]string{"a": "c"},
			want: "values: # one\n  sophia:\n    b: 1\n    a:\n      fn::secret: \"c\"\n",
		},
		{
			name: "a comment after the root in one line", text: "values:\n  sophia: {} # one\n  # two\n", set: map[string]string{"a": "c"},
			want: "values:\n  sophia: # one\n    a:\n      fn::secret: \"c\"\n  # two\n",
		},
		{
			name: "a comment after nothing", text: "values: # one\n", set: map[string]string{"a": "c"},
			want: "values: # one\n  sophia:\n    a:\n      fn::secret: \"c\"\n",
		},
		{
			name: "comments within a value", text: "values:\n  sophia:\n    a:\n      # one\n      fn::secret: {ciphertext: Z} # two\n", set: map[string]string{"a": "c"},
			want: "values:\n  sophia:\n    a:\n      # one\n      # two\n      fn::secret: \"c\"\n",
		},
		{
			name: "remove", text: "values:\n  sophia:\n    a: 1\n    b: 2\n  a: 3\n", remove: []string{"a", "none"},
			want: "values:\n  sophia:\n    b: 2\n  a: 3\n",
		},
		{
			name: "exact", text: "{}", set: map[string]string{"a": "x$y"},
			want: "{values: {sophia: {a: {fn::fromBase64: {fn::secret: \"eCR5\"}}}}}\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := ParseDocument(tc.text, "sophia")
			if err != nil {
				t.Fatal(err)
			}
			for key, text := range tc.set {
				d.Set(key, secrets.NewValue(text))
			}
			for _, key := range tc.remove {
				d.Remove(key)
			}
			if tc.name == "exact" { // how it is laid out is not the point
				var want, got any
				_ = yamlv3.Unmarshal([]byte(tc.want), &want)
				_ = yamlv3.Unmarshal([]byte(d.String()), &got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				return
			}
			if diff := cmp.Diff(tc.want, d.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := d.String(); again != d.String() {
				t.Error("a second call returns another text")
			}
		})
	}
}

func TestDocumentRefusals(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML": "values: [", "a list": "[]", "root a text": "values: {sophia: a}", "root computed": "values: {sophia: {fn::fromJSON: a}}",
		"values a list": "values: []", "two documents": "values: {}\n---\nvalues: {}\n", "two documents, one empty": "values: {}\n---\n",
		"a comment with no place": "values:\n  sophia:\n    a: # one\n      {b: c} # two\n", "root an alias": "x: &x {a: 1}\nvalues: {sophia: *x}",
	} {
		_, err := ParseDocument(text, "sophia")
		if !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An edit does not change what the parser of ESC reads beside the values.
func TestDocumentKeepsTheRest(t *testing.T) {
	scalar := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "~", "yes", "1.50", "0x1F", "2026-01-01", "a\n b\n\nc ", "\t", "# x", "<<", "fn::secret"}))
	rapid.Check(t, func(t *rapid.T) {
		rest := map[string]any{}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			rest[scalar.Draw(t, "key")] = map[string]any{"v": scalar.Draw(t, "value"), "l": []any{scalar.Draw(t, "item"), 1.5, nil, true}}
		}
		before, err := yamlv3.Marshal(map[string]any{"values": map[string]any{"sophia": map[string]any{"old": "x"}, "rest": rest}})
		if err != nil {
			t.Skip("no YAML for it")
		}
		var was map[string]map[string]any
		if err := yamlv3.Unmarshal(before, &was); err != nil {
			t.Skip("it does not read its own text: a key of line ends comes out empty")
		}
		d, err := ParseDocument(string(before), "sophia")
		if err != nil {
			if !errors.Is(err, ErrDefinition) {
				t.Fatal(err)
			}
			t.Skip("refused")
		}
		d.Set("new", secrets.NewValue("y"))
		var got map[string]map[string]any
		if err := yamlv3.Unmarshal([]byte(d.String()), &got); err != nil {
			t.Fatalf("%v in %q", err, d.String())
		}
		if diff := cmp.Diff(was["values"]["rest"], got["values"]["rest"]); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}
