// Package transport sends the requests of the ESC and the GitHub client.
//
// A request ends within its timeout and an operation within its deadline, a
// minute if it brings none. An answer has a size limit. What may be repeated is
// repeated within the one budget of its operation, with growing pauses, as long
// as the service asks, up to 30 seconds: asked to wait longer, it gives up.
//
// The token leaves for the configured address alone: over https, or http on this
// machine. A GET follows a redirect on the same host and scheme; any other
// redirect is handed to the caller as the answer that it is. An error quotes
// nothing that a service said, and nothing is written to the process's log.
package transport
