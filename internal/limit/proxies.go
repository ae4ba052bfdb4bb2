package limit

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Bounds of what is read of X-Forwarded-For. Real chains of proxies are shorter; a
// longer header was sent by the client to cost time.
const (
	maxEntries = 32 // from the right, over all header lines
	maxEntry   = 64 // bytes; the longest address with zone and port is shorter
)

// Proxies is a set of networks whose X-Forwarded-For header is trusted. The zero
// value trusts none, which is right if clients connect directly: any client can send
// the header, and if it were trusted, a client could have another address, and so
// another rate limit, for each request (ASVS 4.1.3, 15.3.4).
type Proxies struct{ trusted []netip.Prefix }

// ParseProxies parses networks (10.0.0.0/8, fd00::/8) and addresses, separated by
// commas or spaces. The list may be empty. Networks that hold all public addresses of
// a family, alone or together, are an error, because every client could then choose
// its address. An error about a single entry gives its position in the list.
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
	for family, all := range everybody {
		if covers(slices.Concat(p.trusted, all.private), all.network) {
			return Proxies{}, fmt.Errorf("limit: trusted proxies: together they are all public %s addresses, %s",
				family, "so every client could choose its address")
		}
	}
	return p, nil
}

// everybody has, for each family, the network that holds every public address, and the
// networks within it that hold none (RFC 6890). All public IPv6 addresses that have been
// given out are in 2000::/3 (RFC 4291, section 2.4).
var everybody = map[string]struct {
	network netip.Prefix
	private []netip.Prefix
}{
	"IPv4": {netip.MustParsePrefix("0.0.0.0/0"), []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	}},
	"IPv6": {netip.MustParsePrefix("2000::/3"), nil},
}

// covers reports whether the networks together hold every address of whole. It halves
// whole until each part is in one of the networks or outside all of them.
func covers(networks []netip.Prefix, whole netip.Prefix) bool {
	var within []netip.Prefix
	for _, n := range networks {
		switch {
		case !n.Overlaps(whole):
		case n.Bits() <= whole.Bits():
			return true
		default:
			within = append(within, n)
		}
	}
	if len(within) == 0 {
		return false
	}
	low, high := halves(whole)
	return covers(within, low) && covers(within, high) // check: proxies-halves
}

// halves returns the two networks that make up a network of more than one address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits()
	bytes := p.Addr().AsSlice()
	bytes[bits/8] |= 0x80 >> (bits % 8)
	addr, _ := netip.AddrFromSlice(bytes) // cannot fail: bytes has the length of an address
	return netip.PrefixFrom(p.Addr(), bits+1), netip.PrefixFrom(addr, bits+1)
}

// UnmarshalText implements [encoding.TextUnmarshaler], for settings, by
// [ParseProxies].
func (p *Proxies) UnmarshalText(text []byte) (err error) {
	*p, err = ParseProxies(string(text))
	return err
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		if addr.Zone() != "" {
			return netip.Prefix{}, errors.New("an address with a zone, which is ignored here: leave it out")
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
		return netip.Prefix{}, errors.New("that is the network of all addresses, so every client could choose its address")
	case prefix.Masked() != prefix:
		return netip.Prefix{}, fmt.Errorf("an address within a network; for the whole network write %s", prefix.Masked())
	}
	return prefix, nil
}

// Client returns the address of the client that sent a request. If the peer is not
// trusted, it is the peer's address. If the peer is trusted, X-Forwarded-For is read
// from right to left, up to the first address that is not trusted: each proxy appends
// the address of its own peer, and the client could have forged all entries further
// left.
//
// The reading ends at an entry that is not an address, and after maxEntries entries: the
// result is then the address that was read last. A trusted peer without the header is
// the client itself.
//
// remoteAddr is as in [http.Request]. The result has no zone and is never an
// IPv4-mapped address. It is invalid if remoteAddr is not an IP address, as on a
// Unix socket.
func (p Proxies) Client(remoteAddr string, header http.Header) netip.Addr {
	client, _ := parseEntry(remoteAddr)
	if !p.trusts(client) { // check: forwarded-peer
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
				continue // empty list elements are ignored (RFC 9110, 5.6.1.2)
			}
			next, ok := parseEntry(entry)
			if !ok {
				return client
			}
			if client = next; !p.trusts(client) { // check: forwarded-rightmost
				return client
			}
		}
	}
	return client
}

// Behind reports whether a connection comes from a trusted proxy. remoteAddr is that of http.Request.
func (p Proxies) Behind(remoteAddr string) bool {
	peer, _ := parseEntry(remoteAddr)
	return p.trusts(peer)
}

func (p Proxies) trusts(addr netip.Addr) bool {
	for _, prefix := range p.trusted {
		if prefix.Contains(addr) { // check: forwarded-trusted
			return true
		}
	}
	return false
}

// cutLast splits the last element off a comma-separated list. more is false if that
// was the only one.
func cutLast(list string) (rest, last string, more bool) {
	comma := strings.LastIndexByte(list, ',')
	last = strings.Trim(list[comma+1:], " \t")
	if comma < 0 {
		return "", last, false
	}
	return list[:comma], last, true
}

// parseEntry parses an address with or without a port, and an IPv6 address with or
// without brackets. Proxies write all these forms.
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
