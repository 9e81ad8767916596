package secrets

import (
	"testing"
	"time"
)

// An entry overrides the default at the top, "never" included. What sync is asked
// to do stays the same.
func TestRotateEvery(t *testing.T) {
	parse := func(text string) *Catalog {
		t.Helper()
		c, problems := Parse("catalog.yaml", []byte(text))
		if problems != nil {
			t.Fatal(problems)
		}
		return c
	}
	const list = "secrets:\n  - name: A\n  - {name: B, rotate_every: 30d}\n  - {name: C, rotate_every: never}\n"
	const day = 24 * time.Hour
	for _, tc := range []struct {
		top     string
		a, b, c time.Duration
	}{
		{"", 0, 30 * day, 0},
		{"rotate_every: 90d\n", 90 * day, 30 * day, 0},
		{"rotate_every: never\n", 0, 30 * day, 0},
	} {
		c := parse(tc.top + list)
		if a, b, c := c.Secrets[0].RotateEvery, c.Secrets[1].RotateEvery, c.Secrets[2].RotateEvery; a != tc.a || b != tc.b || c != tc.c {
			t.Errorf("%q: %s, %s, %s", tc.top, a, b, c)
		}
	}
	if parse(list).Digest() != parse("rotate_every: 90d\n"+list).Digest() {
		t.Error("the default counts for the digest")
	}
}
