package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RepositoryID is the id of the sandbox's first repository, as allow lists name it.
const RepositoryID = 7001

const organizationID = 701

// github is the state of the GitHub side.
type github struct {
	organization, repository, branch, url string
	id                                    int64 // of the repository
	public                                bool
	clock                                 func() time.Time
	manners                               *Manners
	turns                                 map[string]int // how often each list was asked for, by URL

	secrets           *level // of the organization
	repositorySecrets *level
	environments      map[string]*level // by name in small letters
	app               app
	commits           []*commit         // oldest first; never empty
	dispatched        []string          // workflows that were started, by file
	runs              []*Run            // of workflows, oldest first
	states            map[string]string // of workflows that are disabled, by file
}

func newGitHub(o Options, url string, manners *Manners, clock func() time.Time) *github {
	g := &github{
		organization: o.Organization, branch: o.DefaultBranch, public: o.Public,
		url: url, clock: clock, manners: manners, turns: map[string]int{},
		secrets: newLevel(), id: RepositoryID - 1,
	}
	g.replaceRepository(o.Repository)
	return g
}

// ReplaceRepository puts a new repository in the place of the one that is there, which
// nobody can see any more.
func (s *Server) ReplaceRepository(name string) {
	defer s.lock()()
	s.github.replaceRepository(name)
}

func (g *github) replaceRepository(name string) {
	g.repository = name
	g.id++
	g.repositorySecrets, g.environments, g.states = newLevel(), map[string]*level{}, map[string]string{}
	g.dispatched, g.runs = nil, nil
	g.commits = []*commit{{tree: map[string]string{}}}
	g.commits = []*commit{g.write("README.md", "# "+name+"\n", "Initial commit", account("pipeline"))}
}

// now has GitHub's resolution of one second.
func (g *github) now() time.Time { return g.clock().Truncate(time.Second) }

// inOrganization answers 404 for another organization, as GitHub does for what a
// token cannot see.
func (g *github) inOrganization(h handler) handler {
	return func(q *request) response {
		if !strings.EqualFold(q.PathValue("org"), g.organization) {
			return notFound()
		}
		return h(q)
	}
}

// inRepository answers 404 for another repository and redirects from the former
// name of this one. A path names it by owner and name, or by id.
func (g *github) inRepository(h handler) handler {
	return func(q *request) response {
		name, id := q.PathValue("repo"), q.PathValue("id")
		switch {
		case id == strconv.FormatInt(g.id, 10):
		case !strings.EqualFold(q.PathValue("org"), g.organization):
			return notFound()
		case strings.EqualFold(name, g.repository):
		case strings.EqualFold(name, g.manners.Renamed):
			return g.moved(q)
		default:
			return notFound()
		}
		return h(q)
	}
}

// moved redirects to the path with the repository's id. Clients turn a write into
// a read at a 301, so GitHub answers writes with 307.
func (g *github) moved(q *request) response {
	rest := strings.Split(q.URL.EscapedPath(), "/")[6:] // after /api/v3/repos/ORG/REPO
	location := strings.Join(append([]string{g.url + "/api/v3/repositories", strconv.FormatInt(g.id, 10)}, rest...), "/")
	if q.URL.RawQuery != "" {
		location += "?" + q.URL.RawQuery
	}
	status := http.StatusTemporaryRedirect
	if q.Method == http.MethodGet || q.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	r := reply(status, map[string]string{"message": "Moved Permanently", "url": location})
	r.header["Location"] = location
	return r
}

func notFound() response { return failure(GitHub, http.StatusNotFound, "Not Found") }

func noJSON() response { return failure(GitHub, http.StatusBadRequest, "Problems parsing JSON") }

func unprocessable(format string, args ...any) response {
	return failure(GitHub, http.StatusUnprocessableEntity, format, args...)
}

func (g *github) getOrganization(*request) response {
	return reply(http.StatusOK, map[string]any{"login": g.organization, "id": organizationID, "type": "Organization"})
}

func (g *github) getRepository(*request) response { return reply(http.StatusOK, g.repositoryJSON()) }

func (g *github) repositoryJSON() map[string]any {
	visibility := "private"
	if g.public {
		visibility = "public"
	}
	return map[string]any{
		"id": g.id, "name": g.repository, "full_name": g.organization + "/" + g.repository,
		"private": !g.public, "visibility": visibility, "default_branch": g.branch, "archived": false, "url": g.repositoryURL(),
		"owner": map[string]any{"login": g.organization, "id": organizationID, "type": "Organization"},
	}
}

func (g *github) repositoryURL() string {
	return g.url + "/api/v3/repos/" + g.organization + "/" + g.repository
}

// page answers with the page of a list that the query asks for, wrapped by wrap,
// and links to the next one.
// https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
func page[T any](g *github, q *request, list []T, wrap func(part []T) any) response {
	size, number := min(q.number("per_page", 30), 100), q.number("page", 1)
	from := min((number-1)*size, len(list))
	to := min(from+size, len(list))
	r := reply(http.StatusOK, wrap(list[from:to]))
	if to < len(list) {
		query := q.URL.Query()
		query.Set("page", strconv.Itoa(number+1))
		r.header["Link"] = fmt.Sprintf(`<%s%s?%s>; rel="next"`, g.url, q.URL.Path, query.Encode())
	}
	return r
}

// total is a wrap for page: the page under its key, with the length of the list.
func total[T any](key string, list []T) func([]T) any {
	return func(part []T) any { return map[string]any{"total_count": len(list), key: part} }
}
