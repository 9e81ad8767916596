// Package engine runs the pipeline with the real Pulumi engine against a sandbox:
// the program inline, the state in a temporary folder, the providers as
// processes. The demo and the engine tests are built on it.
package engine
