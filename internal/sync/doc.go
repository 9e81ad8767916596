// Package sync moves the values that a job received into the store: all of them
// in one revision, or none.
//
// What must not be written is refused, secret by secret; what did not arrive
// keeps its old value; what the catalog does not know stays. Names and verdicts
// leave this package, values do not. Planning is pure; Run does the requests.
package sync
