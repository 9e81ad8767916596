package sandbox

import (
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

// SecretInfo describes a secret, without its value.
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

// SetSecret stores an organization secret as a person would on GitHub's site, by
// GitHub's rules. With visibility "selected" the repositories may read it; none
// clears the list.
func (s *Server) SetSecret(name, value, visibility string, repositories ...int64) error {
	defer s.lock()()
	_, err := s.github.set(name, value, visibility, repositories)
	return err
}

// SetVisibility changes who may read a secret, and keeps its value.
func (s *Server) SetVisibility(name, visibility string, repositories ...int64) error {
	defer s.lock()()
	stored, ok := s.github.secrets.get(name)
	if !ok {
		return fmt.Errorf("there is no organization secret %s", name)
	}
	_, err := s.github.set(name, stored.value, visibility, repositories)
	return err
}

// Secret returns an organization secret, its value unsealed.
func (s *Server) Secret(name string) (value string, info SecretInfo, ok bool) {
	defer s.lock()()
	stored, ok := s.github.secrets.get(name)
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
	return s.github.remove(s.github.secrets, name)
}

// SetRepositorySecret stores a secret of the repository, which shadows the
// organization's of the same name in its jobs.
func (s *Server) SetRepositorySecret(name, value string) error {
	defer s.lock()()
	return s.github.setBelow(s.github.repositorySecrets, name, value)
}

// DeleteRepositorySecret removes a secret of the repository; false if there was
// none.
func (s *Server) DeleteRepositorySecret(name string) bool {
	defer s.lock()()
	return s.github.remove(s.github.repositorySecrets, name)
}

// SetEnvironmentSecret stores a secret of one of the repository's environments,
// which is made if it does not exist.
func (s *Server) SetEnvironmentSecret(environment, name, value string) error {
	defer s.lock()()
	key := strings.ToLower(environment)
	if s.github.environments[key] == nil {
		s.github.environments[key] = newLevel()
	}
	return s.github.setBelow(s.github.environments[key], name, value)
}

// DeleteEnvironmentSecret removes a secret of an environment, which stays; false
// if there was none.
func (s *Server) DeleteEnvironmentSecret(environment, name string) bool {
	defer s.lock()()
	l, ok := s.github.environments[strings.ToLower(environment)]
	return ok && s.github.remove(l, name)
}

// JobEnvironment returns the secrets that a job of the repository queued now
// would find, by name: the first hundred of the organization's that it may
// read, shadowed by the repository's, and these by those of the environments
// that the job names. Any other name is an empty string in the job.
func (s *Server) JobEnvironment(environment ...string) map[string]string {
	defer s.lock()()
	granted := s.github.granted(sorted(s.github.secrets))
	values := valuesOf(granted[:min(len(granted), maxJobSecrets)])
	maps.Copy(values, valuesOf(sorted(s.github.repositorySecrets)))
	for _, name := range environment {
		if l, ok := s.github.environments[strings.ToLower(name)]; ok {
			maps.Copy(values, valuesOf(sorted(l)))
		}
	}
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
	secret := storedSecret{SecretInfo{Name: strings.ToUpper(name), CreatedAt: g.now()}, value}
	stored, exists := g.secrets.get(name)
	switch {
	case exists:
		secret.CreatedAt = stored.CreatedAt
	case len(g.secrets.secrets) >= maxSecrets:
		return false, fmt.Errorf("an organization can have at most %d secrets", maxSecrets)
	}
	secret.Visibility, secret.UpdatedAt, secret.Repositories = visibility, g.now(), slices.Clone(repositories)
	g.put(g.secrets, secret)
	return !exists, nil
}

// setBelow creates or replaces a secret of a level below the organization.
func (g *github) setBelow(l *level, name, value string) error {
	if err := checkSecret(name, value); err != nil {
		return err
	}
	secret := storedSecret{SecretInfo{Name: strings.ToUpper(name), CreatedAt: g.now(), UpdatedAt: g.now()}, value}
	if stored, exists := l.get(name); exists {
		secret.CreatedAt = stored.CreatedAt
	}
	g.put(l, secret)
	return nil
}

// granted returns those of the organization's secrets that the repository may
// read.
func (g *github) granted(secrets []*storedSecret) []*storedSecret {
	return slices.DeleteFunc(secrets, func(s *storedSecret) bool {
		switch {
		case !g.public && g.manners.FreePlan:
			return true
		case s.Visibility == "selected":
			return !slices.Contains(s.Repositories, g.id)
		}
		return g.public && s.Visibility == "private"
	})
}

func valuesOf(secrets []*storedSecret) map[string]string {
	values := map[string]string{}
	for _, s := range secrets {
		values[s.Name] = s.value
	}
	return values
}

// checkSecret checks a name and a value against GitHub's rules.
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
