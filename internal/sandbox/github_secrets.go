package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The limits of https://docs.github.com/en/actions/reference/security/secrets.
const (
	maxSecrets     = 1000
	maxSecretBytes = 48 << 10
	maxJobSecrets  = 100
)

var secretName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// SecretInfo is what GitHub tells about a secret.
type SecretInfo struct {
	Name         string // in capitals
	Visibility   string // all, private or selected
	Repositories []int64
	CreatedAt    time.Time
	UpdatedAt    time.Time // moves when only access changes, too
}

type storedSecret struct {
	SecretInfo
	value string
}

// SetSecret stores an organization secret as a person would in GitHub's pages,
// by GitHub's rules. With visibility "selected" it names the repositories; none
// clears the list.
func (s *Server) SetSecret(name, value, visibility string, repositories ...int64) error {
	defer s.lock()()
	_, err := s.github.set(name, value, visibility, repositories)
	return err
}

// SetVisibility changes who may read a secret and leaves its value.
func (s *Server) SetVisibility(name, visibility string, repositories ...int64) error {
	defer s.lock()()
	stored, ok := s.github.secrets[strings.ToUpper(name)]
	if !ok {
		return fmt.Errorf("there is no organization secret %s", name)
	}
	_, err := s.github.set(name, stored.value, visibility, repositories)
	return err
}

// Secret returns an organization secret, its value unsealed.
func (s *Server) Secret(name string) (value string, info SecretInfo, ok bool) {
	defer s.lock()()
	stored, ok := s.github.secrets[strings.ToUpper(name)]
	if !ok {
		return "", SecretInfo{}, false
	}
	return stored.value, stored.SecretInfo, true
}

// Secrets returns the values of all organization secrets by name.
func (s *Server) Secrets() map[string]string {
	defer s.lock()()
	return valuesOf(sorted(s.github.secrets))
}

// DeleteSecret removes an organization secret; false if there was none.
func (s *Server) DeleteSecret(name string) bool {
	defer s.lock()()
	return remove(s.github.secrets, name)
}

// SetRepositorySecret stores a secret of the repository, which shadows the
// organization's of the same name in its jobs.
func (s *Server) SetRepositorySecret(name, value string) error {
	if err := checkSecret(name, value); err != nil {
		return err
	}
	defer s.lock()()
	now, name := s.github.now(), strings.ToUpper(name)
	s.github.repositorySecrets[name] = &storedSecret{SecretInfo{Name: name, CreatedAt: now, UpdatedAt: now}, value}
	return nil
}

// DeleteRepositorySecret removes a secret of the repository; false if there was
// none.
func (s *Server) DeleteRepositorySecret(name string) bool {
	defer s.lock()()
	return remove(s.github.repositorySecrets, name)
}

// JobEnvironment returns the secrets that a job of the repository queued now
// would find, by name: the first hundred of the organization's that it may
// read, shadowed by its own. Any other name is an empty string in the job.
func (s *Server) JobEnvironment() map[string]string {
	defer s.lock()()
	granted := s.github.granted()
	values := valuesOf(granted[:min(len(granted), maxJobSecrets)])
	maps.Copy(values, valuesOf(sorted(s.github.repositorySecrets)))
	return values
}

// set creates or replaces a secret by GitHub's rules.
func (g *github) set(name, value, visibility string, repositories []int64) (created bool, err error) {
	if err := checkSecret(name, value); err != nil {
		return false, err
	}
	switch visibility {
	case "all", "private":
		repositories = nil
	case "selected":
	default:
		return false, errors.New("visibility must be one of all, private, selected")
	}
	name = strings.ToUpper(name)
	stored, exists := g.secrets[name]
	if !exists {
		if len(g.secrets) >= maxSecrets {
			return false, fmt.Errorf("an organization can have at most %d secrets", maxSecrets)
		}
		stored = &storedSecret{SecretInfo: SecretInfo{Name: name, CreatedAt: g.now()}}
		g.secrets[name] = stored
	}
	stored.value, stored.Visibility, stored.UpdatedAt = value, visibility, g.now()
	stored.Repositories = slices.Clone(repositories)
	return !exists, nil
}

func remove(secrets map[string]*storedSecret, name string) bool {
	_, ok := secrets[strings.ToUpper(name)]
	delete(secrets, strings.ToUpper(name))
	return ok
}

// granted returns the organization secrets that the repository may read.
func (g *github) granted() []*storedSecret {
	return slices.DeleteFunc(sorted(g.secrets), func(s *storedSecret) bool {
		return s.Visibility == "selected" && !slices.Contains(s.Repositories, RepositoryID)
	})
}

func sorted(secrets map[string]*storedSecret) []*storedSecret {
	return slices.SortedFunc(maps.Values(secrets), func(a, b *storedSecret) int { return cmp.Compare(a.Name, b.Name) })
}

func valuesOf(secrets []*storedSecret) map[string]string {
	values := map[string]string{}
	for _, s := range secrets {
		values[s.Name] = s.value
	}
	return values
}

// checkSecret holds a name and a value against GitHub's rules.
func checkSecret(name, value string) error {
	switch {
	case !secretName.MatchString(name):
		return errors.New("secret names can only contain letters, digits and underscores, and must not start with a digit")
	case strings.HasPrefix(strings.ToUpper(name), "GITHUB_"):
		return errors.New("secret names must not start with GITHUB_")
	case len(value) > maxSecretBytes:
		return fmt.Errorf("secrets are limited to %d KB", maxSecretBytes>>10)
	}
	return nil
}
