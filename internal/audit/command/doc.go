// Package command is secretaudit, as a value with its streams, so that a test runs
// it without a process.
package command
