package secrets

import (
	"errors"
	"fmt"
	"net"
	"net/url"
)

// CheckAddress refuses the address of a service that would show a token on the
// way: it must be https, or http on this machine.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("the address of the service is not a web address")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return nil
	}
	return fmt.Errorf("a token is not sent to %s://%s: use https", u.Scheme, u.Host)
}
