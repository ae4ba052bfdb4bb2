package mail

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// server is a parsed SMTPConfig.URL.
type server struct {
	host, port     string
	user, password string // both or neither
	from           string
	implicit       bool // TLS from the first byte (RFC 8314)
	starttls       bool // TLS by command (RFC 3207), before a password or a message is sent
}

// parseServer parses a URL of the form that [SMTPConfig] describes. Its errors hold no
// part of the URL. Those of package url are dropped, because they quote it with its
// password.
func parseServer(raw string) (server, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return server{}, errors.New(
			"the URL cannot be parsed; write % and other special characters of user and password as %XX")
	}
	s := server{host: u.Hostname(), port: u.Port()}
	switch u.Scheme {
	case "smtp":
		s.port = defaulted(s.port, "587")
	case "smtps":
		s.port, s.implicit = defaulted(s.port, "465"), true
	default:
		return server{}, errors.New("the URL is neither smtp nor smtps")
	}
	if n, err := strconv.ParseUint(s.port, 10, 16); err != nil || n == 0 {
		return server{}, errors.New("the URL's port is not 1 to 65535")
	}
	switch {
	case s.host == "":
		return server{}, errors.New("the URL has no host")
	case u.Path != "" && u.Path != "/", u.Fragment != "":
		return server{}, errors.New("the URL has a path or a fragment, which mean nothing here")
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
		if s.user == "" || s.password == "" {
			return server{}, errors.New("the URL has a user without a password, or the reverse")
		}
	}
	return s, s.parseQuery(u.RawQuery)
}

// parseQuery sets from and starttls by the URL's query. Each parameter may be given
// once, and others are an error.
func (s *server) parseQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return errors.New("the URL's query cannot be parsed")
	}
	for name, values := range query {
		if name != "from" && name != "tls" || len(values) != 1 {
			return errors.New("the URL's query has a parameter besides from and tls, or one of them twice")
		}
	}
	s.from = query.Get("from")
	secret := s.user != ""
	// By default, codes and passwords leave the machine only over TLS.
	s.starttls = !s.implicit && (secret || !isLoopback(s.host))
	switch query.Get("tls") {
	case "required":
		s.starttls = !s.implicit
	case "off":
		if secret || s.implicit {
			return errors.New("the URL turns TLS off but has a password, or is smtps")
		}
		s.starttls = false
	default:
		if query.Has("tls") {
			return errors.New("the URL's tls is neither required nor off")
		}
	}
	return nil
}

// defaulted returns s, or otherwise if s is empty.
func defaulted(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// isLoopback reports whether host always is this machine: a loopback address, or
// localhost (RFC 6761, 6.3).
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

func (s server) address() string { return net.JoinHostPort(s.host, s.port) }
