// Package audit follows secrets from the catalog to the lines of code that read
// them, and finds what the pipeline forbids. It reads one tree of files, and writes
// nothing.
package audit
