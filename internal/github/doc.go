// Package github reads from GitHub what the pipeline needs and no provider
// returns: the organization's secrets, the text of a file, the repositories that
// may read a secret. Its only write starts a workflow. It makes these few
// requests itself because every job compiles secretctl, and a library of the
// whole API is large. Temporary failures are retried, and a rate limit is told
// from a missing right.
package github
