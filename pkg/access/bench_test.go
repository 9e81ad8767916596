package access_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/cases"
	"github.com/ai-cherry/sophia-secrets/pkg/access"
)

const (
	benchKeys = 40
	benchKey  = "service_39_api_key"
)

func benchReader(t testing.TB) *access.Reader {
	values := access.Map{}
	for i := range benchKeys {
		values[fmt.Sprintf("service_%d_api_key", i)] = "generated"
	}
	reader := newReader(t, access.From(values))
	if _, err := reader.Get(t.Context(), benchKey); err != nil {
		t.Fatal(err)
	}
	return reader
}

func TestACachedReadAllocatesNothing(t *testing.T) {
	reader, ctx := benchReader(t), context.Background()
	if n := testing.AllocsPerRun(100, func() { _, _ = reader.Get(ctx, benchKey) }); n != 0 {
		t.Errorf("Get allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() { _, _, _ = reader.Lookup(ctx, benchKey) }); n != 0 {
		t.Errorf("Lookup allocates %v times", n)
	}
}

// BenchmarkGet measures a cached Get of one of benchKeys keys. An operation is many
// reads, so that a few operations are enough; ns/read is wall time by reads.
func BenchmarkGet(b *testing.B) {
	const reads = 1_600_000
	for _, goroutines := range []int{1, 16} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			reader := benchReader(b)
			for b.Loop() {
				each(goroutines, func() { readMany(b, reader, reads/goroutines) })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*reads), "ns/read")
			b.ReportMetric(testing.AllocsPerRun(1000, func() { readMany(b, reader, 1) }), "allocs/read")
		})
	}
}

func readMany(b *testing.B, reader *access.Reader, n int) {
	ctx := context.Background()
	for range n {
		if _, err := reader.Get(ctx, benchKey); err != nil {
			b.Error(err)
			return
		}
	}
}

// BenchmarkFirstGet measures a new reader that reads benchKeys keys.
func BenchmarkFirstGet(b *testing.B) {
	values := map[string]string{}
	for i := range benchKeys {
		values[fmt.Sprintf("service_%d_api_key", i)] = "generated"
	}
	s := cases.Serve(b, values)
	s.ResetRequests()
	for b.Loop() {
		reader := open(b, s)
		for key := range values {
			if _, err := reader.Get(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(s.Requests()))/float64(b.N), "requests/op")
}
