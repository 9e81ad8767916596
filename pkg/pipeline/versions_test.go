package pipeline

import (
	"runtime/debug"
	"testing"
)

// The binary of an adopter is tried in tests/engine: a test's has no build info.
func TestLinkedVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		module debug.Module
		want   string
	}{
		"another SDK":    {debug.Module{Path: "example.com/sdk", Version: "v9.0.0"}, ""},
		"pinned":         {debug.Module{Path: githubSDK, Version: "v6.13.0"}, "6.13.0"},
		"a fork":         {debug.Module{Path: githubSDK, Version: "v6.13.0", Replace: &debug.Module{Path: "example.com/fork", Version: "v6.13.1"}}, "6.13.1"},
		"a local folder": {debug.Module{Path: githubSDK, Version: "v6.13.0", Replace: &debug.Module{Path: "../sdk"}}, ""},
	} {
		if got := linkedVersion(&debug.BuildInfo{Deps: []*debug.Module{&tc.module}}, githubSDK); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if got := linkedVersion(nil, githubSDK); got != "" {
		t.Errorf("without build info: %q", got)
	}
}
