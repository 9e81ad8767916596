// Package cases holds the test cases that every reader of secrets must pass, in Go
// and in Python: scripts of behaviour, hostile values, faults of the service. Only
// tests import it.
package cases

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// Semantics are the scripts, as JSON.
//
//go:embed semantics.json
var Semantics []byte

var (
	//go:embed values.json
	values []byte
	//go:embed faults.json
	faults []byte
)

// Environment is what the sandbox of these cases serves, the values under
// RootKey.
const (
	Environment = fixture.Environment
	RootKey     = fixture.RootKey
)

// Fault is a case: what is wrong, and the words that the error must have.
type Fault struct {
	Name           string
	Token          string // "unknown", "reader" or ""
	Delete         string // "environment", "store" or ""
	Method         string
	Status         int
	Delay          bool
	Truncate, Drop bool
	Words          []string
}

// Faults are all cases.
func Faults(t testing.TB) []Fault {
	t.Helper()
	var all []Fault
	decode(t, faults, &all)
	return all
}

// Values are hostile values by key. The marker, by which a leak is found, stands
// in some of them.
func Values(t testing.TB, marker string) map[string]string {
	t.Helper()
	var all map[string]string
	decode(t, values, &all)
	for key, text := range all {
		text = strings.NewReplacer("{pem}", generatePEM(t), "{marker}", marker).Replace(text)
		if text == "{48 kb}" {
			text = strings.Repeat("é", (48*1024-len(marker))/2) + marker
		}
		all[key] = text
	}
	return all
}

func decode(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func generatePEM(t testing.TB) string {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "\n")
}
