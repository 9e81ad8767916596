package sandbox

import "net/http"

// routes lists every path there is.
func (s *Server) routes() {
	s.handle("/", func(q *request) response {
		return failure(sideOf(q.URL.Path), http.StatusNotFound, "Not Found")
	})
	s.githubRoutes(s.github)
	s.pulumiRoutes(s.pulumi)
}

// githubRoutes: https://docs.github.com/en/rest/actions/secrets and
// https://docs.github.com/en/rest/repos.
func (s *Server) githubRoutes(g *github) {
	const org = "/api/v3/orgs/{org}"
	for pattern, h := range map[string]handler{
		"GET " + org:                                          g.getOrganization,
		"GET " + org + "/actions/secrets":                     g.listSecrets,
		"GET " + org + "/actions/secrets/public-key":          g.getPublicKey,
		"GET " + org + "/actions/secrets/{name}":              g.getSecret,
		"PUT " + org + "/actions/secrets/{name}":              g.putSecret,
		"DELETE " + org + "/actions/secrets/{name}":           g.removeSecret,
		"GET " + org + "/actions/secrets/{name}/repositories": g.listSecretRepositories,
		"PUT " + org + "/actions/secrets/{name}/repositories": g.putSecretRepositories,
	} {
		s.handle(pattern, g.inOrganization(h))
	}
	for _, repo := range []string{"/api/v3/repos/{org}/{repo}", "/api/v3/repositories/{id}"} {
		for pattern, h := range map[string]handler{
			"GET " + repo: g.getRepository,
			"GET " + repo + "/actions/organization-secrets":         g.listOrganizationSecrets,
			"GET " + repo + "/actions/secrets":                      g.listRepositorySecrets,
			"GET " + repo + "/environments/{environment}/secrets":   g.listEnvironmentSecrets,
			"POST " + repo + "/actions/workflows/{file}/dispatches": g.dispatch,
			"GET " + repo + "/branches/{branch...}":                 g.getBranch,
			"GET " + repo + "/contents":                             g.getContents,
			"GET " + repo + "/contents/{path...}":                   g.getContents,
			"PUT " + repo + "/contents/{path...}":                   g.putContents,
			"DELETE " + repo + "/contents/{path...}":                g.removeContents,
			"GET " + repo + "/commits":                              g.listCommits,
			"GET " + repo + "/commits/{ref...}":                     g.getCommit,
		} {
			s.handle(pattern, g.inRepository(h))
		}
	}
}

// pulumiRoutes: https://www.pulumi.com/docs/reference/cloud-rest-api/environments/
func (s *Server) pulumiRoutes(p *pulumi) {
	const all, one = "/api/esc/environments", "/api/esc/environments/{org}/{project}/{env}"
	for pattern, h := range map[string]handler{
		"GET /api/user":                       p.getUser,
		"GET /api/user/organizations/default": p.getDefaultOrganization,
		"GET " + all:                          p.listEnvironments,
		"GET " + all + "/{org}":               p.in(p.listEnvironments),
		"POST " + all + "/{org}":              p.in(p.createEnvironment),
		"POST " + all + "/{org}/yaml/check":   p.in(p.checkYAML),

		"GET " + one:                               p.with(p.getDefinition),
		"PATCH " + one:                             p.with(p.patchDefinition),
		"DELETE " + one:                            p.with(p.deleteEnvironment),
		"GET " + one + "/decrypt":                  p.with(p.decryptDefinition),
		"GET " + one + "/metadata":                 p.with(p.getMetadata),
		"POST " + one + "/open":                    p.with(p.openEnvironment),
		"GET " + one + "/open/{id}":                p.with(p.readOpen),
		"GET " + one + "/versions":                 p.with(p.listVersions),
		"GET " + one + "/versions/{version}":       p.with(p.getDefinition),
		"POST " + one + "/versions/{version}/open": p.with(p.openEnvironment),
		"GET " + one + "/versions/tags":            p.with(p.listVersionTags),
		"POST " + one + "/versions/tags":           p.with(p.createVersionTag),
		"GET " + one + "/versions/tags/{tag}":      p.with(p.getVersionTag),
		"PATCH " + one + "/versions/tags/{tag}":    p.with(p.updateVersionTag),
		"DELETE " + one + "/versions/tags/{tag}":   p.with(p.deleteVersionTag),
		"GET " + one + "/tags":                     p.with(p.listTags),
		"POST " + one + "/tags":                    p.with(p.createTag),
		"GET " + one + "/tags/{tag}":               p.with(p.getTag),
		"PATCH " + one + "/tags/{tag}":             p.with(p.updateTag),
		"DELETE " + one + "/tags/{tag}":            p.with(p.deleteTag),
	} {
		s.handle(pattern, h)
	}
}
