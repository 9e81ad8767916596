package sandbox

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/ast"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/eval"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc/syntax"
)

// check evaluates a definition without opening it. Secrets stay hidden unless
// they are asked for.
func (p *pulumi) check(name, text string, showSecrets bool) (*esc.Environment, []diagnostic) {
	decl, diags, err := eval.LoadYAMLBytes(name, []byte(text))
	if err != nil || diags.HasErrors() {
		return nil, describe(diags, err)
	}
	checked, more := eval.CheckEnvironment(context.Background(), name, decl, nobody{}, resolver{p}, resolver{p},
		&esc.ExecContext{}, showSecrets, eval.EvalOptions{})
	diags.Extend(more...)
	return orEmpty(checked), describe(diags, p.manners.refusal(decl))
}

// refusal is why a service with these manners refuses a definition that the
// evaluator accepts; nil if it does not.
func (m Manners) refusal(decl *ast.EnvironmentDecl) error {
	switch d := decl.Description; {
	case d == nil:
	case m.RefuseDescription:
		return errors.New(`unknown property "description"`)
	case m.DescriptionLimit > 0 && len(d.GetValue()) > m.DescriptionLimit:
		return fmt.Errorf("description is longer than %d bytes", m.DescriptionLimit)
	}
	return nil
}

// evaluate opens a revision.
func (p *pulumi) evaluate(e *environment, r *Revision) (*esc.Environment, []diagnostic) {
	decl, diags, err := eval.LoadYAMLBytes(e.reference(), []byte(r.Text))
	if err != nil || diags.HasErrors() {
		return nil, describe(diags, err)
	}
	opened, more := eval.EvalEnvironment(context.Background(), e.reference(), decl, e.key, resolver{p}, resolver{p},
		&esc.ExecContext{}, eval.EvalOptions{})
	diags.Extend(more...)
	return orEmpty(opened), describe(diags, nil)
}

// orEmpty replaces the nil that an empty definition evaluates to.
func orEmpty(e *esc.Environment) *esc.Environment {
	if e == nil {
		return &esc.Environment{}
	}
	return e
}

// encrypt replaces every plaintext secret by ciphertext and keeps this
// environment's own ciphertext. The text is as the evaluator encodes it.
func (e *environment) encrypt(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	encrypted, err := eval.EncryptSecrets(context.Background(), e.reference(), []byte(text), e.key)
	if err != nil {
		return "", err
	}
	_, err = e.decrypt(string(encrypted))
	return string(encrypted), err
}

func (e *environment) decrypt(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	decrypted, err := eval.DecryptSecrets(context.Background(), e.reference(), []byte(text), e.key)
	return string(decrypted), err
}

// resolver resolves imports among the environments of the organization. It
// supports neither fn::open nor fn::rotate.
type resolver struct{ *pulumi }

// LoadEnvironment takes PROJECT/NAME, or NAME in the project "default", with
// an optional @VERSION.
func (l resolver) LoadEnvironment(_ context.Context, name string) ([]byte, eval.Decrypter, error) {
	reference, version, _ := strings.Cut(name, "@")
	if !strings.Contains(reference, "/") {
		reference = "default/" + reference
	}
	e, ok := l.environments[l.organization+"/"+reference]
	if !ok {
		return nil, nil, fmt.Errorf("environment %q not found", name)
	}
	r, ok := e.version(version)
	if !ok {
		return nil, nil, fmt.Errorf("environment %q has no such version", name)
	}
	return []byte(r.Text), e.key, nil
}

func (resolver) AuthorizeImport(context.Context, string, string, bool) error { return nil }

func (resolver) LoadProvider(_ context.Context, name string) (esc.Provider, error) {
	return nil, fmt.Errorf("the sandbox has no provider %q", name)
}

func (resolver) LoadRotator(_ context.Context, name string) (esc.Rotator, error) {
	return nil, fmt.Errorf("the sandbox has no rotator %q", name)
}

// envelope is the key of one environment: no other decrypts what it encrypted.
type envelope struct{ cipher.AEAD }

func newEnvelope() envelope {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return envelope{aead}
}

func (k envelope) Encrypt(_ context.Context, plain []byte) ([]byte, error) {
	return k.Seal(nil, nil, plain, nil), nil
}

func (k envelope) Decrypt(_ context.Context, sealed []byte) ([]byte, error) {
	plain, err := k.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, errors.New("ciphertext was not made for this environment")
	}
	return plain, nil
}

// nobody is the decrypter of definitions that belong to no environment: it
// decrypts nothing.
type nobody struct{}

func (nobody) Decrypt(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("ciphertext belongs to no environment here")
}

// diagnostic is a remark of the evaluator about a definition.
type diagnostic struct {
	Range    *esc.Range `json:"range,omitempty"`
	Summary  string     `json:"summary"`
	Severity string     `json:"severity"` // error or warning
}

func describe(diags syntax.Diagnostics, err error) (list []diagnostic) {
	for _, d := range diags {
		item := diagnostic{Summary: d.Summary, Severity: "warning"}
		if (syntax.Diagnostics{d}).HasErrors() {
			item.Severity = "error"
		}
		if s := d.Subject; s != nil {
			item.Range = &esc.Range{
				Environment: s.Filename,
				Begin:       esc.Pos{Line: s.Start.Line, Column: s.Start.Column, Byte: s.Start.Byte},
				End:         esc.Pos{Line: s.End.Line, Column: s.End.Column, Byte: s.End.Byte},
			}
		}
		list = append(list, item)
	}
	if err != nil {
		list = append(list, diagnostic{Summary: err.Error(), Severity: "error"})
	}
	return list
}

func hasErrors(list []diagnostic) bool {
	return slices.ContainsFunc(list, func(d diagnostic) bool { return d.Severity == "error" })
}

func summaries(list []diagnostic) string {
	var texts []string
	for _, d := range list {
		texts = append(texts, d.Summary)
	}
	return strings.Join(texts, "; ")
}
