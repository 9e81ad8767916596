package engine

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ai-cherry/sophia-secrets/internal/fixture"
)

func TestOneUpBuildsEverything(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY", "GITHUB_TOKEN")
	entries := len(catalog(t).Secrets)
	w.contains(w.preview(), fmt.Sprintf("+ %d to create", entries+2+9)) // the managed two; stack, providers, pipeline, environments, files
	w.up()
	w.clean()

	w.sync(0)
	w.clean()
	values, ok := w.open()[fixture.RootKey].(map[string]any)
	if !ok {
		t.Fatal("the environment has no root key")
	}
	var want []string
	for _, s := range catalog(t).Secrets {
		want = append(want, s.Key)
		value, _, _ := w.Sandbox.Secret(s.GitHubName)
		if values[s.Key] != value {
			t.Errorf("%s did not arrive", s.Key)
		}
	}
	if got := keys(values); !slices.Equal(got, sorted(want)) {
		t.Errorf("keys %v, want %v", got, want)
	}
}
