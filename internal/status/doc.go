// Package status looks at the whole pipeline from outside Pulumi and says where
// each secret stands. It reads and never writes; what differs is decided by
// package drift, for the program and for status alike.
package status
