package github

import (
	"net/url"
	"strings"
)

// APIURL is the REST API that belongs to the base URL of the GitHub provider, as
// the provider finds it: github.com and ghe.com have a host for the API, every
// other host is Enterprise Server, with its API under /api/v3.
// https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
func APIURL(baseURL string) string {
	if baseURL == "" {
		return "https://api.github.com"
	}
	base := strings.TrimRight(baseURL, "/")
	_, err := url.Parse(base)
	switch h := host(baseURL); {
	case err != nil:
		return base
	case IsServer(baseURL):
		return strings.TrimSuffix(base, "/api/v3") + "/api/v3"
	case strings.HasPrefix(h, "api."):
		return "https://" + h
	default:
		return "https://api." + h
	}
}

// IsServer reports whether the base URL is one of Enterprise Server, or of this
// machine: a GitHub without the limits of github.com and ghe.com.
func IsServer(baseURL string) bool {
	h := host(baseURL)
	return h != "github.com" && h != "api.github.com" && !strings.HasSuffix(h, ".ghe.com")
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
