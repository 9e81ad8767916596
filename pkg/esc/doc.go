// Package esc is Pulumi ESC as we use it: definitions as text, values by
// opening, and one write with a precondition.
//
// It builds on esc-sdk for the requests and decodes the answers itself: the
// SDK's typed definition loses order, comments and unknown keys, its decoding
// fails on a field that the service adds, its errors hide their detail, and it
// has no precondition, no retry and no timeout.
//
// Nothing that the service says about a document reaches an error: its
// diagnostics quote the document, and a document may hold values. Requests that
// may be repeated are, with pauses, for as long as the context allows.
//
// A Client is safe for concurrent use.
package esc
