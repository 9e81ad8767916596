// Package drift is how differences are found and shown. It is pure: what was
// wanted and what was seen go in, findings come out.
package drift
