package transport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

const (
	operationTimeout = time.Minute
	maxRepeats       = 7 // of one operation, however its calls are nested
	firstPause       = 250 * time.Millisecond
	maxPause         = 8 * time.Second
	maxWait          = 30 * time.Second // asked for by the service
)

type repeatsKey struct{}

// Begin starts an operation: everything done with the returned context shares one
// budget of repeats and ends within a minute, unless ctx has a deadline of its
// own. Inside an operation Begin changes nothing.
func Begin(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Value(repeatsKey{}) != nil {
		return ctx, func() {}
	}
	left := new(atomic.Int32)
	left.Store(maxRepeats)
	ctx = context.WithValue(ctx, repeatsKey{}, left)
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, operationTimeout, fmt.Errorf("not done within %s", operationTimeout))
}

// Retry calls f up to tries times, until it succeeds or again(err) is false, as
// one operation. The pauses between tries double, with jitter, and are at least
// as long as an error with a method Wait asks. It gives up at once if a pause is
// too long, if ctx would end before it does, or if the operation has used up its
// repeats. The error is that of the last try; if ctx cut that one short, with the
// one before.
func Retry(ctx context.Context, tries int, again func(error) bool, f func(context.Context) error) error {
	ctx, end := Begin(ctx)
	defer end()
	left := ctx.Value(repeatsKey{}).(*atomic.Int32)
	var before error
	for try := 1; ; try++ {
		err := f(ctx)
		if before != nil && ctx.Err() != nil && err != nil {
			err = fmt.Errorf("%w; before that: %w", err, before)
		}
		if err == nil || try >= tries || !again(err) || left.Add(-1) < 0 || !pause(ctx, try, err) {
			return err
		}
		before = err
	}
}

// pause waits after a try; it is false if there is no time for another.
func pause(ctx context.Context, try int, err error) bool {
	wait := min(firstPause<<(try-1), maxPause)
	wait = wait/2 + rand.N(wait/2)
	var asked interface{ Wait() time.Duration }
	if errors.As(err, &asked) {
		wait = max(wait, asked.Wait())
	}
	deadline, ok := ctx.Deadline()
	if wait > maxWait || (ok && time.Until(deadline) <= wait) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
