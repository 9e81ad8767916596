package scan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func scanner() *Scanner {
	return New(Options{Names: []string{"OPENAI_API_KEY"}, Keys: []string{"openai_api_key"}, Mentions: true})
}

var languages = []Language{Python, Go, JavaScript, Shell, YAML, Commands, Prose, Other}

// Whatever the text is, a scan ends, and its places are in the text.
func TestScanEnds(t *testing.T) {
	s := scanner()
	pieces := []string{"get_config_value", "(", ")", `"`, "'", `"""`, "openai_api_key", "OPENAI_API_KEY", "os.environ[", "os.getenv(", "process.env", ".", "=", "\\",
		"\n", " ", "#", "//", "${{", "}}", "secrets.", "secretctl", " run ", "--only", " -- ", "secretaudit:ignore", "pulumi env set", "{", "}", ",", "$", "é", "\x00", "x.Get(ctx, "}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "text"), "")
		language := rapid.SampledFrom(languages).Draw(t, "language")
		lines := strings.Split(text, "\n")
		for _, h := range s.Scan(".github/workflows/a.yml", language, []byte(text), 1) {
			if h.Line < 1 || h.Line > len(lines) || h.Column < 1 || h.Column > len(lines[h.Line-1])+1 {
				t.Fatalf("%+v is not in %q", h, text)
			}
		}
	})
}

// A value never becomes a name, wherever it stands where a name belongs.
func TestScanKeepsNoValue(t *testing.T) {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
	var value strings.Builder
	for range 40 {
		value.WriteByte(letters[rand.IntN(len(letters))])
	}
	s := scanner()
	for _, form := range []string{
		`get_config_value("VALUE")`, `get_config_value("sk-VALUE")`, `get_config_value("a", "VALUE")`, `os.getenv("VALUE")`, `os.environ["VALUE_TOKEN"]`,
		"x.Get(ctx, \"VALUE\")", "process.env.VALUE_TOKEN", "echo $VALUE_TOKEN", "secretctl get VALUE", "gh secret set VALUE",
		"pulumi env set acme/default/production x VALUE", "A: ${{ secrets.VALUE }}",
	} {
		text := strings.ReplaceAll(form, "VALUE", value.String())
		for _, language := range languages {
			for _, h := range s.Scan(".github/workflows/a.yml", language, []byte(text), 1) {
				if strings.Contains(h.Name, value.String()[:8]) {
					t.Errorf("%s: %+v", form, h)
				}
			}
		}
	}
}

// What only looks like a read is none.
func TestScanLeavesOut(t *testing.T) {
	s := scanner()
	for text, language := range map[string]Language{
		"def get_config_value(key): ...":                        Python,
		"from x import get_config_value":                        Python,
		`# get_config_value("a")`:                               Python,
		`x = 1  # get_config_value("a")`:                        Python,
		`"""get_config_value("a")"""`:                           Python,
		`os.environ["A_TOKEN"] = "x"`:                           Python,
		`del os.environ["A_TOKEN"]`:                             Python,
		`os.getenv("HOME")`:                                     Python,
		`os.getenv(name)`:                                       Python,
		`os.Setenv("A_TOKEN", "x")`:                             Go,
		`// os.Getenv("A_TOKEN")`:                               Go,
		`m.Get("a")`:                                            Go,
		`process.env.A_TOKEN = "x"`:                             JavaScript,
		`const config = { env: "A_TOKEN" }`:                     JavaScript,
		"A_TOKEN=$(x); echo $A_TOKEN":                           Shell,
		"read -r A_TOKEN\necho ${A_TOKEN}":                      Shell,
		"echo pulumi env set":                                   Prose,
		`fmt.Println("hint: pulumi env set ORG x")`:             Go,
		`fmt.Println("hint: secretctl get KEY")`:                Go,
		"echo /usr/bin/pulumi-env set; pulumi env get a":        Shell,
		"run: echo secrets.A_TOKEN":                             YAML,
		"key: ${{ inputs.secrets.A_TOKEN }} ${{ a }} secrets.B": YAML,
	} {
		for _, h := range s.Scan(".github/workflows/a.yml", language, []byte(text), 1) {
			if h.Kind != Mention && h.Kind != Touches {
				t.Errorf("%s: %+v", text, h)
			}
		}
	}
}

// A text that does not parse hides nothing.
func TestScanOfBrokenText(t *testing.T) {
	text := "x = \"\"\"\ndef f(:\n  get_config_value('a', (\n\n\x01 get_config_value('b'"
	var keys []string
	for _, h := range scanner().Scan("a.py", Python, []byte(text), 1) {
		keys = append(keys, h.Name)
	}
	if strings.Join(keys, " ") != "a b" {
		t.Errorf("found %q", keys)
	}
}
