// Package transport sends the requests of the ESC and the GitHub client.
//
// A request ends within its timeout, an operation within the deadline of its
// context or, without one, within a minute. An answer has a size limit. The
// retries of an operation share one budget. Their pauses grow and are at least as
// long as the service asks; asked to wait more than 30 seconds, the client gives
// up.
//
// The token is sent to the configured address only: over https, or over http on
// this machine. A GET follows a redirect on the same host and scheme; any other
// redirect is an answer like every other. No error quotes what a service said,
// and nothing is written to the process's log.
package transport
