package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The errors of the methods on environments, for errors.Is.
var (
	ErrNoEnvironment     = errors.New("environment does not exist")
	ErrEnvironmentExists = errors.New("environment exists")
)

// environmentName is what Pulumi allows in the name of a project, an
// environment or a revision tag.
var environmentName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// Revision is one state of an environment's definition; it never changes.
type Revision struct {
	Number  int
	Text    string // with ciphertext in place of secrets
	Author  string
	Created time.Time
	Tags    []string // sorted; the newest has "latest"

	etag string
}

// environment is an environment with its history.
type environment struct {
	organization, project, name string
	id                          string // another one if it is created anew
	owner                       string
	key                         envelope
	revisions                   []*Revision // never empty, number 1 first, ascending; their Tags are empty, see tagsOf
	versionTags                 map[string]*versionTag
	tags                        map[string]*environmentTag
}

// CreateEnvironment creates an empty environment "org/project/env".
func (s *Server) CreateEnvironment(name, author string) error {
	defer s.lock()()
	return s.pulumi.create(name, author)
}

// DeleteEnvironment removes an environment with its history, its tags and the
// key of its secrets; false if there is none.
func (s *Server) DeleteEnvironment(name string) bool {
	defer s.lock()()
	_, ok := s.pulumi.environments[name]
	delete(s.pulumi.environments, name)
	return ok
}

// Definition returns an environment's newest definition, secrets encrypted, and
// the number of its revision.
func (s *Server) Definition(name string) (text string, revision int, ok bool) {
	defer s.lock()()
	e, ok := s.pulumi.environments[name]
	if !ok {
		return "", 0, false
	}
	return e.latest().Text, e.latest().Number, true
}

// SetDefinition replaces an environment's definition as a person would: it is
// checked, its secrets are encrypted, and it is one new revision.
func (s *Server) SetDefinition(name, yaml, author string) error {
	defer s.lock()()
	e, ok := s.pulumi.environments[name]
	if !ok {
		return fmt.Errorf("%s: %w", name, ErrNoEnvironment)
	}
	if _, diags := s.pulumi.write(e, yaml, author); hasErrors(diags) {
		return fmt.Errorf("writing environment %s: %s", name, summaries(diags))
	}
	return nil
}

// Revisions returns the history of an environment, newest first; nil if there
// is no such environment.
func (s *Server) Revisions(name string) (list []Revision) {
	defer s.lock()()
	if e, ok := s.pulumi.environments[name]; ok {
		for _, r := range slices.Backward(e.revisions) {
			list = append(list, *r)
			list[len(list)-1].Tags = e.tagsOf(r)
		}
	}
	return list
}

// Open evaluates an environment and returns its values in plaintext.
func (s *Server) Open(name string) (map[string]any, error) {
	defer s.lock()()
	e, ok := s.pulumi.environments[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, ErrNoEnvironment)
	}
	opened, diags := s.pulumi.evaluate(e, e.latest())
	if hasErrors(diags) {
		return nil, fmt.Errorf("opening environment %s: %s", name, summaries(diags))
	}
	values := map[string]any{}
	for k, v := range opened.Properties {
		values[k] = v.ToJSON(false)
	}
	return values, nil
}

// EnvironmentTags returns the tags of an environment by name; nil if there is
// no such environment.
func (s *Server) EnvironmentTags(name string) map[string]string {
	defer s.lock()()
	e, ok := s.pulumi.environments[name]
	if !ok {
		return nil
	}
	tags := map[string]string{}
	for k, t := range e.tags {
		tags[k] = t.Value
	}
	return tags
}

func (p *pulumi) create(name, author string) error {
	parts := strings.Split(name, "/")
	switch _, exists := p.environments[name]; {
	case exists:
		return fmt.Errorf("%s: %w", name, ErrEnvironmentExists)
	case len(parts) != 3 || parts[0] != p.organization:
		return fmt.Errorf("environment %s is not %s/PROJECT/NAME", name, p.organization)
	case !environmentName.MatchString(parts[1]) || !environmentName.MatchString(parts[2]):
		return fmt.Errorf("environment %s: names hold letters, digits, '-', '_' and '.' only", name)
	}
	e := &environment{
		organization: parts[0], project: parts[1], name: parts[2], id: newID(), owner: author, key: newEnvelope(),
		versionTags: map[string]*versionTag{}, tags: map[string]*environmentTag{},
	}
	p.environments[name] = e
	p.revise(e, "", author)
	return nil
}

// write checks a definition, encrypts its secrets and appends a revision, even if
// nothing changed. If the diagnostics hold an error, it writes nothing.
func (p *pulumi) write(e *environment, text, author string) (*Revision, []diagnostic) {
	_, diags := p.check(e.reference(), text, false)
	if hasErrors(diags) {
		return nil, diags
	}
	encrypted, err := e.encrypt(text)
	if err != nil {
		return nil, describe(nil, err)
	}
	return p.revise(e, encrypted, author), diags
}

func (p *pulumi) revise(e *environment, text, author string) *Revision {
	r := &Revision{Number: 1, Text: text, Author: author, Created: p.now(), etag: `"` + randomHex(8) + `"`}
	if len(e.revisions) > 0 {
		r.Number = e.latest().Number + max(1, p.manners.RevisionStep)
	}
	e.revisions = append(e.revisions, r)
	return r
}

// reference is how other environments of the organization name this one.
func (e *environment) reference() string { return e.project + "/" + e.name }

func (e *environment) latest() *Revision { return e.revisions[len(e.revisions)-1] }

// version finds a revision by number or tag; "" is the newest.
func (e *environment) version(v string) (*Revision, bool) {
	number, err := strconv.Atoi(v)
	if v == "" {
		number = e.latest().Number
	} else if tag, ok := e.versionTag(v); err != nil && ok {
		number = tag.Revision
	}
	return e.revision(number)
}

func (e *environment) revision(number int) (*Revision, bool) {
	i := e.below(number)
	if i == len(e.revisions) || e.revisions[i].Number != number {
		return nil, false
	}
	return e.revisions[i], true
}

// below counts the revisions with a smaller number.
func (e *environment) below(number int) int {
	i, _ := slices.BinarySearchFunc(e.revisions, number, func(r *Revision, n int) int { return cmp.Compare(r.Number, n) })
	return i
}

// newID is a random UUID.
func newID() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
