//go:build !unix

package tree

// noFollow has no equal here; links are left out when a folder is listed.
const noFollow = 0
