package limit

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The bounds of what is read of X-Forwarded-For. Chains of proxies are short;
// what is longer was made up.
const (
	maxEntries = 32 // from the right, over all header lines
	maxEntry   = 64 // bytes; the longest address with zone and port is shorter
)

// Proxies are the networks whose word counts when they say for whom they speak. The
// zero value trusts nobody, which is right where clients connect directly: anyone
// can write an X-Forwarded-For, and whoever is believed has an address for each
// request (ASVS 4.1.3, 15.3.4).
type Proxies struct{ trusted []netip.Prefix }

// ParseProxies reads networks (10.0.0.0/8, fd00::/8) and addresses, separated by
// commas or spaces; none is fine. Trusting everybody is refused, since that lets
// each client name its own address. Errors give the entry's place in the list.
func ParseProxies(list string) (Proxies, error) {
	var p Proxies
	entries := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	for i, entry := range entries {
		prefix, err := parsePrefix(entry)
		if err != nil {
			return Proxies{}, fmt.Errorf("limit: trusted proxy %d: %w", i+1, err)
		}
		p.trusted = append(p.trusted, prefix)
	}
	return p, nil
}

// UnmarshalText makes Proxies a setting; see [ParseProxies].
func (p *Proxies) UnmarshalText(text []byte) (err error) {
	*p, err = ParseProxies(string(text))
	return err
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		if addr.Zone() != "" {
			return netip.Prefix{}, errors.New("an address with a zone; zones do not count here, leave it out")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return netip.Prefix{}, errors.New("neither an address nor a network such as 10.0.0.0/8")
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, errors.New("write an IPv4 network as such, not within IPv6")
	case prefix.Bits() == 0:
		return netip.Prefix{}, errors.New("that is everybody, and everybody could choose an address")
	case prefix.Masked() != prefix:
		return netip.Prefix{}, fmt.Errorf("an address within a network; for the whole network write %s", prefix.Masked())
	}
	return prefix, nil
}

// Client is the address that a request came from: that of the peer, or, if the peer is
// a trusted proxy, the one that it names in X-Forwarded-For, and so on from right to
// left until an address is not trusted. What stands further left is the client's
// own word. An entry that is no address, and the end of the 32 that are read, end the
// walk at the last good one; a proxy that names nobody speaks for itself.
//
// remoteAddr is as in [http.Request]. The result has no zone, IPv4 is IPv4, and it is
// invalid if remoteAddr is no IP address, as on a Unix socket.
func (p Proxies) Client(remoteAddr string, header http.Header) netip.Addr {
	client, _ := parseEntry(remoteAddr)
	if !p.trusts(client) {
		return client
	}
	lines, left := header["X-Forwarded-For"], maxEntries
	for _, line := range slices.Backward(lines) {
		for more := true; more; left-- {
			if left == 0 {
				return client
			}
			var entry string
			line, entry, more = cutLast(line)
			if entry == "" {
				continue // RFC 9110, 5.6.1.2: an empty element says nothing
			}
			next, ok := parseEntry(entry)
			if !ok {
				return client
			}
			if client = next; !p.trusts(client) {
				return client
			}
		}
	}
	return client
}

func (p Proxies) trusts(addr netip.Addr) bool {
	for _, prefix := range p.trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// cutLast takes the last element from a comma-separated list.
func cutLast(list string) (rest, last string, more bool) {
	comma := strings.LastIndexByte(list, ',')
	last = strings.Trim(list[comma+1:], " \t")
	if comma < 0 {
		return "", last, false
	}
	return list[:comma], last, true
}

// parseEntry reads an address with or without port, and an IPv6 address with or
// without brackets: proxies write all of them.
func parseEntry(s string) (netip.Addr, bool) {
	if len(s) > maxEntry {
		return netip.Addr{}, false
	}
	var withPort netip.AddrPort
	var addr netip.Addr
	var err error
	switch bracket := strings.HasPrefix(s, "["); {
	case bracket && strings.HasSuffix(s, "]"):
		addr, err = netip.ParseAddr(s[1 : len(s)-1])
		if addr.Is4() {
			return netip.Addr{}, false
		}
	case bracket || strings.Count(s, ":") == 1:
		withPort, err = netip.ParseAddrPort(s)
		addr = withPort.Addr()
	default:
		addr, err = netip.ParseAddr(s)
	}
	return addr.WithZone("").Unmap(), err == nil
}
