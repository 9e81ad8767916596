// Package python renders what Python applications read their secrets with: a
// module of the behaviour of package access, and a script that tests the access
// to every secret. Both need the standard library of Python 3.9 alone. The keys
// are a Literal type, so that type checkers find a wrong one. Pure: the texts
// depend on the catalog and the stack's config only, and hold no value.
package python
