// Package secrets is the domain: the catalog that names every secret, the rules
// that a catalog and a value must keep, and the one type that holds a value.
//
// It knows neither Pulumi nor the network. Checking returns problems, which are
// about the user's file; an error is about us.
package secrets
