// Package doctor examines what a pipeline needs: tokens and their rights, the
// repository, the workflow and its runs, the environment and its store, the clock.
// It reads only. What cannot be proven without writing is unknown, and says so.
package doctor
