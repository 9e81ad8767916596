package secrets

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The containers in which a value may reach a printer: fmt, for one, does not
// call the methods of unexported fields.
type (
	exported    struct{ V Value }
	hidden      struct{ v Value }
	hiddenDeep  struct{ h hidden }
	hiddenPtr   struct{ v *Value }
	hiddenAny   struct{ v any }
	hiddenSlice struct{ v []Value }
	hiddenMap   struct{ v map[string]Value }
	embedded    struct{ Value }
	key         struct{ m map[*Value]int }
)

type valueError struct{ v Value }

func (valueError) Error() string { return "an error that holds a value" }

func containers(v Value) map[string]any {
	return map[string]any{
		"value":        v,
		"pointer":      &v,
		"exported":     exported{v},
		"exported ptr": &exported{v},
		"hidden":       hidden{v},
		"hidden ptr":   &hidden{v},
		"hidden deep":  hiddenDeep{hidden{v}},
		"hidden *":     hiddenPtr{&v},
		"hidden any":   hiddenAny{v},
		"hidden slice": hiddenSlice{[]Value{v}},
		"hidden map":   hiddenMap{map[string]Value{"k": v}},
		"embedded":     embedded{v},
		"slice":        []Value{v},
		"array":        [1]Value{v},
		"map":          map[string]Value{"k": v},
		"map key":      key{map[*Value]int{&v: 1}},
		"any":          []any{v, &v, hidden{v}},
		"error":        valueError{v},
		"secret": struct {
			s Secret
			v Value
		}{Secret{Name: "N"}, v},
		"method": v.Equal,
	}
}

// forms are the ways in which a program prints something.
func forms() map[string]func(any) string {
	all := map[string]func(any) string{
		"Sprint":   func(x any) string { return fmt.Sprint(x) },
		"Sprintln": func(x any) string { return fmt.Sprintln(x, x) },
		"%w":       func(x any) string { return fmt.Errorf(strings.Clone("wrapped: %w"), x).Error() },
		"%*d":      func(x any) string { return fmt.Sprintf("%*d|%-40v|%+.3q", 10, x, x, x) },
		"Errorf":   func(x any) string { return errors.Join(fmt.Errorf("%v", x), fmt.Errorf("%+v", x)).Error() },
		"log":      func(x any) string { return logged(func(b *bytes.Buffer) { log.New(b, "", 0).Print(x) }) },
		"slog text": func(x any) string {
			return logged(func(b *bytes.Buffer) { slog.New(slog.NewTextHandler(b, nil)).Info("m", "k", x) })
		},
		"slog json": func(x any) string {
			return logged(func(b *bytes.Buffer) { slog.New(slog.NewJSONHandler(b, nil)).Info("m", "k", x) })
		},
		"slog group": func(x any) string {
			return logged(func(b *bytes.Buffer) {
				slog.New(slog.NewJSONHandler(b, nil)).With("w", x).WithGroup("g").Info("m", slog.Group("h", "k", x))
			})
		},
		"json": func(x any) string { b, err := json.Marshal(x); return string(b) + fmt.Sprint(err) },
		"json text": func(x any) string {
			b, err := json.MarshalIndent(map[string]any{"k": x}, "", " ")
			return string(b) + fmt.Sprint(err)
		},
		"yaml": yamlText,
		"xml":  func(x any) string { b, err := xml.Marshal(x); return string(b) + fmt.Sprint(err) },
		"gob": func(x any) string {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(x)
			return b.String() + fmt.Sprint(err)
		},
		"template": func(x any) string {
			var b bytes.Buffer
			err := texttemplate.Must(texttemplate.New("").Parse("{{.}} {{printf `%#v` .}} {{js .}}")).Execute(&b, x)
			return b.String() + fmt.Sprint(err)
		},
		"html": func(x any) string {
			var b bytes.Buffer
			err := template.Must(template.New("").Parse("{{.}}<script>x={{.}}</script>")).Execute(&b, x)
			return b.String() + fmt.Sprint(err)
		},
		"diff": func(x any) string { return cmp.Diff(x, nil) },
	}
	for _, verb := range []string{"v", "+v", "#v", "s", "q", "+q", "#q", "x", "X", "# x", "d", "t", "e", "g", "c", "U", "#U", "b", "o", "T", "p", "z"} {
		all["%"+verb] = func(x any) string { return fmt.Sprintf("%"+verb, x) }
	}
	return all
}

