package transport

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// asks is an error that asks to wait.
type asks time.Duration

func (a asks) Error() string       { return "busy" }
func (a asks) Wait() time.Duration { return time.Duration(a) }

func always(error) bool { return true }

func TestRetry(t *testing.T) {
	const none = asks(0)
	for name, tc := range map[string]struct {
		tries, fails int
		err          error
		again        func(error) bool
		timeout      time.Duration
		calls        int
		least, most  time.Duration
	}{
		"a success":                 {tries: 4, calls: 1},
		"a success in time":         {tries: 4, fails: 2, err: none, calls: 3, least: 300 * time.Millisecond, most: time.Second},
		"no success":                {tries: 4, fails: 9, err: none, calls: 4, least: 800 * time.Millisecond, most: 2 * time.Second},
		"an error that lasts":       {tries: 4, fails: 9, err: none, again: func(error) bool { return false }, calls: 1},
		"a wait that is asked":      {tries: 4, fails: 1, err: asks(20 * time.Second), calls: 2, least: 20 * time.Second, most: 21 * time.Second},
		"a wait that is long":       {tries: 4, fails: 9, err: asks(time.Hour), calls: 1},
		"a wait over half a minute": {tries: 4, fails: 9, err: asks(31 * time.Second), timeout: 2 * time.Minute, calls: 1},
		"a wait past the end":       {tries: 4, fails: 9, err: asks(20 * time.Second), timeout: 10 * time.Second, calls: 1},
		"a minute in all":           {tries: 8, fails: 9, err: asks(25 * time.Second), calls: 3, least: 50 * time.Second, most: time.Minute},
		"a budget for them all":     {tries: 99, fails: 99, err: none, calls: 8, most: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, again, calls, start := t.Context(), always, 0, time.Now()
				if tc.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.timeout)
					defer cancel()
				}
				if tc.again != nil {
					again = tc.again
				}
				err := Retry(ctx, tc.tries, again, func(context.Context) error {
					if calls++; calls <= tc.fails {
						return tc.err
					}
					return nil
				})
				if took := time.Since(start); calls != tc.calls || took < tc.least || took > max(tc.most, tc.least) {
					t.Errorf("%d calls in %s, want %d in %s to %s", calls, took, tc.calls, tc.least, tc.most)
				}
				if failed := tc.fails >= tc.calls; (err != nil) != failed {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// Retries within retries do not multiply: 8 by 4 tries are 8 calls.
func TestNestedRetriesShareOneBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, start := 0, time.Now()
		err := Retry(t.Context(), 8, always, func(ctx context.Context) error {
			return Retry(ctx, 4, always, func(context.Context) error {
				calls++
				return asks(0)
			})
		})
		if took := time.Since(start); err == nil || calls != 8 || took > time.Minute {
			t.Errorf("%d calls in %s: %v", calls, took, err)
		}
	})
}

func TestAnOperationHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := Retry(t.Context(), 4, always, func(ctx context.Context) error {
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if err == nil || err.Error() != "not done within 1m0s" || time.Since(start) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// The error of an ended context keeps the error before.
func TestRetryTellsWhatWentBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, first := 0, errors.New("the first one")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := Retry(ctx, 4, always, func(ctx context.Context) error {
			if calls++; calls == 1 {
				return first
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if !errors.Is(err, first) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for text, want := range map[string]time.Duration{
			"": 0, "5": 5 * time.Second, "-5": 0, "soon": 0, "3600": time.Hour,
			"99999999999999": 24 * time.Hour, "99999999999999999999": 0,
			time.Now().Add(time.Minute).UTC().Format(http.TimeFormat):  time.Minute,
			time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat): 0,
		} {
			a := &Answer{Header: http.Header{"Retry-After": {text}}}
			if got := a.RetryAfter(); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		}
	})
}
