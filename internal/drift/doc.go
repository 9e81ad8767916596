// Package drift compares what is declared with what was observed. It is pure: a
// World goes in, findings come out.
package drift
