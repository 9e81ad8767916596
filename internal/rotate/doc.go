// Package rotate brings a value to applications the way people would: into GitHub,
// with the access that is there, then the mark as up would move it, then it waits for
// the sync and reads the environment as an application does. It rotates a secret and
// puts a deleted one back. Wherever it stops, it says what every side holds and what
// to type; nothing is ever deleted, and no access gets wider.
package rotate
