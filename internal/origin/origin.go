// Package origin checks that a web origin has the form in which browsers send it.
//
// A request's origin is compared with the allowed ones as text. So the list of allowed
// origins is checked at the start: a form that no browser sends is an error with a reason.
package origin

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Check returns an error unless origin has the form in which browsers send the header
// Origin (RFC 6454, section 6.2): scheme http or https, host in lower case, the port without
// leading zeros and only if it is not the scheme's default, and nothing after that. Origins
// are compared as text, so any other form would never match. "null" is refused: every
// sandboxed frame and every local file has it.
func Check(origin string) error {
	// The messages are for an operator that has copied an origin from a browser's address bar.
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("not an origin such as https://www.example.com")
	}
	if origin != u.Scheme+"://"+u.Host {
		return errors.New("an origin ends with its host or port")
	}
	if strings.HasSuffix(origin, ":") || u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return fmt.Errorf("an origin leaves the port of %s out", u.Scheme)
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" &&
		(err != nil || port == 0 || strconv.FormatUint(port, 10) != u.Port()) {
		return errors.New("the port of an origin is 1 to 65535, without leading zeros")
	}
	return checkHost(u.Hostname(), strings.Contains(u.Host, "["))
}

// domain matches a host name in the letters that browsers send, without empty labels. It
// refuses a last dot, although browsers do send it: example.com. is another origin than
// example.com, and nearly always a mistake.
var domain = regexp.MustCompile(`^[0-9a-z_-]+(\.[0-9a-z_-]+)*$`)

// checkHost returns an error for a host that browsers write in another way (WHATWG
// URL, section 3.5). They read a host whose last label is a number as an IPv4 address.
func checkHost(host string, bracketed bool) error {
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, notDecimal := strconv.ParseUint(last, 10, 64)
	switch addr, err := netip.ParseAddr(host); {
	case bracketed && (err != nil || !addr.Is6() || addr.Zone() != "" || serializedIPv6(addr) != host):
		return errors.New("the IPv6 address of an origin is in its shortest form, such as [2001:db8::1]")
	case bracketed:
		return nil
	case !domain.MatchString(host) || len(host) > 253:
		return errors.New("an origin is one host in lower case ASCII, without patterns and without a last dot")
	case err != nil && (notDecimal == nil || strings.HasPrefix(last, "0x")):
		return errors.New("the IPv4 address of an origin is four decimal numbers")
	}
	return nil
}

// serializedIPv6 returns an address as browsers write it: an IPv4 address within it is
// hexadecimal, too.
func serializedIPv6(addr netip.Addr) string {
	if !addr.Is4In6() {
		return addr.String()
	}
	b := addr.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15]))
}
