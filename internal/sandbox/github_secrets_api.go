package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// secretJSON is a secret as the API describes it. Only organization secrets have
// the fields about access.
type secretJSON struct {
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Visibility string    `json:"visibility,omitempty"`
	Selected   string    `json:"selected_repositories_url,omitempty"`
}

func (g *github) secretJSON(s *storedSecret) secretJSON {
	j := secretJSON{Name: s.Name, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Visibility: s.Visibility}
	if s.Visibility == "selected" {
		j.Selected = g.url + "/api/v3/orgs/" + g.organization + "/actions/secrets/" + s.Name + "/repositories"
	}
	return j
}

func (g *github) listSecrets(q *request) response {
	return g.secretsPage(q, g.listed(g.secrets, q), g.secretJSON)
}

// listOrganizationSecrets lists the organization secrets that the repository's
// jobs may read.
func (g *github) listOrganizationSecrets(q *request) response {
	return g.secretsPage(q, g.granted(g.listed(g.secrets, q)), withoutAccess)
}

func (g *github) listRepositorySecrets(q *request) response {
	return g.secretsPage(q, g.listed(g.repositorySecrets, q), withoutAccess)
}

func (g *github) listEnvironmentSecrets(q *request) response {
	l, ok := g.environments[strings.ToLower(q.PathValue("environment"))]
	if !ok {
		return notFound()
	}
	return g.secretsPage(q, g.listed(l, q), withoutAccess)
}

func withoutAccess(s *storedSecret) secretJSON {
	return secretJSON{Name: s.Name, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
}

func (g *github) secretsPage(q *request, secrets []*storedSecret, describe func(*storedSecret) secretJSON) response {
	list := []secretJSON{}
	for _, s := range secrets {
		list = append(list, describe(s))
	}
	return page(g, q, list, total("secrets", list))
}

// find returns the secret that the path names, in any case of letters.
func (g *github) find(q *request) (*storedSecret, bool) {
	return g.secrets.get(q.PathValue("name"))
}

func (g *github) getSecret(q *request) response {
	s, ok := g.find(q)
	if !ok {
		return notFound()
	}
	j := g.secretJSON(s)
	if old := g.replica(g.secrets, s.Name, false); old != nil {
		j.CreatedAt, j.UpdatedAt = old.CreatedAt, old.UpdatedAt
	}
	return reply(http.StatusOK, j)
}

func (g *github) putSecret(q *request) response {
	var in struct {
		EncryptedValue string  `json:"encrypted_value"`
		KeyID          string  `json:"key_id"`
		Visibility     string  `json:"visibility"`
		Repositories   []int64 `json:"selected_repository_ids"`
	}
	if !q.decode(&in) {
		return noJSON()
	}
	value, err := g.secrets.sealKey.unseal(in.KeyID, in.EncryptedValue)
	if err != nil {
		return unprocessable("Validation Failed: %v", err)
	}
	created, err := g.set(q.PathValue("name"), value, in.Visibility, in.Repositories)
	switch {
	case err != nil:
		return unprocessable("%v", err)
	case created:
		return reply(http.StatusCreated, struct{}{})
	}
	return done()
}

func (g *github) removeSecret(q *request) response {
	if !g.remove(g.secrets, q.PathValue("name")) {
		return notFound()
	}
	return done()
}

func (g *github) listSecretRepositories(q *request) response {
	s, ok := g.find(q)
	if !ok {
		return notFound()
	}
	list := []map[string]any{}
	if slices.Contains(s.Repositories, g.id) {
		list = append(list, g.repositoryJSON())
	}
	return page(g, q, list, total("repositories", list))
}

func (g *github) putSecretRepositories(q *request) response {
	var in struct {
		Repositories []int64 `json:"selected_repository_ids"`
	}
	s, ok := g.find(q)
	switch {
	case !ok:
		return notFound()
	case !q.decode(&in):
		return noJSON()
	case s.Visibility != "selected":
		return failure(GitHub, http.StatusConflict, "Conflict: the secret's visibility is not selected")
	}
	g.allow(s, in.Repositories)
	return done()
}

func (g *github) addSecretRepository(q *request) response {
	s, ok := g.find(q)
	switch {
	case !ok || q.PathValue("id") != strconv.FormatInt(g.id, 10):
		return notFound()
	case s.Visibility != "selected":
		return failure(GitHub, http.StatusConflict, "Conflict: the secret's visibility is not selected")
	}
	g.allow(s, append(slices.Clone(s.Repositories), g.id))
	return done()
}

// allow replaces the allow list of a secret.
func (g *github) allow(s *storedSecret, repositories []int64) {
	changed := *s
	changed.Repositories, changed.UpdatedAt = repositories, g.now()
	g.put(g.secrets, changed)
}
