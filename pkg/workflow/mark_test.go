package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func organization(name string) Source { return Source{Organization, name} }

func TestMarkText(t *testing.T) {
	const date = "2026-08-01T12:00:00Z"
	for _, tc := range []struct {
		name string
		mark Mark
		want string
	}{
		{"whole", Mark{7, "0f0e", "abc", 12, Sources{organization("B"): date, {Repository, "A"}: date, {Environment, "C"}: date}},
			"serial: 7\nstore: 0f0e\ncatalog: abc\nedit: 12\nsources:\n" +
				"    environment/C: \"" + date + "\"\n    organization/B: \"" + date + "\"\n    repository/A: \"" + date + "\"\n"},
		{"no source", Mark{1, "0f0e", "abc", 0, Sources{}}, "serial: 1\nstore: 0f0e\ncatalog: abc\nsources: {}\n"},
		{"words and numbers of YAML stay text", Mark{1, "1e10", "123", 0, Sources{organization("NULL"): date}},
			"serial: 1\nstore: \"1e10\"\ncatalog: \"123\"\nsources:\n    organization/NULL: \"" + date + "\"\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := RenderMark(tc.mark)
			if diff := cmp.Diff(markHeader+tc.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			back, err := ParseMark([]byte(got))
			if diff := cmp.Diff(tc.mark, back); diff != "" || err != nil {
				t.Errorf("read back: %v %s", err, diff)
			}
		})
	}
}

// Two marks are the same whatever their serials.
func TestSame(t *testing.T) {
	mark := func() Mark { return Mark{1, "s", "c", 2, Sources{organization("A"): "d"}} }
	for name, tc := range map[string]struct {
		change func(*Mark)
		same   bool
	}{
		"serial":  {func(m *Mark) { m.Serial = 9 }, true},
		"store":   {func(m *Mark) { m.Store = "t" }, false},
		"catalog": {func(m *Mark) { m.Catalog = "d" }, false},
		"edit":    {func(m *Mark) { m.Edit = 3 }, false},
		"date":    {func(m *Mark) { m.Sources[organization("A")] = "e" }, false},
		"level":   {func(m *Mark) { m.Sources.Set(Source{Repository, "A"}, "d") }, false},
	} {
		other := mark()
		tc.change(&other)
		if mark().Same(other) != tc.same {
			t.Errorf("another %s: the same is %v", name, !tc.same)
		}
	}
}

func TestSources(t *testing.T) {
	s := Sources{{Repository, "A"}: "old", organization("B"): "b"}
	s.Set(organization("A"), "new")
	if diff := cmp.Diff(Sources{organization("A"): "new", organization("B"): "b"}, s); diff != "" {
		t.Error(diff)
	}
	if source, date, ok := s.Of("A"); !ok || source.String() != "organization/A" || date != "new" {
		t.Error(source, date, ok)
	}
	if _, _, ok := s.Of("C"); ok {
		t.Error("C is there")
	}
}

func TestParseMark(t *testing.T) {
	for _, tc := range []struct{ name, text, err string }{
		{"unknown fields", "serial: 1\nlater: {a: 1}\n", ""},
		{"carriage returns", "# x\r\nserial: 1\r\nstore: a\r\n", ""},
		{"the first edition", "date: 2026-08-01T12:00:00Z\nstore: a\nnames: [A]\n", ""},
		{"empty", "", "it has no serial number"},
		{"comment only", markHeader, "it has no serial number"},
		{"serial that is none", "serial: soon\n", "soon"},
		{"serial below one", "serial: 0\n", "it has no serial number"},
		{"not a mapping", "- a\n", "reading the mark"},
		{"not YAML", "serial: [\n", "reading the mark"},
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
