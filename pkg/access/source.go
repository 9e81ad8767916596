package access

import (
	"context"

	"github.com/ai-cherry/sophia-secrets/pkg/secrets"
)

// Source returns all values by key. A Reader makes one call of Fetch at a time,
// in its own goroutine, and keeps the map: a source must not change it
// afterwards. Fetch must return when ctx ends. Its values count only if the error
// is nil.
type Source interface {
	Fetch(ctx context.Context) (map[string]secrets.Value, error)
}

// Map is a Source for the tests of applications: its values by key.
type Map map[string]string

// Fetch copies m and never fails.
func (m Map) Fetch(context.Context) (map[string]secrets.Value, error) {
	values := make(map[string]secrets.Value, len(m))
	for key, text := range m {
		values[key] = secrets.NewValue(text)
	}
	return values, nil
}
