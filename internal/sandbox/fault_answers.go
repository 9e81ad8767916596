package sandbox

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

// answers reports whether the fault replaces the real answer by one of its own.
func (f Fault) answers() bool {
	return f.Status != 0 || f.RateLimit != "" || f.SSO || f.Redirect != ""
}

// spoil applies the fault to an answer.
func (f Fault) spoil(r response, side Side) response {
	switch {
	case f.RateLimit != "":
		r = f.rateLimited()
	case f.SSO:
		r = refusedBySSO()
	case f.Redirect != "":
		r = response{status: http.StatusFound, header: map[string]string{"Location": f.Redirect}}
	case f.Status != 0:
		r = failure(side, f.Status, "%s", http.StatusText(f.Status))
		f.retryAfter(r)
	}
	r.drop = f.Drop
	return r
}

func (f Fault) retryAfter(r response) {
	if f.RetryAfter > 0 {
		r.header["Retry-After"] = strconv.Itoa(int(f.RetryAfter.Seconds()))
	}
}

// rateLimited answers as GitHub does at one of its limits. A client recognises
// the primary one by X-RateLimit-Remaining; it resets, in real time, after
// RetryAfter or an hour. It recognises the secondary one by documentation_url
// alone, which comes with Retry-After if that is set.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func (f Fault) rateLimited() response {
	const manual = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
	message, url := "API rate limit exceeded for user ID 1.", manual
	remaining, reset := 0, time.Now().Add(cmp.Or(f.RetryAfter, time.Hour))
	if f.RateLimit == "secondary" {
		message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
		url = manual + "#about-secondary-rate-limits"
		remaining, reset = 4000, time.Now().Add(time.Hour)
	}
	status := cmp.Or(f.Status, http.StatusForbidden)
	r := reply(status, map[string]string{"message": message, "documentation_url": url, "status": strconv.Itoa(status)})
	r.header["X-RateLimit-Limit"] = "5000"
	r.header["X-RateLimit-Remaining"] = strconv.Itoa(remaining)
	r.header["X-RateLimit-Reset"] = strconv.FormatInt(reset.Unix(), 10)
	if f.RateLimit == "secondary" {
		f.retryAfter(r)
	}
	return r
}

// refusedBySSO: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
func refusedBySSO() response {
	r := failure(GitHub, http.StatusForbidden, "Resource protected by organization SAML enforcement. "+
		"You must grant your Personal Access token access to this organization.")
	r.header["X-GitHub-SSO"] = "required; url=https://github.com/orgs/acme/sso?authorization_request=" + randomHex(8)
	return r
}
