// Package github asks GitHub what the pipeline needs to know and no provider
// tells: the organization's secrets for secretctl, a file's text, the allow list of
// a secret. All that it writes is to start a workflow. It is a few requests, so
// that secretctl, which every job compiles, does without a library of the whole API.
// What may pass by itself is tried again; a limit is told from a missing right.
package github
