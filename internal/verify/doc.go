// Package verify reads the environment as an application does and checks every key
// of the catalog: it is there, a secret and a text, not empty, no placeholder, of its
// format, and what the job received. The environment alone is asked, never the
// variables of the process. Names and reasons leave this package, values do not.
package verify
