// Package finding is what the audit says: the findings, and the rules that they
// break.
package finding
