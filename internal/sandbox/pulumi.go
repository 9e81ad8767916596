package sandbox

import (
	"net/http"
	"time"
)

// pulumi is the state of the Pulumi side.
type pulumi struct {
	organization string
	clock        func() time.Time
	manners      *Manners
	environments map[string]*environment // by org/project/env
	sessions     []*session              // opened environments, oldest first
	issuers      []*OIDCIssuer
}

func newPulumi(organization string, manners *Manners, clock func() time.Time) *pulumi {
	return &pulumi{organization: organization, manners: manners, clock: clock, environments: map[string]*environment{}}
}

// now has the resolution of a millisecond.
func (p *pulumi) now() time.Time { return p.clock().Truncate(time.Millisecond) }

// inOrganization answers 404 for another organization.
func (p *pulumi) inOrganization(h handler) handler {
	return func(q *request) response {
		if org := q.PathValue("org"); org != p.organization {
			return missing("organization %s does not exist", org)
		}
		return h(q)
	}
}

func missing(format string, args ...any) response {
	return failure(Pulumi, http.StatusNotFound, "Not Found: "+format, args...)
}

func bad(format string, args ...any) response {
	return failure(Pulumi, http.StatusBadRequest, "Bad Request: "+format, args...)
}

func conflict(format string, args ...any) response {
	return failure(Pulumi, http.StatusConflict, "Conflict: "+format, args...)
}

func (p *pulumi) getUser(q *request) response {
	login := q.who.login
	return reply(http.StatusOK, map[string]any{
		"id": "user-" + login, "githubLogin": login, "name": login, "email": login + "@example.com", "avatarUrl": "",
		"identities": []string{}, "organizations": []map[string]string{{"githubLogin": p.organization, "name": p.organization}},
	})
}

func (p *pulumi) getDefaultOrganization(*request) response {
	return reply(http.StatusOK, map[string]string{"gitHubLogin": p.organization})
}
