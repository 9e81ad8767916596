// Package cli is secretctl: the commands around the pipeline that run outside
// Pulumi. Each command has a file of its own. The command is a value with its
// streams and look-ups, so that a test runs it without a process.
package cli
