package sandbox

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

func (g *github) getBranch(q *request) response {
	if q.PathValue("branch") != g.branch {
		return failure(GitHub, http.StatusNotFound, "Branch not found")
	}
	return reply(http.StatusOK, map[string]any{
		"name": g.branch, "protected": g.manners.Protected, "commit": g.commitJSON(g.tip()),
	})
}

// getContents answers with a file, or with the contents of a folder.
func (g *github) getContents(q *request) response {
	ref, file := q.URL.Query().Get("ref"), q.PathValue("path")
	c, ok := g.resolve(ref)
	if !ok {
		return failure(GitHub, http.StatusNotFound, "No commit found for the ref %s", ref)
	}
	text, ok := c.tree[file]
	if !ok {
		return g.folder(c, file, ref)
	}
	j := g.fileJSON(file, text, ref)
	j["encoding"], j["content"] = "base64", base64.StdEncoding.EncodeToString([]byte(text))+"\n"
	return reply(http.StatusOK, j)
}

// folder answers with an array of what a folder holds directly. In git every
// folder but the root holds a file.
func (g *github) folder(c *commit, name, ref string) response {
	below := map[string]map[string]any{}
	for file, text := range c.tree {
		rest, inside := strings.CutPrefix(file, strings.TrimPrefix(name+"/", "/"))
		first, _, deeper := strings.Cut(rest, "/")
		switch at := path.Join(name, first); {
		case !inside:
		case deeper:
			below[at] = g.entryJSON("dir", at, gitHash("tree", at), 0, ref)
		default:
			below[at] = g.fileJSON(at, text, ref)
		}
	}
	if len(below) == 0 && name != "" {
		return notFound()
	}
	list := []map[string]any{}
	for _, at := range slices.Sorted(maps.Keys(below)) {
		list = append(list, below[at])
	}
	return reply(http.StatusOK, list)
}

func (g *github) fileJSON(file, text, ref string) map[string]any {
	return g.entryJSON("file", file, blobHash(text), len(text), ref)
}

// entryJSON describes a file or a folder. Its url carries the ref: the provider
// panics without.
func (g *github) entryJSON(kind, at, sha string, size int, ref string) map[string]any {
	ref = cmp.Or(ref, g.branch)
	return map[string]any{
		"type": kind, "name": path.Base(at), "path": at, "size": size, "sha": sha,
		"url": g.repositoryURL() + "/contents/" + (&url.URL{Path: at}).EscapedPath() + "?ref=" + url.QueryEscape(ref),
	}
}

// change is the body of a PUT or DELETE of contents.
type change struct {
	Message   string
	Content   *string
	SHA       string
	Branch    string
	Committer *struct{ Name, Email string }
}

// accept reads a change and decides whether it may be made; if not, it answers
// why.
func (g *github) accept(q *request) (in change, by person, refusal response, ok bool) {
	if !q.decode(&in) {
		return in, by, noJSON(), false
	}
	file := q.PathValue("path")
	text, exists := g.tip().tree[file]
	switch {
	case q.who.role == gitHubWithoutWorkflow && strings.HasPrefix(file, ".github/workflows/"):
		return in, by, notFound(), false
	case in.Branch != "" && in.Branch != g.branch:
		return in, by, failure(GitHub, http.StatusNotFound, "Branch %s not found", in.Branch), false
	case in.Message == "":
		return in, by, unprocessable("Invalid request.\n\n\"message\" wasn't supplied."), false
	case exists && in.SHA == "":
		return in, by, unprocessable("Invalid request.\n\n\"sha\" wasn't supplied."), false
	case in.SHA != "" && (!exists || in.SHA != blobHash(text)):
		return in, by, failure(GitHub, http.StatusConflict, "%s does not match %s", file, in.SHA), false
	case g.manners.Protected:
		return in, by, failure(GitHub, http.StatusConflict,
			"Repository rule violations found\n\nChanges must be made through a pull request.\n\n"), false
	}
	by = account(q.who.login)
	if in.Committer != nil {
		by = person{name: in.Committer.Name, email: in.Committer.Email}
	}
	return in, by, response{}, true
}

func (g *github) putContents(q *request) response {
	in, by, refusal, ok := g.accept(q)
	if !ok {
		return refusal
	}
	if in.Content == nil {
		return unprocessable("Invalid request.\n\n\"content\" wasn't supplied.")
	}
	text, err := base64.StdEncoding.DecodeString(*in.Content)
	if err != nil {
		return unprocessable("content is not valid Base64")
	}
	c := g.write(q.PathValue("path"), string(text), in.Message, by)
	status := http.StatusCreated
	if c.status == "modified" {
		status = http.StatusOK
	}
	return reply(status, map[string]any{"content": g.fileJSON(c.Path, string(text), ""), "commit": g.gitCommitJSON(c)})
}

func (g *github) removeContents(q *request) response {
	if _, exists := g.tip().tree[q.PathValue("path")]; !exists {
		return notFound()
	}
	in, by, refusal, ok := g.accept(q)
	if !ok {
		return refusal
	}
	c := g.erase(q.PathValue("path"), in.Message, by)
	return reply(http.StatusOK, map[string]any{"content": nil, "commit": g.gitCommitJSON(c)})
}

func (g *github) listCommits(q *request) response {
	if _, ok := g.resolve(q.URL.Query().Get("sha")); !ok {
		return notFound()
	}
	list := []map[string]any{}
	for _, c := range g.history(q.URL.Query().Get("path")) {
		list = append(list, g.commitJSON(c))
	}
	return page(g, q, list, func(part []map[string]any) any { return part })
}

func (g *github) getCommit(q *request) response {
	c, ok := g.resolve(q.PathValue("ref"))
	if !ok {
		return unprocessable("No commit found for SHA: %s", q.PathValue("ref"))
	}
	j := g.commitJSON(c)
	j["files"] = []map[string]string{{"filename": c.Path, "status": c.status, "sha": blobHash(c.tree[c.Path])}}
	return reply(http.StatusOK, j)
}

// commitJSON is a commit as the API of repositories describes it.
func (g *github) commitJSON(c *commit) map[string]any {
	j := map[string]any{"sha": c.SHA, "url": g.repositoryURL() + "/commits/" + c.SHA, "commit": g.gitCommitJSON(c)}
	if c.by.login != "" {
		who := map[string]string{"login": c.by.login, "type": "User"}
		j["author"], j["committer"] = who, who
	}
	return j
}

// gitCommitJSON is the git commit in it.
func (g *github) gitCommitJSON(c *commit) map[string]any {
	by := map[string]any{"name": c.by.name, "email": c.by.email, "date": c.Date}
	return map[string]any{
		"sha": c.SHA, "url": g.repositoryURL() + "/git/commits/" + c.SHA,
		"message": c.Message, "author": by, "committer": by,
	}
}
