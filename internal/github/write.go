package github

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"golang.org/x/crypto/nacl/box"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
	"github.com/ai-cherry/sophia-secrets/pkg/transport"
)

// ErrConflict is a file that somebody has changed, or a branch that takes no commit
// through the API: GitHub answers both with 409.
var ErrConflict = errors.New("the file was changed in between, or its branch is protected")

// Place is where a secret is kept: in an organization, in one of its repositories, or
// in an environment of that.
type Place struct{ Organization, Repository, Environment string }

func (p Place) path() string {
	switch {
	case p.Repository == "":
		return "/orgs/" + url.PathEscape(p.Organization) + "/actions/secrets"
	case p.Environment == "":
		return repositoryPath(p.Organization, p.Repository) + "/actions/secrets"
	}
	return repositoryPath(p.Organization, p.Repository) + "/environments/" + url.PathEscape(p.Environment) + "/secrets"
}

// String is such as "organization" or "repository", the level in a sentence.
func (p Place) String() string {
	switch {
	case p.Repository == "":
		return "organization"
	case p.Environment == "":
		return "repository"
	}
	return "environment"
}

// Access says who may read an organization secret.
type Access struct {
	Visibility   string
	Repositories []int // ids, with "selected": GitHub clears the list of a PUT without them
}

// SecretAt reads the name, the dates and the visibility of one secret.
func (c *Client) SecretAt(ctx context.Context, at Place, name string) (Secret, error) {
	var answer Secret
	_, err := c.get(ctx, fmt.Sprintf("reading %s secret %s", at, name), at.path()+"/"+url.PathEscape(name), nil, &answer)
	return answer, err
}

// SetSecret creates or replaces a secret, sealed for the place. An organization's
// takes this access, which replaces the one it has. After an error that Unsure
// reports, GitHub may hold the new value; it is safe to send it again.
// https://docs.github.com/rest/actions/secrets
func (c *Client) SetSecret(ctx context.Context, at Place, name string, value secrets.Value, access Access) error {
	sent := false // a try may have had its effect, whatever came after it
	err := transport.Retry(ctx, maxTries, temporary, func(ctx context.Context) error {
		body, err := c.seal(ctx, at, value, access)
		if err != nil {
			return err
		}
		_, err = c.send(ctx, http.MethodPut, at.path()+"/"+url.PathEscape(name), body, http.StatusCreated, http.StatusNoContent)
		sent = sent || mayHaveHappened(err)
		return err
	})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("setting %s secret %s: %w", at, name, err)
	if sent {
		return &unsure{err}
	}
	return err
}

// seal is the body of a PUT: the value as nobody but GitHub can read it.
func (c *Client) seal(ctx context.Context, at Place, value secrets.Value, access Access) ([]byte, error) {
	var key struct {
		ID  string `json:"key_id"`
		Key string `json:"key"`
	}
	if _, err := c.get(ctx, "reading the public key", at.path()+"/public-key", nil, &key); err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(key.Key)
	if err != nil || len(raw) != 32 || key.ID == "" {
		return nil, errNotUnderstood
	}
	sealed, err := box.SealAnonymous(nil, []byte(value.Reveal()), (*[32]byte)(raw), rand.Reader)
	if err != nil {
		return nil, err
	}
	body := map[string]any{"encrypted_value": base64.StdEncoding.EncodeToString(sealed), "key_id": key.ID}
	if at.Repository == "" {
		body["visibility"] = access.Visibility
		if access.Visibility == "selected" {
			body["selected_repository_ids"] = append([]int{}, access.Repositories...)
		}
	}
	return json.Marshal(body)
}

// unsure is a write that failed and may have been made.
type unsure struct{ error }

func (u *unsure) Unwrap() error { return u.error }

// Unsure reports whether a write that failed may have been made.
func Unsure(err error) bool {
	var u *unsure
	return errors.As(err, &u)
}

// mayHaveHappened reports whether a request without a good answer may have had its
// effect.
func mayHaveHappened(err error) bool {
	var f *failure
	return errors.As(err, &f) && (f.status == 0 || f.status >= http.StatusInternalServerError)
}

// WriteFile commits a file to the default branch if its text is still old; "" is no
// file. It is ErrConflict if it is not. It is sent once: see Unsure.
func (c *Client) WriteFile(ctx context.Context, organization, repository, path, old, text, message string) error {
	change := map[string]string{"message": message, "content": base64.StdEncoding.EncodeToString([]byte(text))}
	if old != "" {
		change["sha"] = blobHash(old)
	}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	doing := fmt.Sprintf("writing %s of %s/%s", path, organization, repository)
	_, err = c.send(ctx, http.MethodPut, repositoryPath(organization, repository)+"/contents/"+path, body, http.StatusOK, http.StatusCreated)
	var f *failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f) && f.status == http.StatusConflict:
		return fmt.Errorf("%s: 409: %w", doing, ErrConflict)
	case mayHaveHappened(err):
		return &unsure{fmt.Errorf("%s: %w", doing, err)}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// blobHash is git's name for the text of a file, by which GitHub tells whether it
// was changed.
func blobHash(text string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(text), text))
	return hex.EncodeToString(sum[:])
}
