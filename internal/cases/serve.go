package cases

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
	"github.com/ai-cherry/sophia-secrets/internal/sandbox"
)

const store = fixture.Store

// Serve starts a sandbox whose environment imports a store with the values.
func Serve(t testing.TB, values map[string]string) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, name := range []string{store, Environment} {
		if err := s.CreateEnvironment(name, "pipeline"); err != nil {
			t.Fatal(err)
		}
	}
	Store(t, s, values)
	if err := s.SetDefinition(Environment, "imports:\n  - default/production-store\n", "pipeline"); err != nil {
		t.Fatal(err)
	}
	return s
}

// Store replaces the values.
func Store(t testing.TB, s *sandbox.Server, values map[string]string) {
	t.Helper()
	Define(t, s, Definition(values))
}

// Definition is the text of a store, as sync writes values of any content.
func Definition(values map[string]string) string {
	text := "values:\n  " + RootKey + ":\n"
	for key, value := range values {
		text += fmt.Sprintf("    %q: {\"fn::fromBase64\": {\"fn::secret\": %q}}\n", key, base64.StdEncoding.EncodeToString([]byte(value)))
	}
	return text
}

// Define replaces the whole text of the store.
func Define(t testing.TB, s *sandbox.Server, text string) {
	t.Helper()
	if err := s.SetDefinition(store, text, "pipeline"); err != nil {
		t.Fatal(err)
	}
}

// Apply makes s fail as f says and returns the token to use.
func (f Fault) Apply(s *sandbox.Server) (token string) {
	if f.Delete != "" {
		s.DeleteEnvironment(map[string]string{"environment": Environment, "store": store}[f.Delete])
	}
	if f.Method != "" {
		fault := sandbox.Fault{Method: f.Method, Path: "/open", Status: f.Status, Drop: f.Drop, Truncate: f.Truncate}
		if f.Delay {
			fault.Delay = time.Minute
		}
		s.Inject(fault)
	}
	switch f.Token {
	case "reader":
		return s.Tokens().PulumiReader
	case "unknown":
		return "pul-" + strings.Repeat("0", 40)
	}
	return s.Tokens().PulumiOpener
}

// ScalarEntries are lines of a store that are not strings, and ScalarTexts what a
// reader returns for them; nil is no value.
const ScalarEntries = `    number: 1234567890123456789
    "yes": true
    "no": false
    nothing: null
    object: {a: b}
    list: [a, b]
    digits: "0123"
`

// ScalarTexts: see ScalarEntries.
func ScalarTexts() map[string]*string {
	text := func(s string) *string { return &s }
	return map[string]*string{
		"number": text("1234567890123456789"), "yes": text("true"), "no": text("false"), "digits": text("0123"),
		"nothing": nil, "object": nil, "list": nil, "absent": nil,
	}
}
