package secrets

import (
	"crypto/rand"
	"strings"
	"testing"
)

func TestCheckAddress(t *testing.T) {
	pasted := "pul-" + rand.Text()
	for address, want := range map[string]string{
		"https://api.pulumi.com":           "",
		"https://git.acme.com:8443/api/v3": "",
		"http://127.0.0.1:80":              "",
		"http://[::1]:80/":                 "",
		"http://localhost":                 "",
		"":                                 "not a web address",
		pasted:                             "not a web address",
		"https://":                         "not a web address",
		"https://:443":                     "not a web address",
		"http://[::1":                      "not a web address",
		"https://a:99999":                  "not a web address",
		"https://a\n":                      "not a web address",
		"https://" + pasted + "@a":         "a user, a query or a fragment",
		"http://" + pasted + "@127.0.0.1":  "a user, a query or a fragment",
		"https://a?token=" + pasted:        "a user, a query or a fragment",
		"https://a?":                       "a user, a query or a fragment",
		"https://a#" + pasted:              "a user, a query or a fragment",
		"https://a/#":                      "a user, a query or a fragment",
		"http://a.example/" + pasted:       "a token is sent over https alone",
		"http://" + pasted:                 "use https",
		pasted + "://a":                    "use https",
		"http://127.0.0.1.a.example":       "use https",
		"ftp://127.0.0.1":                  "use https",
	} {
		err := CheckAddress(address)
		switch {
		case (err == nil) != (want == ""):
			t.Errorf("%q: %v", address, err)
		case err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%q: error %v, want %s", address, err, want)
		case err != nil && strings.Contains(err.Error(), pasted):
			t.Errorf("the error quotes what was pasted: %v", err)
		}
	}
}

func TestCheckRootKey(t *testing.T) {
	for key, ok := range map[string]bool{
		"sophia": true, "_a1": true,
		"": false, "1a": false, "A": false, "a.b": false, "a-b": false, "a\n": false, "a b": false,
	} {
		if err := CheckRootKey(key); (err == nil) != ok {
			t.Errorf("%q: %v", key, err)
		}
	}
}
