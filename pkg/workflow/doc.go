// Package workflow renders the two files that the pipeline keeps in the
// repository: the GitHub Actions workflow that runs the sync, and the mark whose
// push starts it.
//
// It is pure: the text depends on the arguments alone. Names go into it, values
// never do.
package workflow
