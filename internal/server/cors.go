package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// The headers that scripts of an allowed origin may send and read, besides those that the
// Fetch standard always allows. Access-Control-Allow-Credentials is not sent: cookies are for
// pages of our own origin only (cookie.go).
const (
	// The last two are sent by the reference's app with each call, and are ignored.
	corsRequestHeaders = "Accept-Language, Authorization, Content-Type, Idempotency-Key, Site-Id, Token, " +
		"Version, X-Requested-With"
	corsAnswerHeaders = "Content-Language, Retry-After, Update-Token, X-Request-Id"
	// How long a browser may cache a preflight, in seconds: Chromium's maximum.
	corsMaxAge = "7200"
)

// origins are the web origins whose scripts may call the operations. The map does not
// change after newOrigins.
type origins map[string]bool

// newOrigins returns the set of the allowed origins.
func newOrigins(allowed []string) origins {
	o := make(origins, len(allowed))
	for _, one := range allowed {
		o[one] = true
	}
	return o
}

// CheckOrigin returns an error unless origin has the form in which browsers send the header
// Origin (RFC 6454, section 6.2): scheme http or https, host in lower case, the port without
// leading zeros and only if it is not the scheme's default, and nothing after that. Origins
// are compared as text, so any other form would never match. "null" is refused: every
// sandboxed frame and every local file has it.
func CheckOrigin(origin string) error {
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
	return checkOriginHost(u.Hostname(), strings.Contains(u.Host, "["))
}

// domain matches a host name in the letters that browsers send, without empty labels. It
// refuses a last dot, although browsers do send it: example.com. is another origin than
// example.com, and nearly always a mistake.
var domain = regexp.MustCompile(`^[0-9a-z_-]+(\.[0-9a-z_-]+)*$`)

// checkOriginHost returns an error for a host that browsers write in another way (WHATWG
// URL, section 3.5). They read a host whose last label is a number as an IPv4 address.
func checkOriginHost(host string, bracketed bool) error {
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

// cors lets scripts of the allowed origins call the operations and read every answer,
// refusals included (Fetch standard, section 3.2). If no origin is allowed, it does
// nothing. It never refuses a request: a browser keeps the answer from scripts of other
// origins, and clients that are no browsers are not subject to CORS.
func (s *server) cors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req, h := ec.Request(), ec.Response().Header()
		// echo sets this key if the path exists and the method does not. A preflight is such
		// a request, because the contract has no OPTIONS.
		methods, unlisted := ec.Get(echo.ContextKeyHeaderAllow).(string)
		wanted := req.Header.Get("Access-Control-Request-Method")
		preflight := unlisted && req.Method == http.MethodOptions && wanted != ""
		c := callOf(req.Context())
		op := c.op
		if preflight {
			op = s.contract.Operation(wanted, ec.Path())
		}
		if len(s.origins) == 0 || !c.api && op == nil {
			return next(ec)
		}
		// On every answer, so that no cache serves one origin the answer to another. It is
		// added last, because others set Vary as well.
		ec.Response().Before(func() { h.Add("Vary", "Origin") }) // check: cors-vary
		// A browser sends one Origin. Other clients may send anything, and gain nothing.
		sent := req.Header.Get("Origin")
		if !s.origins[sent] { // check: cors-origin
			return next(ec)
		}
		h.Set("Access-Control-Allow-Origin", sent)
		if !preflight {
			h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
			return next(ec)
		}
		h.Set("Access-Control-Allow-Methods", withoutOptions(methods))
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		return ec.NoContent(http.StatusNoContent)
	}
}
