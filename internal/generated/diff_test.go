package generated

import "testing"

func TestDiff(t *testing.T) {
	for _, tc := range []struct{ name, from, to, want string }{
		{"equal", "a\nb\n", "a\nb\n", ""},
		{"empty", "", "", ""},
		{"changed line", "a\nb\nc\n", "a\nB\nc\n", "--- live\n+++ wanted\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"from nothing", "", "a\n", "--- live\n+++ wanted\n@@ -0,0 +1,1 @@\n+a\n"},
		{"final newline", "a", "a\n", "--- live\n+++ wanted\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Diff("live", "wanted", tc.from, tc.to); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}
