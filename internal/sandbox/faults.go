package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Fault is something that goes wrong with the requests it matches. Without After
// it strikes before the request has an effect, and prevents it; with After the
// request has its effect and the answer is spoiled.
type Fault struct {
	Method string // empty matches every method
	Path   string // a regular expression for the path; empty matches every path

	Status     int           // answer this instead
	RetryAfter time.Duration // sent with Status as Retry-After, in whole seconds; a primary limit's time to its reset
	RateLimit  string        // answer as at GitHub's "primary" or "secondary" limit: 403, or Status if set
	SSO        bool          // answer as GitHub does when SAML refuses the token
	Redirect   string        // answer 302 to this URL
	Delay      time.Duration // wait first; a client that gives up before the effect prevents it
	Drop       bool          // close the connection without an answer; clients repeat a dropped GET by themselves
	Truncate   bool          // cut the answer in the middle of its body; always after the effect

	After bool
	Skip  int // the number of matching requests that pass first
	Times int // the number of requests to strike; 0 is all
}

// Inject adds a fault and returns the function that removes it. Of several faults
// that match a request, the one injected first strikes. Inject panics if Path is
// not a regular expression or RateLimit is unknown.
func (s *Server) Inject(f Fault) (remove func()) {
	if !slices.Contains([]string{"", "primary", "secondary"}, f.RateLimit) {
		panic(fmt.Sprintf(`RateLimit is %q, must be one of "primary", "secondary"`, f.RateLimit))
	}
	active := &activeFault{Fault: f, path: regexp.MustCompile(f.Path)}
	defer s.lock()()
	s.faults = append(s.faults, active)
	return func() {
		defer s.lock()()
		s.faults = slices.DeleteFunc(s.faults, func(f *activeFault) bool { return f == active })
	}
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	defer s.lock()()
	s.faults = nil
}

// SetLatency makes every request take at least d, as a network would.
func (s *Server) SetLatency(d time.Duration) {
	defer s.lock()()
	s.latency = d
}

type activeFault struct {
	Fault
	path *regexp.Regexp
	seen int // matching requests so far
}

// strike returns the fault that strikes a request; false if none does.
func (s *Server) strike(q *http.Request) (Fault, bool) {
	for _, f := range s.faults {
		spent := f.Times > 0 && f.seen >= f.Skip+f.Times
		if spent || (f.Method != "" && f.Method != q.Method) || !f.path.MatchString(q.URL.Path) {
			continue
		}
		if f.seen++; f.seen > f.Skip {
			return f.Fault, true
		}
	}
	return Fault{}, false
}
