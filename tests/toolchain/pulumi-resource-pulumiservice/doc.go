// Command pulumi-resource-pulumiservice stands in for version 1.3.0 of the
// published provider plugin, which cannot be built from a module. It serves two
// resources to the Pulumi engine: pulumiservice:index:Environment, and
// pulumiservice:index:OidcIssuer.
//
// It makes the same calls in the same order through the same client, and keeps
// the faults of the published plugin, since the pipeline's guards are proven
// against them:
//
//   - Update drops every HTTP error: it reports success, and revision 0
//   - Read takes every error for a deleted environment
//   - Create leaves the environment behind when a later call of it fails
//   - a definition is compared as text, without outer white space, as the
//     service answers it: encrypted secrets differ from written ones
//   - a definition unknown in preview is checked as an empty one
//   - an error of Create names no environment
//
// It differs in that it has no default service: the program must name one.
package main
