// Package store knows everything about the store, the ESC environment that holds
// the values: its text, how to read and change it without losing what others
// wrote, and the state that the last sync left it in.
//
// The environment beside it, which applications open, is declared text: it
// imports the store and holds no value.
package store
