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
// One fetch, two requests, serves all keys. A cached read takes no lock and
// allocates nothing. After the TTL the next reader waits for a new fetch, while
// the others are served what is there; while the service fails the old values
// serve for a bounded time, then every read is an error that says when the
// values were last read and why not again.
//
// A fetch has a goroutine and a deadline, ten seconds, of its own: a reader who
// gives up ends it for nobody. Between fetches no goroutine runs.
//
// The package does nothing at import and reads no environment variable unless
// Variables or Fallback hand it a look-up. It writes nothing, neither to ESC nor
// to a log. The Python module of the same behaviour is rendered by the package
// python beside it.
package access
