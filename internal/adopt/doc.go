// Package adopt prepares an environment that people made for the pipeline: it
// copies the values under the root key into the store, so that the declared text
// may replace the environment's without losing one. It changes nothing in the
// environment itself, and never flattens what is computed.
package adopt
