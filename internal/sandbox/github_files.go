package sandbox

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Commit is a commit of the repository's one branch. Each touches one file.
type Commit struct {
	SHA     string
	Message string
	Path    string
	Author  string // login, or the name that the commit was given
	Date    time.Time
}

// commit holds the whole tree at that time: the repository is small.
type commit struct {
	Commit
	status string // of the file: added, modified, removed
	parent string
	by     person
	tree   map[string]string // path to text
}

// person is the author of a commit: an account with a login, or just a name.
type person struct{ login, name, email string }

func account(login string) person { return person{login, login, login + "@users.noreply.github.com"} }

// File returns the text of a file of the branch.
func (s *Server) File(path string) (text string, ok bool) {
	defer s.lock()()
	text, ok = s.github.tip().tree[path]
	return text, ok
}

// WriteFile commits a file as a person would, and returns the commit.
func (s *Server) WriteFile(path, text, author string) Commit {
	defer s.lock()()
	return s.github.write(path, text, "Update "+path, account(author)).Commit
}

// RemoveFile commits the removal of a file; false if there is none.
func (s *Server) RemoveFile(path, author string) bool {
	defer s.lock()()
	_, ok := s.github.tip().tree[path]
	if ok {
		s.github.erase(path, "Delete "+path, account(author))
	}
	return ok
}

// Commits returns the commits that touched a file, newest first; all for an
// empty path.
func (s *Server) Commits(path string) (list []Commit) {
	defer s.lock()()
	for _, c := range s.github.history(path) {
		list = append(list, c.Commit)
	}
	return list
}

func (g *github) tip() *commit { return g.commits[len(g.commits)-1] }

// write commits a file even if that changes nothing, as the contents API does.
func (g *github) write(path, text, message string, by person) *commit {
	tree, status := maps.Clone(g.tip().tree), "added"
	if _, exists := tree[path]; exists {
		status = "modified"
	}
	tree[path] = text
	return g.commit(path, status, message, by, tree)
}

func (g *github) erase(path, message string, by person) *commit {
	tree := maps.Clone(g.tip().tree)
	delete(tree, path)
	return g.commit(path, "removed", message, by, tree)
}

func (g *github) commit(path, status, message string, by person, tree map[string]string) *commit {
	c := &commit{status: status, parent: g.tip().SHA, by: by, tree: tree}
	c.Commit = Commit{Message: message, Path: path, Author: cmp.Or(by.login, by.name), Date: g.now()}
	c.SHA = gitHash("commit", fmt.Sprintf("%s %s %s %v %v", c.parent, path, blobHash(tree[path]), by, c.Commit))
	g.commits = append(g.commits, c)
	g.pushed()
	return c
}

// history returns the commits that touched a file, newest first.
func (g *github) history(path string) (list []*commit) {
	for _, c := range slices.Backward(g.commits) {
		if path == "" || c.Path == path {
			list = append(list, c)
		}
	}
	return list
}

// resolve finds the commit of a branch or a hash; empty is the default branch.
func (g *github) resolve(ref string) (*commit, bool) {
	if ref == "" || ref == g.branch || ref == "refs/heads/"+g.branch {
		return g.tip(), true
	}
	i := slices.IndexFunc(g.commits, func(c *commit) bool { return c.SHA == ref })
	if i < 0 {
		return nil, false
	}
	return g.commits[i], true
}

// gitHash is git's name for an object.
func gitHash(kind, content string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kind, len(content), content))
	return hex.EncodeToString(sum[:])
}

func blobHash(text string) string { return gitHash("blob", text) }
