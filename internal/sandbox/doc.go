// Package sandbox is a small world to try and test the pipeline in: one
// loopback server that answers as GitHub (under /api/v3, as GitHub Enterprise
// Server does) and as Pulumi Cloud (under /api), without an account.
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
// It is no product of its own: only the paths that our providers, SDKs and
// commands use exist, one organization and one repository on the GitHub side,
// one organization on the Pulumi side. Everything lives in memory and is gone
// when the server is closed. A push starts nothing by itself: the caller runs
// the sync with what JobEnvironment returns.
//
// A Server may be used by many goroutines at once; each request is handled as
// one step that no other request interleaves with.
package sandbox
