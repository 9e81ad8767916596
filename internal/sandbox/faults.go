package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Fault is something that goes wrong with the requests it matches. Without
// After it strikes before the effect, which then never happens; with After the
// request does its work and the answer is spoiled.
type Fault struct {
	Method string // empty matches every method
	Path   string // a regular expression for the path; empty matches every path

	Status     int           // answer this instead
	RetryAfter time.Duration // sent with Status as Retry-After, in whole seconds
	Delay      time.Duration // wait first; a client that gives up before the effect prevents it
	Drop       bool          // close the connection without an answer; clients repeat a dropped GET by themselves
	Truncate   bool          // cut the answer in the middle of its body; always after the effect

	After bool
	Skip  int // let so many matching requests pass first
	Times int // strike so often, then no more; 0 is for ever
}

// Inject puts a fault in place and returns what removes it. Of several that
// match a request the first injected strikes. It panics on a Path that is no
// regular expression.
func (s *Server) Inject(f Fault) (remove func()) {
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

// spoil turns an answer into what the fault makes of it.
func (f Fault) spoil(r response, side Side) response {
	if f.Status != 0 {
		r = failure(side, f.Status, "%s", http.StatusText(f.Status))
		if f.RetryAfter > 0 {
			r.header["Retry-After"] = strconv.Itoa(int(f.RetryAfter.Seconds()))
		}
	}
	r.drop = f.Drop
	return r
}
