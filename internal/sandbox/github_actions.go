package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Run is a run of a workflow. The sandbox runs nothing: a run waits until FinishRuns.
type Run struct {
	ID         int       `json:"id"`
	File       string    `json:"path"`
	Event      string    `json:"event"`
	HeadSHA    string    `json:"head_sha"`
	Status     string    `json:"status"`
	Conclusion string    `json:"conclusion"`
	CreatedAt  time.Time `json:"created_at"`
}

// FinishRuns ends every run that waits, with "success" for instance.
func (s *Server) FinishRuns(conclusion string) {
	defer s.lock()()
	for _, r := range s.github.runs {
		if r.Status != "completed" {
			r.Status, r.Conclusion = "completed", conclusion
		}
	}
}

// DisableWorkflow puts a workflow into a state such as "disabled_inactivity"; ""
// is active again.
func (s *Server) DisableWorkflow(file, state string) {
	defer s.lock()()
	s.github.states[file] = state
}

// start makes a run, as a push or a dispatch does.
func (g *github) start(file, event string) {
	g.runs = append(g.runs, &Run{
		ID: len(g.runs) + 1, File: file, Event: event, HeadSHA: g.tip().SHA, Status: "queued", CreatedAt: g.now(),
	})
}

// pushed starts the workflows of the branch, unless the settings or the pusher's
// token are such that GitHub does not.
func (g *github) pushed() {
	if g.manners.ActionsDisabled || g.manners.SilentPushes {
		return
	}
	for path := range g.tip().tree {
		file, ok := strings.CutPrefix(path, ".github/workflows/")
		if ok && g.states[file] == "" && strings.Contains(g.tip().tree[path], "\n  push:") {
			g.start(file, "push")
		}
	}
}

func (g *github) getActionsPermissions(*request) response {
	return reply(http.StatusOK, map[string]any{"enabled": !g.manners.ActionsDisabled, "allowed_actions": "all"})
}

func (g *github) putActionsPermissions(q *request) response {
	var in struct{ Enabled bool }
	if !q.decode(&in) {
		return noJSON()
	}
	g.manners.ActionsDisabled = !in.Enabled
	return done()
}

func (g *github) getWorkflow(q *request) response {
	file := q.PathValue("file")
	if _, exists := g.tip().tree[".github/workflows/"+file]; !exists {
		return notFound()
	}
	state := g.states[file]
	if state == "" {
		state = "active"
	}
	return reply(http.StatusOK, map[string]any{"id": 1, "name": file, "path": ".github/workflows/" + file, "state": state})
}

func (g *github) enableWorkflow(q *request) response {
	delete(g.states, q.PathValue("file"))
	return done()
}

func (g *github) listRuns(q *request) response {
	list := []*Run{}
	for _, r := range slices.Backward(g.runs) {
		sha := q.URL.Query().Get("head_sha")
		if r.File == q.PathValue("file") && (sha == "" || sha == r.HeadSHA) {
			list = append(list, r)
		}
	}
	return page(g, q, list, func(part []*Run) any {
		return map[string]any{"total_count": len(list), "workflow_runs": part}
	})
}

// getRateLimit needs a token and no right.
func (s *Server) getRateLimit(*request) response {
	r := reply(http.StatusOK, map[string]any{"rate": map[string]int{"limit": 5000, "remaining": 4999}})
	r.header["Date"] = s.now().UTC().Format(http.TimeFormat)
	return r
}
