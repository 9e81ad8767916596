package secrets

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeysRetiredAndIgnored(t *testing.T) {
	parse := func(text string) *Catalog {
		c, problems := Parse("catalog.yaml", []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c
	}
	c := parse("secrets:\n  - name: A\n    key: [a, old_a]\n  - name: B\nretired: [z, y]\nignore: [X_*, ONE]\n")
	if diff := cmp.Diff([]string{"a", "old_a"}, c.Secrets[0].Keys()); diff != "" {
		t.Error(diff)
	}
	if s, ok := c.ByKey("old_a"); !ok || s.Name != "A" {
		t.Errorf("old_a belongs to %q", s.Name)
	}
	if diff := cmp.Diff([]string{"y", "z"}, c.Retired); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]bool{"X_1": true, "X_": true, "X": false, "ONE": true, "ONE_2": false, "A": false} {
		if c.Ignores(name) != want {
			t.Errorf("%s is ignored: %v", name, !want)
		}
	}
	digest := c.Digest()
	for text, same := range map[string]bool{
		"# a comment\nsecrets:\n  - name: B\n    owner: ana\n  - name: A\n    key: [a, old_a]\nretired: [y, z]\n": true,
		"secrets:\n  - name: A\n    key: [a, old_a]\n  - name: B\n":                                               false,
		"secrets:\n  - name: A\n    key: [old_a, a]\n  - name: B\nretired: [y, z]\n":                              false,
		"secrets:\n  - name: A\n    key: [a, old_a]\n    aliases: [C]\n  - name: B\nretired: [y, z]\n":            false,
	} {
		if got := parse(text).Digest(); (got == digest) != same || len(got) != 16 {
			t.Errorf("the digest %s against %s of\n%s", got, digest, text)
		}
	}
}
