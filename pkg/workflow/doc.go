// Package workflow renders the files that the pipeline keeps in the repository: the
// GitHub Actions workflow that runs the sync, the one that looks after everything,
// and the mark whose push starts the sync.
//
// It is pure: the text depends on the arguments alone. Names go into it, values
// never do.
package workflow
