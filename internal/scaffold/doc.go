// Package scaffold writes the repository of a company that uses this module: the
// program, its config, the catalog and both workflows. It never replaces a file.
package scaffold
