package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMarkText(t *testing.T) {
	noon := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		mark Mark
		want string
	}{
		{"whole", Mark{noon, "0f0e", []string{"B", "A"}}, "date: 2026-08-01T12:00:00Z\nstore: 0f0e\nnames:\n    - A\n    - B\n"},
		{"no names", Mark{noon, "0f0e", nil}, "date: 2026-08-01T12:00:00Z\nstore: 0f0e\nnames: []\n"},
		{"words and numbers of YAML stay text", Mark{noon, "1e10", []string{"NULL", "TRUE", "NULL"}}, "date: 2026-08-01T12:00:00Z\nstore: \"1e10\"\nnames:\n    - \"NULL\"\n    - \"TRUE\"\n"},
		{"zone and fraction", Mark{noon.Add(999 * time.Millisecond).In(time.FixedZone("", 7200)), "0f0e", nil}, "date: 2026-08-01T12:00:00Z\nstore: 0f0e\nnames: []\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := RenderMark(tc.mark)
			if diff := cmp.Diff(markHeader+tc.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			back, err := ParseMark([]byte(got))
			if err != nil {
				t.Fatal(err)
			}
			if again := RenderMark(back); again != got {
				t.Errorf("rendered, read and rendered:\n%s", cmp.Diff(got, again))
			}
			if !back.Date.Equal(noon) || back.Store != tc.mark.Store {
				t.Errorf("read back %v", back)
			}
		})
	}
}

func TestParseMark(t *testing.T) {
	for _, tc := range []struct{ name, text, err string }{
		{"unknown fields", "date: 2026-08-01T12:00:00Z\nlater: {a: 1}\n", ""},
		{"carriage returns", "# x\r\ndate: 2026-08-01T12:00:00Z\r\nstore: a\r\n", ""},
		{"empty", "", "it has no date"},
		{"comment only", markHeader, "it has no date"},
		{"no date", "store: a\n", "it has no date"},
		{"date that is none", "date: soon\n", "soon"},
		{"not a mapping", "- a\n", "reading the mark"},
		{"not YAML", "date: [\n", "reading the mark"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ParseMark([]byte(tc.text))
			switch {
			case tc.err == "" && err != nil:
				t.Fatal(err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
				t.Errorf("error %v, want %q in it", err, tc.err)
			}
		})
	}
}

func TestOurs(t *testing.T) {
	for text, want := range map[string]bool{
		Header + "\nname: x\n":   true,
		Header + "\r\nname: x":   true,
		Header:                   true,
		"":                       false,
		"name: x\n" + Header:     false,
		Header + " not\nname: x": false,
	} {
		if got := Ours(text); got != want {
			t.Errorf("Ours(%q) = %v", text, got)
		}
	}
}
