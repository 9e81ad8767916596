// Package python renders what Python applications read their secrets with: a
// module that behaves like package access, and a script that tests the access to
// every secret. Both need only the standard library of Python 3.9. The keys are a
// Literal type, so that type checkers find a wrong one. The package is pure: the
// texts depend on the catalog and the stack's config only, and hold no value.
package python
