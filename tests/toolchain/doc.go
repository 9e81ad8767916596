// Command toolchain builds the programs that the demo and the tests run beside
// the pipeline, from the modules pinned in this folder:
//
//	go run . -out DIR NAME...
//
// The programs go to DIR/bin. DIR/plugins has the plugins among them as the
// folder plugins of a PULUMI_HOME. A program is built again only when its inputs
// changed, by content: the Go version, go.mod, go.sum, its own sources. A program
// in DIR/bin is always complete, even after an interrupt, and two runs at the
// same time do no harm.
//
// Exit codes: 0 all are in DIR, 2 usage, 3 could not build.
package main