func logged(print func(*bytes.Buffer)) string {
	var b bytes.Buffer
	print(&b)
	return b.String()
}

// yamlText keeps going where the encoder panics, as it does on a func.
func yamlText(x any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	b, err := yaml.Marshal(x)
	return string(b) + fmt.Sprint(err)
}

func TestValueIsNeverPrinted(t *testing.T) {
	const marker = "m4rk3r-0f-a-v4lue"
	spellings := []string{
		marker,
		base64.StdEncoding.EncodeToString([]byte(marker))[:20],
		hex.EncodeToString([]byte(marker)),
		strings.ToUpper(hex.EncodeToString([]byte(marker))),
		strings.Trim(fmt.Sprintf("%d", []byte(marker)), "[]"),
		strings.Trim(fmt.Sprintf("% x", marker), "[]"),
		strings.Trim(fmt.Sprintf("%#v", []byte(marker)), "[]byte{}"),
	}
	for form, print := range forms() {
		for container, x := range containers(NewValue(marker)) {
			t.Run(form+"/"+container, func(t *testing.T) {
				text := print(x)
				for _, spelling := range spellings {
					if strings.Contains(text, spelling) {
						t.Errorf("leaked as %q", spelling)
					}
				}
			})
		}
	}
}

// TestPrintingWouldLeak keeps the test above honest: a plain string in the same
// places is found.
func TestPrintingWouldLeak(t *testing.T) {
	for _, form := range []string{"%v", "%#v", "%q", "json", "slog text", "slog json", "yaml", "log"} {
		if text := forms()[form](struct{ V string }{"m4rk3r"}); !strings.Contains(text, "m4rk3r") {
			t.Errorf("%s does not print: %s", form, text)
		}
	}
}

func TestValuePrintsRedacted(t *testing.T) {
	v := NewValue("m4rk3r")
	for _, form := range []string{"Sprint", "%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "log", "slog text", "slog json", "json", "yaml"} {
		if text := forms()[form](v); !strings.Contains(text, "[redacted]") {
			t.Errorf("%s prints %q", form, text)
		}
	}
}

func TestValue(t *testing.T) {
	text := "a\x00\xff\r\n" + strings.Repeat("é", 3)
	v := NewValue(text)
	if v.Reveal() != text || v.Len() != len(text) || v.Empty() {
		t.Errorf("%d of %d bytes came back", v.Len(), len(text))
	}
	var zero Value
	if zero.Reveal() != "" || zero.Len() != 0 || !zero.Empty() || !zero.Equal(NewValue("")) {
		t.Error("the zero value is not the empty one")
	}
	for _, tc := range []struct {
		name string
		a, b Value
		want bool
	}{
		{"same text", v, NewValue(text), true},
		{"one byte more", v, NewValue(text + "x"), false},
		{"one byte else", NewValue("ab"), NewValue("aB"), false},
		{"empty", v, zero, false},
	} {
		if tc.a.Equal(tc.b) != tc.want || tc.b.Equal(tc.a) != tc.want {
			t.Errorf("%s: want %v", tc.name, tc.want)
		}
	}
}

// TestDecoding: a value can be read from a document, and does not come back out.
func TestDecoding(t *testing.T) {
	const text = "a \"b\"\né"
	document, err := json.Marshal(map[string]string{"V": text})
	if err != nil {
		t.Fatal(err)
	}
	var fromJSON, fromYAML struct {
		V Value `yaml:"V"`
	}
	if err := errors.Join(json.Unmarshal(document, &fromJSON), yaml.Unmarshal(document, &fromYAML)); err != nil {
		t.Fatal(err)
	}
	if fromJSON.V.Reveal() != text || fromYAML.V.Reveal() != text {
		t.Error("another value came out than went in")
	}
	if again, err := json.Marshal(fromJSON); err != nil || string(again) != `{"V":"[redacted]"}` {
		t.Errorf("encoded again: %s, %v", again, err)
	}
}
