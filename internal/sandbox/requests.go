package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Side is one of the two services.
type Side string

// The two sides.
const (
	GitHub Side = "github"
	Pulumi Side = "pulumi"
)

func sideOf(path string) Side {
	if strings.HasPrefix(path, "/api/v3/") {
		return GitHub
	}
	return Pulumi
}

// Request is one line of the log. It holds no body and no header.
type Request struct {
	Side   Side
	Method string
	Path   string // without doubled slashes
	Query  url.Values
	Status int    // as sent; if the connection was dropped, what would have been sent, or 0 before the effect
	Login  string // empty without a valid token
	Fault  bool   // an injected fault struck it
	Time   time.Time
}

// Requests returns the requests since the start or the last ResetRequests, in the
// order of the answers. A request is in the log before its answer is sent.
func (s *Server) Requests() []Request {
	defer s.lock()()
	return slices.Clone(s.log)
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	defer s.lock()()
	s.log = nil
}
