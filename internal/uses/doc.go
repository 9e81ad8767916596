// Package uses knows who reads what: uses.yaml, which the audit writes and people
// commit beside the catalog. It reads that one file and no repository, and no value
// is in it.
package uses
