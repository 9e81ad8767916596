package oidc

import "testing"

func TestIssuerURL(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.github.com/":           "https://token.actions.githubusercontent.com",
		"https://github.com/":               "https://token.actions.githubusercontent.com",
		"https://acme.ghe.com/":             "https://token.actions.acme.ghe.com",
		"https://api.acme.ghe.com/":         "https://token.actions.acme.ghe.com",
		"https://github.example.com/":       "https://github.example.com/_services/token",
		"https://github.example.com:8443/x": "https://github.example.com:8443/_services/token",
	} {
		if got := IssuerURL(base); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}

// Policies compare by what they say: an absent list and an empty one are the same.
func TestWith(t *testing.T) {
	ours := []Policy{{Decision: "allow", Rules: map[string]string{"sub": "a"}}, {Decision: "allow", Rules: map[string]string{"sub": "b"}}}
	live := []Policy{{Decision: "allow", Permissions: []string{}, Rules: map[string]string{"sub": "b"}}, {Decision: "deny", Rules: map[string]string{"sub": "a"}}}
	got := With(live, ours)
	if len(got) != 3 || got[2].Rules["sub"] != "a" || got[2].Decision != "allow" {
		t.Errorf("got %v", got)
	}
	if len(live) != 2 {
		t.Error("the live policies were changed")
	}
}
