package sandbox

import "net/http"

// routes registers every path.
func (s *Server) routes() {
	s.handle("/", func(q *request) response {
		return failure(sideOf(q.URL.Path), http.StatusNotFound, "Not Found")
	})
	s.handle("GET /api/v3/rate_limit", s.getRateLimit)
	s.githubRoutes(s.github)
	s.pulumiRoutes(s.pulumi)
	s.issuerRoutes(s.pulumi)
}

// githubRoutes: https://docs.github.com/en/rest/actions/secrets and
// https://docs.github.com/en/rest/repos.
func (s *Server) githubRoutes(g *github) {
	const org = "/api/v3/orgs/{org}"
	for pattern, h := range map[string]handler{
		"GET " + org:                                               g.getOrganization,
		"GET " + org + "/installation":                             g.getInstallation,
		"GET " + org + "/actions/secrets":                          g.listSecrets,
		"GET " + org + "/actions/secrets/public-key":               g.getPublicKey,
		"GET " + org + "/actions/secrets/{name}":                   g.getSecret,
		"PUT " + org + "/actions/secrets/{name}":                   g.putSecret,
		"DELETE " + org + "/actions/secrets/{name}":                g.removeSecret,
		"GET " + org + "/actions/secrets/{name}/repositories":      g.listSecretRepositories,
		"PUT " + org + "/actions/secrets/{name}/repositories":      g.putSecretRepositories,
		"PUT " + org + "/actions/secrets/{name}/repositories/{id}": g.addSecretRepository,
	} {
		s.handle(pattern, g.inOrganization(h))
	}
	s.handle("POST /api/v3/app/installations/{id}/access_tokens", s.issueInstallationToken)
	for _, repo := range []string{"/api/v3/repos/{org}/{repo}", "/api/v3/repositories/{id}"} {
		for _, routes := range []map[string]handler{secretRoutes(g, repo), actionRoutes(g, repo), codeRoutes(g, repo)} {
			for pattern, h := range routes {
				s.handle(pattern, g.inRepository(h))
			}
		}
	}
}

// secretRoutes are those of the secrets of a repository and its environments.
func secretRoutes(g *github, repo string) map[string]handler {
	return map[string]handler{
		"GET " + repo + "/actions/organization-secrets":                  g.listOrganizationSecrets,
		"GET " + repo + "/actions/secrets":                               g.listRepositorySecrets,
		"GET " + repo + "/actions/secrets/public-key":                    g.atRepository(g.getKeyBelow),
		"GET " + repo + "/actions/secrets/{name}":                        g.atRepository(g.getSecretBelow),
		"PUT " + repo + "/actions/secrets/{name}":                        g.atRepository(g.putSecretBelow),
		"GET " + repo + "/environments/{environment}/secrets":            g.listEnvironmentSecrets,
		"GET " + repo + "/environments/{environment}/secrets/public-key": g.atEnvironment(g.getKeyBelow),
		"GET " + repo + "/environments/{environment}/secrets/{name}":     g.atEnvironment(g.getSecretBelow),
		"PUT " + repo + "/environments/{environment}/secrets/{name}":     g.atEnvironment(g.putSecretBelow),
	}
}

// actionRoutes are those of its workflows.
func actionRoutes(g *github, repo string) map[string]handler {
	return map[string]handler{
		"POST " + repo + "/actions/workflows/{file}/dispatches": g.dispatch,
		"GET " + repo + "/actions/permissions":                  g.getActionsPermissions,
		"PUT " + repo + "/actions/permissions":                  g.putActionsPermissions,
		"GET " + repo + "/actions/workflows/{file}":             g.getWorkflow,
		"PUT " + repo + "/actions/workflows/{file}/enable":      g.enableWorkflow,
		"GET " + repo + "/actions/workflows/{file}/runs":        g.listRuns,
	}
}

