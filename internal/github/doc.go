// Package github reads what the pipeline needs to know of GitHub and no provider
// tells: the organization's secrets for secretctl, a file's text, the allow list
// of a secret. It writes nothing. It is a few GETs, so that secretctl, which
// every job compiles, does without a library of the whole API. What may pass by
// itself is tried again; a limit is told from a missing right.
package github
