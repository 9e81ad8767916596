package access

import (
	"fmt"
	"net/http"
	"time"
)

const (
	defaultTTL   = 5 * time.Minute
	defaultStale = time.Hour
)

// Option is a setting of New. A later option overrides an earlier one.
type Option func(*settings)

type settings struct {
	environment, token, api, rootKey string
	ttl, stale                       time.Duration
	client                           *http.Client
	source                           Source
	fallback                         func(key string) (string, bool)
}

// Environment names the ESC environment to open, as ORG/PROJECT/ENV.
func Environment(name string) Option { return func(s *settings) { s.environment = name } }

// Token is the Pulumi access token. It needs the permission to open the
// environment and no other.
func Token(token string) Option { return func(s *settings) { s.token = token } }

// Variables reads PULUMI_ACCESS_TOKEN, PULUMI_API (the address of the service)
// and ESC_ENVIRONMENT through lookup, os.LookupEnv for instance. A variable that
// is unset or empty changes nothing.
func Variables(lookup func(name string) (string, bool)) Option {
	return func(s *settings) {
		for name, field := range map[string]*string{
			"PULUMI_ACCESS_TOKEN": &s.token, "PULUMI_API": &s.api, "ESC_ENVIRONMENT": &s.environment,
		} {
			if text, ok := lookup(name); ok && text != "" {
				*field = text
			}
		}
	}
}

// API is the address of the service; https://api.pulumi.com by default.
func API(address string) Option { return func(s *settings) { s.api = address } }

// RootKey is the key of the environment that holds the secrets, the rootKey of
// the stack's config.
func RootKey(key string) Option { return func(s *settings) { s.rootKey = key } }

// HTTPClient replaces the client. No fetch takes longer than ten seconds,
// whatever the client's timeout.
func HTTPClient(client *http.Client) Option { return func(s *settings) { s.client = client } }

// TTL is how long values are served without asking the service; 5 minutes by
// default.
func TTL(d time.Duration) Option { return func(s *settings) { s.ttl = d } }

// StaleIfError is how long, after the TTL, old values serve while the service
// fails; an hour by default.
func StaleIfError(d time.Duration) Option { return func(s *settings) { s.stale = d } }

// From replaces ESC as the source.
func From(source Source) Option { return func(s *settings) { s.source = source } }

// Fallback is asked last, for a key that has no value or cannot be read. Its
// answers are not cached, and an empty one counts as none.
func Fallback(lookup func(key string) (string, bool)) Option {
	return func(s *settings) { s.fallback = lookup }
}

// New makes a Reader. It makes no request: the first read does. The error is
// about the options.
func New(options ...Option) (*Reader, error) {
	s := settings{ttl: defaultTTL, stale: defaultStale}
	for _, option := range options {
		option(&s)
	}
	if s.ttl <= 0 || s.stale < 0 {
		return nil, fmt.Errorf("TTL is %s, must be positive; StaleIfError is %s, must not be negative", s.ttl, s.stale)
	}
	if s.source == nil {
		source, err := s.esc()
		if err != nil {
			return nil, err
		}
		s.source = source
	}
	return &Reader{source: s.source, fallback: s.fallback, ttl: s.ttl, stale: s.stale, started: time.Now()}, nil
}
