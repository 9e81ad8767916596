package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/crypto/nacl/box"
)

// sealKey is the key pair of the organization, of the repository or of one of its
// environments: each seals the values that are sent to it with its own.
type sealKey struct {
	id           string
	public, open *[32]byte
}

func newSealKey() sealKey {
	public, open, err := box.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // no randomness: cannot happen
	}
	return sealKey{"7" + strconv.Itoa(1<<16+int(public[0])<<8+int(public[1])), public, open}
}

func (k sealKey) reply() response {
	return reply(http.StatusOK, map[string]string{"key_id": k.id, "key": base64.StdEncoding.EncodeToString(k.public[:])})
}

// unseal decrypts a value sealed for this key with libsodium's crypto_box_seal.
func (k sealKey) unseal(id, sealed string) (string, error) {
	if id != k.id {
		return "", errors.New("key_id is not that of the public key")
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", errors.New("encrypted_value is not base64")
	}
	value, ok := box.OpenAnonymous(nil, raw, k.public, k.open)
	if !ok {
		return "", errors.New("encrypted_value is not sealed with the public key")
	}
	return string(value), nil
}

func (g *github) getPublicKey(*request) response { return g.secrets.sealKey.reply() }

// atRepository and atEnvironment find the level that a path is about.
func (g *github) atRepository(h func(*level, *request) response) handler {
	return func(q *request) response { return h(g.repositorySecrets, q) }
}

func (g *github) atEnvironment(h func(*level, *request) response) handler {
	return func(q *request) response {
		l, ok := g.environments[strings.ToLower(q.PathValue("environment"))]
		if !ok {
			return notFound()
		}
		return h(l, q)
	}
}

func (g *github) getKeyBelow(l *level, _ *request) response { return l.sealKey.reply() }

func (g *github) getSecretBelow(l *level, q *request) response {
	s, ok := l.get(q.PathValue("name"))
	if !ok {
		return notFound()
	}
	j := withoutAccess(s)
	if old := g.replica(l, s.Name, false); old != nil {
		j.CreatedAt, j.UpdatedAt = old.CreatedAt, old.UpdatedAt
	}
	return reply(http.StatusOK, j)
}

// putSecretBelow: https://docs.github.com/en/rest/actions/secrets#create-or-update-a-repository-secret
func (g *github) putSecretBelow(l *level, q *request) response {
	var in struct {
		EncryptedValue string `json:"encrypted_value"`
		KeyID          string `json:"key_id"`
	}
	if !q.decode(&in) {
		return noJSON()
	}
	value, err := l.sealKey.unseal(in.KeyID, in.EncryptedValue)
	if err != nil {
		return unprocessable("Validation Failed: %v", err)
	}
	_, exists := l.get(q.PathValue("name"))
	switch err := g.setBelow(l, q.PathValue("name"), value); {
	case err != nil:
		return unprocessable("%v", err)
	case !exists:
		return reply(http.StatusCreated, struct{}{})
	}
	return done()
}
