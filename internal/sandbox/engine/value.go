package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// NewValue generates a value that the format of s accepts, with prefix in it if
// the format allows that.
func NewValue(prefix string, s secrets.Secret) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	text := prefix + hex.EncodeToString(b)
	switch s.Format.String() {
	case "url":
		return "https://hooks.example.com/" + text
	case "pem":
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // never fails
		der, _ := x509.MarshalECPrivateKey(key)
		return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Comment": prefix}, Bytes: der}))
	}
	return text
}
