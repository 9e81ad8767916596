// Package judge turns what was found in all files into findings, and into the list
// of who reads what. It is pure: no file is read.
package judge
