package secrets

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// CheckAddress refuses an address of a service that a token must not be sent
// to. It must be https, or http on this machine, and end with its path. The error
// quotes nothing of it: any part may be a token, pasted by mistake.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || !validPort(u.Port()):
		return errors.New("the address of the service is not a web address")
	case u.User != nil || strings.ContainsAny(address, "?#"):
		return errors.New("the address of the service holds a user, a query or a fragment: leave only scheme, host and path")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()):
		return nil
	}
	return errors.New("a token is sent over https alone, or over http to this machine: use https")
}

func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}
