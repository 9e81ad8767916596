package esc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	maxTries   = 4
	firstPause = 250 * time.Millisecond
	maxPause   = 8 * time.Second
)

// Retry calls f until it gives no error, or one that again does not want to see
// again, at most tries times. In between it waits: twice as long each time, with
// jitter, and at least as long as the service asked for. It gives up when ctx
// would end before that, and always returns the last error of f, with the one
// before when ctx cut the last try short.
func Retry(ctx context.Context, tries int, again func(error) bool, f func() error) error {
	var before error
	for try := 1; ; try++ {
		err := f()
		if before != nil && ctx.Err() != nil && err != nil {
			err = fmt.Errorf("%w; before that: %w", err, before)
		}
		if err == nil || try >= tries || !again(err) || !pause(ctx, try, err) {
			return err
		}
		before = err
	}
}

// temporary is for requests that may simply be sent again.
func temporary(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Temporary()
}

// pause waits after a try; false means that there is no time for another.
func pause(ctx context.Context, try int, err error) bool {
	wait := min(firstPause<<(try-1), maxPause)
	wait = wait/2 + rand.N(wait/2)
	var failed *Error
	if errors.As(err, &failed) {
		wait = max(wait, failed.RetryAfter)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
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
