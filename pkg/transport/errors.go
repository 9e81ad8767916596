package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Temporary reports whether the same request may work a moment later, given the
// status of its answer or the error of Send.
func Temporary(status int, err error) bool {
	if err != nil {
		var certificate *tls.CertificateVerificationError
		return !errors.Is(err, ErrTooLong) && !errors.As(err, &certificate) && !errors.Is(err, http.ErrSchemeMismatch)
	}
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// RetryAfter is how long the service asks to wait, in seconds or as a date; 0
// when it does not, and a day at most.
func (a *Answer) RetryAfter() time.Duration {
	const day = 24 * time.Hour
	text := a.Header.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), int(day/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at).Round(time.Second), 0), day)
	}
	return 0
}

// explain says why no answer came. It keeps only the errors of net/http that
// cannot quote what the service sent, which may be a value or the token.
func explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var network net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection ended before the answer did: %w", io.ErrUnexpectedEOF)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the connection ended before the answer did: %w", io.EOF)
	case errors.Is(err, http.ErrSchemeMismatch):
		return http.ErrSchemeMismatch
	case errors.As(err, &certificate), errors.As(err, &network):
		return err
	}
	return errors.New("no valid HTTP answer came")
}
