package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

var (
	errSlow = fmt.Errorf("no answer within %s", fetchTimeout)
	errLost = newUnavailableError(nil, errors.New("the source ended its goroutine"))
)

// snapshot is one fetch. It never changes; a later one replaces it. The nil
// snapshot is not fresh and does not serve.
type snapshot struct {
	values map[string]secrets.Value
	read   time.Time     // the wall-clock time, for errors
	next   time.Duration // when to fetch again, on the reader's clock
	until  time.Duration // how long the values may serve while fetching fails
}

func (s *snapshot) fresh(now time.Duration) bool  { return s != nil && now < s.next }
func (s *snapshot) serves(now time.Duration) bool { return s != nil && now < s.until }

// flight is one fetch under way. Its fields are read after done is closed.
type flight struct {
	done   chan struct{}
	result *snapshot
	err    error
}

// refresh waits for the fetch under way, or starts one. While old values may
// serve, only the reader that starts a fetch waits for it, and gets the old
// values if its ctx ends first.
func (r *Reader) refresh(ctx context.Context) (*snapshot, error) {
	f, s := r.join()
	if f == nil {
		return s, nil
	}
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
	}
	if s.serves(r.now()) {
		return s, nil
	}
	return nil, context.Cause(ctx)
}

// join returns the fetch to wait for, if any, and the current values.
func (r *Reader) join() (*flight, *snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, now := r.current.Load(), r.now()
	switch {
	case s.fresh(now):
		return nil, s
	case r.flight == nil:
		r.flight = &flight{done: make(chan struct{}), err: errLost}
		go r.fetch(r.flight, s)
	case s.serves(now):
		return nil, s
	}
	return r.flight, s
}

// fetch asks the source on behalf of all who wait. It uses no reader's ctx, so
// that none can end it for the others.
func (r *Reader) fetch(f *flight, old *snapshot) {
	defer r.land(f)
	ctx, cancel := context.WithTimeoutCause(context.Background(), fetchTimeout, errSlow)
	defer cancel()
	now, read := r.now(), time.Now()
	values, err := r.ask(ctx)
	switch {
	case err == nil:
		f.result, f.err = &snapshot{values, read, now + r.ttl, now + r.ttl + r.stale}, nil
	case old.serves(r.now()):
		f.result, f.err = &snapshot{old.values, old.read, min(r.now()+retryPause, old.until), old.until}, nil
	default:
		f.err = newUnavailableError(old, err)
	}
}

// ask turns a panic of the source into an error: in our goroutine it would end
// the process. The panic's value may hold a secret and is not quoted.
func (r *Reader) ask(ctx context.Context) (values map[string]secrets.Value, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("the source panicked with a %T", thrown)
		}
	}()
	return r.source.Fetch(ctx)
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
