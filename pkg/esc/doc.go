// Package esc is a client of Pulumi ESC: it reads and replaces definitions as
// text, with a precondition, and opens environments to read their values.
//
// It builds on esc-sdk for the requests and decodes the answers itself: the
// SDK's typed definition loses order, comments and unknown keys, its decoding
// fails on a field that the service adds, its errors hide their detail, and it
// has no precondition, no retry and no timeout.
//
// No error quotes what the service says about a document: its diagnostics quote
// the document, and a document may hold values. Requests that are safe to repeat
// are retried, with pauses, for as long as the context allows.
//
// A Client is safe for concurrent use.
package esc
