package scan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ai-cherry/sophia-secrets/internal/audit/language"
)

func scanner() *Scanner {
	return New(Options{Names: []string{"OPENAI_API_KEY"}, Keys: []string{"openai_api_key"}, Mentions: true})
}

var languages = []language.Language{language.Python, language.Go, language.JavaScript, language.Shell, language.YAML, language.Commands, language.Prose, language.Other}

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
	for text, in := range map[string]language.Language{
		"def get_config_value(key): ...":                        language.Python,
		"from x import get_config_value":                        language.Python,
		`# get_config_value("a")`:                               language.Python,
		`x = 1  # get_config_value("a")`:                        language.Python,
		`"""get_config_value("a")"""`:                           language.Python,
		`os.environ["A_TOKEN"] = "x"`:                           language.Python,
		`del os.environ["A_TOKEN"]`:                             language.Python,
		`os.getenv("HOME")`:                                     language.Python,
		`os.getenv(name)`:                                       language.Python,
		`os.Setenv("A_TOKEN", "x")`:                             language.Go,
		`// os.Getenv("A_TOKEN")`:                               language.Go,
		`m.Get("a")`:                                            language.Go,
		`process.env.A_TOKEN = "x"`:                             language.JavaScript,
		`const config = { env: "A_TOKEN" }`:                     language.JavaScript,
		"A_TOKEN=$(x); echo $A_TOKEN":                           language.Shell,
		"read -r A_TOKEN\necho ${A_TOKEN}":                      language.Shell,
		"echo pulumi env set":                                   language.Prose,
		`fmt.Println("hint: pulumi env set ORG x")`:             language.Go,
		`fmt.Println("hint: secretctl get KEY")`:                language.Go,
		"echo /usr/bin/pulumi-env set; pulumi env get a":        language.Shell,
		"run: echo secrets.A_TOKEN":                             language.YAML,
		"key: ${{ inputs.secrets.A_TOKEN }} ${{ a }} secrets.B": language.YAML,
	} {
		for _, h := range s.Scan(".github/workflows/a.yml", in, []byte(text), 1) {
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
	for _, h := range scanner().Scan("a.py", language.Python, []byte(text), 1) {
		keys = append(keys, h.Name)
	}
	if strings.Join(keys, " ") != "a b" {
		t.Errorf("found %q", keys)
	}
}
