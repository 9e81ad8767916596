package access

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

const (
	// fetchTimeout bounds one fetch, whatever the deadlines of its readers.
	fetchTimeout = 10 * time.Second
	// retryPause is the time between fetches while the service fails and old
	// values serve. Without old values every read fetches.
	retryPause = 15 * time.Second
)

// Reader reads secrets by key. Make one with New and keep it for the life of
// the process. Safe for concurrent use.
type Reader struct {
	source     Source
	fallback   func(key string) (string, bool)
	ttl, stale time.Duration

	started time.Time // the origin of the reader's clock
	current atomic.Pointer[snapshot]

	mu     sync.Mutex
	flight *flight // the fetch under way, nil when there is none
}

// Get returns the value of key. The error is a *MissingError if the key has no
// value, and an *UnavailableError if the values could not be read and no old ones
// may serve. Get ends with ctx; the fetch goes on for the next reader.
func (r *Reader) Get(ctx context.Context, key string) (secrets.Value, error) {
	s, err := r.snapshot(ctx)
	if err == nil {
		if value, ok := s.values[key]; ok {
			return value, nil
		}
	}
	if value, ok := r.fromFallback(key); ok {
		return value, nil
	}
	if err != nil {
		return secrets.Value{}, err
	}
	return secrets.Value{}, newMissingError(key, s.values)
}

// Lookup is Get for a key that may have no value: it then returns false and no
// error. The error is an *UnavailableError or that of ctx.
func (r *Reader) Lookup(ctx context.Context, key string) (secrets.Value, bool, error) {
	s, err := r.snapshot(ctx)
	if err == nil {
		if value, ok := s.values[key]; ok {
			return value, true, nil
		}
	}
	if value, ok := r.fromFallback(key); ok {
		return value, true, nil
	}
	return secrets.Value{}, false, err
}

func (r *Reader) fromFallback(key string) (secrets.Value, bool) {
	if r.fallback == nil {
		return secrets.Value{}, false
	}
	text, ok := r.fallback(key)
	return secrets.NewValue(text), ok && text != ""
}

// snapshot returns values that may be served, from memory if possible.
func (r *Reader) snapshot(ctx context.Context) (*snapshot, error) {
	if s := r.current.Load(); s.fresh(r.now()) {
		return s, nil
	}
	return r.refresh(ctx)
}

// now reads only the monotonic clock, in half the time of time.Now.
func (r *Reader) now() time.Duration { return time.Since(r.started) }
