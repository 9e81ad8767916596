// Package sandbox imitates the services that the pipeline works with, for tests
// and trials without an account: one loopback server that answers as GitHub
// (under /api/v3, as GitHub Enterprise Server does) and as Pulumi Cloud (under
// /api).
//
// It keeps what makes the real services hard: tokens and their rights,
// GitHub's rules for names, values that arrive sealed and can never be read
// back, commits with conflicts, definitions that hold ciphertext at rest,
// immutable revisions, preconditions. Environments are evaluated by Pulumi's
// own evaluator. Faults can be injected into any request, every request is
// logged, and the clock can be set.
//
// Where the services' documents are silent, or a company's settings decide,
// Manners pick one of the allowed answers: the ETag of an old revision, gaps
// between revision numbers, refused descriptions, paged tags, dates and lists
// that lag behind a write, a renamed repository, a protected branch, the free
// plan. The default is the kindest. Faults can imitate GitHub's rate limits and
// its SAML refusal.
//
// It has only the paths that our providers, SDKs and commands use, with one
// organization and one repository on the GitHub side and one organization on the
// Pulumi side. Everything is in memory and gone when the server is closed. A push
// starts no workflow: the caller runs the sync with what JobEnvironment returns.
//
// A Server is safe for concurrent use; requests are handled one at a time.
package sandbox
