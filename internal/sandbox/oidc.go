package sandbox

import (
	"net/http"
	"strings"
)

// OIDCIssuer is an issuer that the Pulumi organization trusts, with the policies
// that say whom it lets in.
type OIDCIssuer struct {
	ID            string       `json:"id"`
	Name          string       `json:"name"`
	URL           string       `json:"url"`
	Issuer        string       `json:"issuer"`
	Thumbprints   []string     `json:"thumbprints"`
	MaxExpiration int          `json:"maxExpiration"`
	Policies      []OIDCPolicy `json:"-"`
}

// OIDCPolicy is one rule of an issuer.
type OIDCPolicy struct {
	Decision    string            `json:"decision"`
	TokenType   string            `json:"tokenType"`
	TeamName    string            `json:"teamName,omitempty"`
	UserLogin   string            `json:"userLogin,omitempty"`
	RunnerID    string            `json:"runnerID,omitempty"`
	Permissions []string          `json:"authorizedPermissions"`
	Rules       map[string]string `json:"rules"`
}

// OIDCIssuers are those of the organization, in the order of their registration.
func (s *Server) OIDCIssuers() []OIDCIssuer {
	defer s.lock()()
	var all []OIDCIssuer
	for _, i := range s.pulumi.issuers {
		all = append(all, *i)
	}
	return all
}

// SetOIDCIssuer registers an issuer as an admin would, in place of one of the same
// address.
func (s *Server) SetOIDCIssuer(i OIDCIssuer) {
	defer s.lock()()
	if old := s.pulumi.issuerOf(i.URL); old != nil {
		i.ID = old.ID
		*old = i
		return
	}
	s.pulumi.register(&i)
}

// register fills in what the service does. It does not document that it answers
// with these; a client has to take them as they come.
func (p *pulumi) register(i *OIDCIssuer) {
	i.ID, i.Issuer = randomHex(8), i.URL
	if len(i.Thumbprints) == 0 {
		i.Thumbprints = []string{randomHex(32)}
	}
	if i.MaxExpiration == 0 {
		i.MaxExpiration = 9000
	}
	p.issuers = append(p.issuers, i)
}

func (p *pulumi) issuerOf(url string) *OIDCIssuer {
	for _, i := range p.issuers {
		if strings.EqualFold(i.URL, url) {
			return i
		}
	}
	return nil
}

// withIssuer finds the issuer of the path, or answers 404.
func (p *pulumi) withIssuer(h func(*OIDCIssuer, *request) response) handler {
	return p.inOrganization(func(q *request) response {
		for _, i := range p.issuers {
			if i.ID == q.PathValue("id") {
				return h(i, q)
			}
		}
		return missing("OIDC issuer %s does not exist", q.PathValue("id"))
	})
}

func (p *pulumi) listIssuers(*request) response {
	list := append([]*OIDCIssuer{}, p.issuers...)
	return reply(http.StatusOK, map[string]any{"oidcIssuers": list})
}

func (p *pulumi) registerIssuer(q *request) response {
	i := &OIDCIssuer{}
	if !q.decode(i) || i.Name == "" || i.URL == "" {
		return bad("an issuer needs a name and a url")
	}
	if p.issuerOf(i.URL) != nil {
		return conflict("an issuer with this url exists")
	}
	p.register(i)
	return reply(http.StatusOK, i)
}

func (p *pulumi) getIssuer(i *OIDCIssuer, _ *request) response { return reply(http.StatusOK, i) }

func (p *pulumi) updateIssuer(i *OIDCIssuer, q *request) response {
	changed := *i
	if !q.decode(&changed) {
		return bad("the body is no JSON")
	}
	i.Name, i.MaxExpiration = changed.Name, changed.MaxExpiration
	if len(changed.Thumbprints) > 0 {
		i.Thumbprints = changed.Thumbprints
	}
	return reply(http.StatusOK, i)
}

func (p *pulumi) removeIssuer(i *OIDCIssuer, _ *request) response {
	for at, other := range p.issuers {
		if other == i {
			p.issuers = append(p.issuers[:at], p.issuers[at+1:]...)
			break
		}
	}
	return done()
}

// The policies of an issuer have an id of their own, which is the issuer's here.
func (p *pulumi) getPolicies(i *OIDCIssuer, _ *request) response {
	list := []OIDCPolicy{}
	for _, policy := range i.Policies {
		policy.Permissions = append([]string{}, policy.Permissions...)
		list = append(list, policy)
	}
	return reply(http.StatusOK, map[string]any{"id": i.ID, "version": 1, "policies": list})
}

func (p *pulumi) updatePolicies(i *OIDCIssuer, q *request) response {
	var in struct {
		Policies []OIDCPolicy `json:"policies"`
	}
	if !q.decode(&in) || len(in.Policies) == 0 {
		return bad("the policy definition cannot be empty")
	}
	i.Policies = in.Policies
	return p.getPolicies(i, q)
}
