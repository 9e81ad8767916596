package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// await returns early when ctx ends, since a file may be a pipe that nobody writes
// to. The goroutine of read then stays behind until the process ends.
func await[T any](ctx context.Context, what string, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("reading %s: %w", what, context.Cause(ctx))
	}
}

// readFile is os.ReadFile that ends with ctx.
func readFile(ctx context.Context, path string) ([]byte, error) {
	return await(ctx, path, func() ([]byte, error) { return os.ReadFile(path) })
}

// loadCatalog is secrets.Load that ends with ctx.
func (c *CLI) loadCatalog(ctx context.Context) (*secrets.Catalog, []secrets.Problem, error) {
	path := c.catalogPath()
	var problems []secrets.Problem
	catalog, err := await(ctx, "the catalog "+path, func() (*secrets.Catalog, error) {
		catalog, found, err := secrets.Load(path)
		problems = found
		return catalog, err
	})
	if err != nil {
		return nil, nil, err
	}
	return catalog, problems, nil
}
