// Package mute takes away the findings that somebody has looked at: those that a
// comment ignores, with a reason, and those of a baseline, which only shrinks.
package mute
