// Package oidc is the trust that lets the sync log in to Pulumi Cloud without a
// stored token: which policies the workflow needs, and what the Pulumi
// organization has. It reads only; the program declares the issuer.
//
// An organization has one issuer for each address. So its policies may be
// several people's, and none of theirs is ever removed.
// https://www.pulumi.com/docs/administration/access-identity/oidc-issuers/github/
package oidc
