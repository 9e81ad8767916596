// Package scan finds in the text of one file what the rules of the audit judge:
// keys that are read, variables, secrets of workflows, commands. It goes through
// the words of a text once and looks closer at those that matter. It builds no
// syntax tree, so a file that does not parse hides nothing.
//
// A hit holds names and places. No other text of the file leaves this package, and
// a name that could be a value does not either.
package scan
