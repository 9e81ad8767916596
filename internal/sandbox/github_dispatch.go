package sandbox

import "slices"

// Dispatched returns the files of the workflows that were started, oldest first.
// The caller runs what they would do.
func (s *Server) Dispatched() []string {
	defer s.lock()()
	return slices.Clone(s.github.dispatched)
}

// dispatch starts a workflow of the default branch.
// https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
func (g *github) dispatch(q *request) response {
	var in struct{ Ref string }
	switch _, exists := g.tip().tree[".github/workflows/"+q.PathValue("file")]; {
	case !q.decode(&in):
		return noJSON()
	case !exists:
		return notFound()
	case in.Ref != g.branch && in.Ref != "refs/heads/"+g.branch:
		return unprocessable("No ref found for: %s", in.Ref)
	}
	g.dispatched = append(g.dispatched, q.PathValue("file"))
	g.start(q.PathValue("file"), "workflow_dispatch")
	return done()
}
