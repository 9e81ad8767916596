// Package tree goes through the files of a folder as git would list them: what
// .gitignore names, binary files and symbolic links are left out, and nothing
// outside the folder is ever opened. Files are read in parallel, large ones piece
// by piece, so that memory does not grow with them.
package tree