// codeRoutes are those of its branch and its files.
func codeRoutes(g *github, repo string) map[string]handler {
	return map[string]handler{
		"GET " + repo:                            g.getRepository,
		"GET " + repo + "/branches/{branch...}":  g.getBranch,
		"GET " + repo + "/contents":              g.getContents,
		"GET " + repo + "/contents/{path...}":    g.getContents,
		"PUT " + repo + "/contents/{path...}":    g.putContents,
		"DELETE " + repo + "/contents/{path...}": g.removeContents,
		"GET " + repo + "/commits":               g.listCommits,
		"GET " + repo + "/commits/{ref...}":      g.getCommit,
	}
}

// issuerRoutes: https://www.pulumi.com/docs/reference/cloud-rest-api/oidc-issuers/
func (s *Server) issuerRoutes(p *pulumi) {
	const org = "/api/orgs/{org}"
	for pattern, h := range map[string]handler{
		"GET " + org + "/oidc/issuers":                   p.inOrganization(p.listIssuers),
		"POST " + org + "/oidc/issuers":                  p.inOrganization(p.registerIssuer),
		"GET " + org + "/oidc/issuers/{id}":              p.withIssuer(p.getIssuer),
		"PATCH " + org + "/oidc/issuers/{id}":            p.withIssuer(p.updateIssuer),
		"DELETE " + org + "/oidc/issuers/{id}":           p.withIssuer(p.removeIssuer),
		"GET " + org + "/auth/policies/oidcissuers/{id}": p.withIssuer(p.getPolicies),
		"PATCH " + org + "/auth/policies/{id}":           p.withIssuer(p.updatePolicies),
	} {
		s.handle(pattern, h)
	}
}

// pulumiRoutes: https://www.pulumi.com/docs/reference/cloud-rest-api/environments/
func (s *Server) pulumiRoutes(p *pulumi) {
	const all, one = "/api/esc/environments", "/api/esc/environments/{org}/{project}/{env}"
	for pattern, h := range map[string]handler{
		"GET /api/user":                       p.getUser,
		"GET /api/user/organizations/default": p.getDefaultOrganization,
		"GET " + all:                          p.listEnvironments,
		"GET " + all + "/{org}":               p.inOrganization(p.listEnvironments),
		"POST " + all + "/{org}":              p.inOrganization(p.createEnvironment),
		"POST " + all + "/{org}/yaml/check":   p.inOrganization(p.checkYAML),

		"GET " + one:                               p.withEnvironment(p.getDefinition),
		"PATCH " + one:                             p.withEnvironment(p.patchDefinition),
		"DELETE " + one:                            p.withEnvironment(p.deleteEnvironment),
		"GET " + one + "/decrypt":                  p.withEnvironment(p.decryptDefinition),
		"GET " + one + "/metadata":                 p.withEnvironment(p.getMetadata),
		"POST " + one + "/open":                    p.withEnvironment(p.openEnvironment),
		"GET " + one + "/open/{id}":                p.withEnvironment(p.readOpen),
		"GET " + one + "/versions":                 p.withEnvironment(p.listVersions),
		"GET " + one + "/versions/{version}":       p.withEnvironment(p.getDefinition),
		"POST " + one + "/versions/{version}/open": p.withEnvironment(p.openEnvironment),
		"GET " + one + "/versions/tags":            p.withEnvironment(p.listVersionTags),
		"POST " + one + "/versions/tags":           p.withEnvironment(p.createVersionTag),
		"GET " + one + "/versions/tags/{tag}":      p.withEnvironment(p.getVersionTag),
		"PATCH " + one + "/versions/tags/{tag}":    p.withEnvironment(p.updateVersionTag),
		"DELETE " + one + "/versions/tags/{tag}":   p.withEnvironment(p.deleteVersionTag),
		"GET " + one + "/tags":                     p.withEnvironment(p.listTags),
		"POST " + one + "/tags":                    p.withEnvironment(p.createTag),
		"GET " + one + "/tags/{tag}":               p.withEnvironment(p.getTag),
		"PATCH " + one + "/tags/{tag}":             p.withEnvironment(p.updateTag),
		"DELETE " + one + "/tags/{tag}":            p.withEnvironment(p.deleteTag),
	} {
		s.handle(pattern, h)
	}
}
