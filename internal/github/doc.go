// Package github reads from GitHub what the pipeline needs and no provider
// returns: the organization's secrets, the text of a file, the repositories that
// may read a secret. It writes for a person who rotates or restores a secret: the
// value, sealed and with the access that the caller gives, one file, and the start
// of a workflow. It deletes nothing. It makes these few requests itself because every job compiles secretctl, and a library of the
// whole API is large. Temporary failures are retried, and a rate limit is told
// from a missing right.
package github
