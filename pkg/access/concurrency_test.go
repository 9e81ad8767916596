package access_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-cherry/sophia-secrets/pkg/access"
	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// slow is a source that takes some time to answer.
type slow struct {
	delay   time.Duration
	answer  atomic.Pointer[string] // nil fails
	fetches atomic.Int32
}

func (s *slow) Fetch(ctx context.Context) (map[string]secrets.Value, error) {
	s.fetches.Add(1)
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	text := s.answer.Load()
	if text == nil {
		return nil, errors.New("down in the test")
	}
	return map[string]secrets.Value{"a": secrets.NewValue(*text)}, nil
}

func (s *slow) set(text string) *slow {
	s.answer.Store(&text)
	return s
}

func TestConcurrentFirstReadersShareOneFetch(t *testing.T) {
	for name, source := range map[string]*slow{
		"that works": (&slow{delay: time.Second}).set("1"),
		"that fails": {delay: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reader := newReader(t, access.From(source))
				var failures atomic.Int32
				each(64, func() {
					if _, err := reader.Get(t.Context(), "a"); err != nil {
						failures.Add(1)
					}
				})
				if n := source.fetches.Load(); n != 1 {
					t.Errorf("%d fetches, want 1", n)
				}
				if n, down := failures.Load(), source.answer.Load() == nil; (n == 64) != down || (n == 0) == down {
					t.Errorf("%d of 64 readers got an error", n)
				}
			})
		})
	}
}

// A reader that comes just after a fetch must not fetch again. It takes real time
// to provoke this race.
func TestAFetchThatHasJustEndedServes(t *testing.T) {
	for range 200 {
		source := (&slow{}).set("1")
		reader, start := newReader(t, access.From(source)), make(chan struct{})
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				<-start
				mustGet(t, reader, "1")
			})
		}
		close(start)
		wg.Wait()
		if n := source.fetches.Load(); n != 1 {
			t.Fatalf("%d fetches, want 1", n)
		}
	}
}

// A reader that gives up ends neither the other readers' wait nor the fetch.
func TestAReaderThatGivesUpEndsNoFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := (&slow{delay: 5 * time.Second}).set("1")
		reader := newReader(t, access.From(source))
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := reader.Get(impatient, "a"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient reader got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { mustGet(t, reader, "1") })
		wg.Wait()
		if n := source.fetches.Load(); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})
}

// A service slower than every reader's deadline still serves: a fetch used to end
// with the reader that had started it, sixty times in a row.
func TestImpatientReadersGetValuesInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := (&slow{delay: 120 * time.Millisecond}).set("1")
		reader := newReader(t, access.From(source))
		failures := 0
		for range 60 {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			if _, err := reader.Get(ctx, "a"); err != nil {
				failures++
			}
			cancel()
		}
		if n := source.fetches.Load(); failures > 4 || n != 1 {
			t.Errorf("%d of 60 readers got nothing, by %d fetches", failures, n)
		}
	})
}

// A canceled reader starts a refresh like any other, and gets the old value.
func TestACanceledReaderBlocksNoRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := (&slow{}).set("old")
		reader := newReader(t, access.From(source))
		mustGet(t, reader, "old")
		source.set("new").delay = time.Second
		time.Sleep(301 * time.Second)
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		if value, err := reader.Get(canceled, "a"); err != nil || value.Reveal() != "old" {
			t.Errorf("%q, %v, want the old value", value.Reveal(), err)
		}
		time.Sleep(2 * time.Second)
		mustGet(t, reader, "new")
		if n := source.fetches.Load(); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
	})
}

func TestAWaitingReaderMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := newReader(t, access.From((&slow{delay: 5 * time.Second}).set("1")))
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = reader.Get(t.Context(), "a") })
		synctest.Wait()
		start := time.Now()
		if _, err := reader.Get(impatient, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %s, want the end of its own context", err, time.Since(start))
		}
		wg.Wait()
	})
}

func TestOldValuesServeDuringARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := (&slow{}).set("old")
		reader := newReader(t, access.From(source))
		mustGet(t, reader, "old")
		source.set("new").delay = 5 * time.Second
		time.Sleep(301 * time.Second)
		var wg sync.WaitGroup
		wg.Go(func() { mustGet(t, reader, "new") })
		synctest.Wait()
		start := time.Now()
		each(64, func() { mustGet(t, reader, "old") })
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the others waited %s", waited)
		}
		wg.Wait()
		if n := source.fetches.Load(); n != 2 {
			t.Errorf("%d fetches, want 2", n)
		}
	})
}

func TestASourceThatHangsIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader := newReader(t, access.From((&slow{delay: time.Hour}).set("1")))
		start := time.Now()
		var down *access.UnavailableError
		if _, err := reader.Get(t.Context(), "a"); !errors.As(err, &down) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %s, want an UnavailableError after 10s", err, time.Since(start))
		}
	})
}

// breaks is a source whose first call runs another function.
type breaks struct {
	slow
	how func()
}

func (b *breaks) Fetch(ctx context.Context) (map[string]secrets.Value, error) {
	values, err := b.slow.Fetch(ctx)
	if b.fetches.Load() == 1 {
		b.how()
	}
	return values, err
}

// A source that panics or exits neither ends the process nor blocks a reader.
func TestASourceThatBreaks(t *testing.T) {
	for want, how := range map[string]func(){
		"the source panicked with a string": func() { panic("a value") },
		"the source ended its goroutine":    runtime.Goexit,
	} {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := &breaks{how: how}
				source.set("1").delay = time.Second
				reader := newReader(t, access.From(source))
				each(2, func() {
					var down *access.UnavailableError
					if _, err := reader.Get(t.Context(), "a"); !errors.As(err, &down) || err.Error() != want {
						t.Errorf("error %v, want %s", err, want)
					}
				})
				mustGet(t, reader, "1")
			})
		})
	}
}

// In real time, for the race detector.
func TestReadersAndRotations(t *testing.T) {
	source := (&slow{}).set("1")
	reader := newReader(t, access.From(source), access.TTL(50*time.Microsecond))
	mustGet(t, reader, "1")
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			if source.set("1"); i%3 == 0 {
				source.answer.Store(nil)
			}
			time.Sleep(10 * time.Microsecond)
		}
		source.set("1")
	})
	each(16, func() {
		for range 500 {
			mustGet(t, reader, "1")
		}
	})
	wg.Wait()
}

func each(n int, f func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(f)
	}
	wg.Wait()
}

func mustGet(t *testing.T, reader *access.Reader, want string) {
	t.Helper()
	value, err := reader.Get(t.Context(), "a")
	if err != nil || value.Reveal() != want {
		t.Errorf("%q, %v, want %q", value.Reveal(), err, want)
	}
}
