package access

import (
	"context"
	"fmt"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

var errSlow = fmt.Errorf("no answer within %s", fetchTimeout)

// snapshot is one fetch. It never changes; a later one replaces it.
// The nil snapshot is neither fresh nor serves.
type snapshot struct {
	values map[string]secrets.Value
	read   time.Time     // when, for people
	next   time.Duration // when to fetch again, on the reader's clock
	until  time.Duration // how long the values may serve while fetching fails
}

func (s *snapshot) fresh(now time.Duration) bool  { return s != nil && now < s.next }
func (s *snapshot) serves(now time.Duration) bool { return s != nil && now < s.until }

// flight is one fetch under way. Its fields are read after done is closed.
type flight struct {
	done      chan struct{}
	result    *snapshot
	err       error
	abandoned bool // its reader gave up: one of those who wait takes over
}

// refresh fetches, or waits for the reader who does. As long as old values may
// serve, nobody but that reader waits.
func (r *Reader) refresh(ctx context.Context) (*snapshot, error) {
	for {
		f, s, leads := r.join()
		switch {
		case leads:
			return r.lead(ctx, f, s)
		case s != nil:
			return s, nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !f.abandoned {
			return f.result, f.err
		}
	}
}

// join returns the flight to lead, with the old values; or values to serve; or
// the flight to wait for.
func (r *Reader) join() (f *flight, s *snapshot, leads bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, now := r.current.Load(), r.now()
	switch {
	case s.fresh(now):
		return nil, s, false
	case r.flight == nil:
		r.flight = &flight{done: make(chan struct{})}
		return r.flight, s, true
	case s.serves(now):
		return nil, s, false
	}
	return r.flight, nil, false
}

// lead fetches for all who wait. A source that panics leaves an abandoned flight.
func (r *Reader) lead(ctx context.Context, f *flight, old *snapshot) (*snapshot, error) {
	f.abandoned = true
	defer r.land(f)
	bounded, cancel := context.WithTimeoutCause(ctx, fetchTimeout, errSlow)
	defer cancel()
	now, read := r.now(), time.Now()
	values, err := r.source.Fetch(bounded)
	switch {
	case err == nil:
		f.result = &snapshot{values, read, now + r.ttl, now + r.ttl + r.stale}
	case old.serves(r.now()):
		f.result = &snapshot{old.values, old.read, min(r.now()+retryPause, old.until), old.until}
	default:
		f.err = newUnavailableError(old, err)
	}
	f.abandoned = f.err != nil && ctx.Err() != nil
	return f.result, f.err
}

func (r *Reader) land(f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.result != nil {
		r.current.Store(f.result)
	}
	r.flight = nil
	close(f.done)
}
