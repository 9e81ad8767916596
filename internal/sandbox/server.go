package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

// Options configure a sandbox. The zero value has the names of the fixture, a
// free port and the real time.
type Options struct {
	Organization       string           // of GitHub, fixture.Organization by default
	Repository         string           // fixture.Repository by default
	Public             bool             // the repository is; private by default
	DefaultBranch      string           // its one branch, "main" by default
	PulumiOrganization string           // fixture.PulumiOrganization by default
	Address            string           // loopback only; "127.0.0.1:0" by default
	Now                func() time.Time // time.Now by default
	Manners            Manners          // kind by default; see SetManners
}

// Server is a running sandbox. Start makes one.
type Server struct {
	url  string
	http *http.Server
	mux  *http.ServeMux
	own  Tokens

	mu      sync.Mutex // guards what follows
	now     func() time.Time
	tokens  map[string]identity
	log     []Request
	faults  []*activeFault
	latency time.Duration
	manners *Manners // shared with both sides
	github  *github
	pulumi  *pulumi
}

// Start listens and serves until Close. It refuses an address that is not
// loopback: only the tokens that it hands out guard its values.
func Start(o Options) (*Server, error) {
	o.Organization = cmp.Or(o.Organization, fixture.Organization)
	o.Repository = cmp.Or(o.Repository, fixture.Repository)
	o.DefaultBranch = cmp.Or(o.DefaultBranch, "main")
	if err := o.Manners.check(); err != nil {
		return nil, err
	}
	listener, err := listen(cmp.Or(o.Address, "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	s := &Server{url: "http://" + listener.Addr().String(), mux: http.NewServeMux(), now: o.Now, tokens: map[string]identity{}, manners: &o.Manners}
	if s.now == nil {
		s.now = time.Now
	}
	clock := func() time.Time { return s.now().UTC() }
	s.github = newGitHub(o, s.url, s.manners, clock)
	s.pulumi = newPulumi(cmp.Or(o.PulumiOrganization, fixture.PulumiOrganization), s.manners, clock)
	s.own = s.issueTokens()
	s.routes()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go s.http.Serve(listener) //nolint:errcheck // ErrServerClosed, after Close
	return s, nil
}

func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading address %s: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("address %s is not loopback: the sandbox serves this machine only", address)
	}
	return new(net.ListenConfig).Listen(context.Background(), "tcp", address)
}

// Close stops the server. It waits a moment for requests under way, then cuts
// them off.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) == nil {
		return nil
	}
	return s.http.Close()
}

// URL is the server's address, without a final slash.
func (s *Server) URL() string { return s.url }

// GitHubURL is what the GitHub provider takes as its base URL.
func (s *Server) GitHubURL() string { return s.url + "/" }

// GitHubAPI is what GITHUB_API_URL holds in a job.
func (s *Server) GitHubAPI() string { return s.url + "/api/v3" }

// PulumiURL is the address of the Pulumi side, as PULUMI_API and apiUrl want it.
func (s *Server) PulumiURL() string { return s.url }

// SetClock stops the sandbox's clock at t. GitHub's dates have a resolution of
// one second, so tests that compare them move the clock.
func (s *Server) SetClock(t time.Time) {
	defer s.lock()()
	s.now = func() time.Time { return t }
}

// Advance moves the clock by d, whether or not it was stopped.
func (s *Server) Advance(d time.Duration) {
	defer s.lock()()
	now := s.now
	s.now = func() time.Time { return now().Add(d) }
}

// Now is the sandbox's time.
func (s *Server) Now() time.Time {
	defer s.lock()()
	return s.now()
}

// lock makes the caller the only one to work on the state: defer s.lock()().
func (s *Server) lock() (unlock func()) {
	s.mu.Lock()
	return s.mu.Unlock
}
