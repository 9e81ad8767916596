package engine

import (
	"slices"
	"testing"
)

func TestOneUpBuildsEverything(t *testing.T) {
	w := newWorld(t, "OPENAI_API_KEY", "GITHUB_TOKEN")
	w.contains(w.preview(), "+ 51 to create")
	w.up()
	w.clean()

	w.sync(0)
	w.clean()
	sophia, ok := w.open()["sophia"].(map[string]any)
	if !ok {
		t.Fatal("the environment has no root key")
	}
	var want []string
	for _, s := range catalog(t).Secrets {
		want = append(want, s.Key)
		value, _, _ := w.Sandbox.Secret(s.GitHubName)
		if sophia[s.Key] != value {
			t.Errorf("%s did not arrive", s.Key)
		}
	}
	if got := keys(sophia); !slices.Equal(got, sorted(want)) {
		t.Errorf("keys %v, want %v", got, want)
	}
}
