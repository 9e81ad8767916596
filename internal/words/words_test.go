package words

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 keys", 1: "1 key", 2: "2 keys"} {
		if got := Count(n, "key"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestSome(t *testing.T) {
	all := []string{"a", "b", "c", "d"}
	for n, want := range map[int]string{0: "", 1: "a", 3: "a, b, c", 4: "a, b, c and 1 more"} {
		if got := Some(all[:n], 3); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
