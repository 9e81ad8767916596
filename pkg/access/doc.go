// Package access is what applications import to read a secret by its key.
//
//	reader, err := access.New(
//		access.Environment("acme-cloud/default/production"),
//		access.RootKey("app"),
//		access.Variables(os.LookupEnv), // PULUMI_ACCESS_TOKEN
//	)
//	...
//	value, err := reader.Get(ctx, "openai_api_key")
//	client := openai.New(value.Reveal())
//
// One fetch, of two requests, reads all keys. A cached read takes no lock and
// allocates nothing. After the TTL the next reader waits for a new fetch, while
// the others get the old values. While the service fails, the old values serve
// for a bounded time; then every read is an error that says when the values were
// last read, and why not since.
//
// A fetch has its own goroutine and its own deadline of ten seconds: it goes on
// when a reader gives up. Between fetches no goroutine runs.
//
// The package does nothing at import and reads no environment variable unless
// Variables or Fallback give it a look-up. It writes nothing, neither to ESC nor
// to a log. The package python beside it renders a Python module with the same
// behaviour.
package access
