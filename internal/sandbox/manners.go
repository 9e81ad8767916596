package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Manners say how the services behave where their documents are silent or a
// company's settings decide. The zero value is the kindest; a correct client
// works with any.
type Manners struct {
	// VersionETag is the ETag of a read at a version or a revision tag: "own"
	// (the default), "newest" (that of the newest revision) or "none".
	VersionETag string
	// RevisionStep is the difference between the numbers of two revisions; 0 is
	// 1.
	RevisionStep int
	// NoRevisionHeader leaves Pulumi-ESC-Revision out of every answer. Pulumi's
	// own client and provider fail without it.
	NoRevisionHeader bool
	// RefuseDescription refuses definitions with a top-level description.
	RefuseDescription bool
	// DescriptionLimit refuses longer descriptions, in bytes; 0 is no limit.
	DescriptionLimit int
	// TagPageSize bounds a page of environment or revision tags; 0 is no limit.
	TagPageSize int

	// DateLag hides a write of a secret for this long: lists answer as if it had
	// not happened, and a read of the one secret answers with its old dates. The
	// lag runs in real time, whatever SetClock says, because clients wait in real
	// time. It applies to writes made while it is set; setting 0 ends it at once.
	DateLag time.Duration
	// FlappingLists makes each list of secrets, and each page of it, alternate
	// between old and new, old first, like replicas behind a load balancer. Old is
	// before the last write of each secret, creation and deletion included, made
	// while it is set. SetManners restarts the alternation.
	FlappingLists bool
	// FreePlan grants a private repository none of the organization's secrets.
	FreePlan bool
	// Renamed is the repository's former name. It redirects to /repositories/ID,
	// reads with 301 and writes with 307.
	Renamed string
	// Protected refuses commits through the API with 409. WriteFile and
	// RemoveFile bypass it.
	Protected bool
	// ActionsDisabled runs no workflow.
	ActionsDisabled bool
	// SilentPushes start no workflow, like those of a job's own token.
	SilentPushes bool
}

// SetManners replaces the manners from now on. It panics on an unknown
// VersionETag.
func (s *Server) SetManners(m Manners) {
	if err := m.check(); err != nil {
		panic(err)
	}
	defer s.lock()()
	*s.manners = m
	clear(s.github.turns)
	if m.DateLag == 0 && !m.FlappingLists {
		s.github.forget()
	}
}

func (m Manners) check() error {
	if known := []string{"", "own", "newest", "none"}; !slices.Contains(known, m.VersionETag) {
		return fmt.Errorf(`VersionETag is %q, must be one of "newest", "none", "own"`, m.VersionETag)
	}
	return nil
}
