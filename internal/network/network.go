// Package network names the networks of clients, by which tries, messages and challenges are
// counted. Addresses are too many to count by: an IPv6 client chooses a new one at will.
package network

import "net/netip"

// Origin has the networks of a client, at two widths. Subnet is empty if the address is
// not public, and both are empty if it is not known.
type Origin struct {
	Subnet  string // IPv4 /24 or IPv6 /64; empty for addresses that are not public
	Network string // IPv4 /24 or IPv6 /48; IPv6 /64 if Subnet is empty
}

// Narrow is the subnet, or the network where there is no subnet.
func (o Origin) Narrow() string {
	if o.Subnet != "" {
		return o.Subnet
	}
	return o.Network
}

// Around is the network around the subnet of a public IPv6 client, its /48, and "" for other clients.
// One customer may have all 65,536 subnets of a /48.
func (o Origin) Around() string {
	if o.Subnet == "" || o.Subnet == o.Network {
		return ""
	}
	return o.Network
}

// OriginOf returns the networks of a client. The subnet of an IPv6 client is its /64: every
// customer has at least that (RFC 6177). A customer with a /48 does not count as 65,536 clients,
// because the network, its /48, is counted as well. If the address is not public, the network of
// an IPv6 client is its /64, too: method Narrow returns it, and failed logins are counted by /64.
func OriginOf(client netip.Addr) Origin {
	subnet := Public(client, 24, 64)
	if subnet == "" {
		return Origin{Network: prefixOf(client.Unmap(), 24, 64)}
	}
	return Origin{Subnet: subnet, Network: prefixOf(client.Unmap(), 24, 48)}
}

// Public returns the network of a public address, by its leading bits; with 0 bits it
// returns "". For an address that is not public it returns "", too: such a client comes from
// the operator's own network, or through a proxy that does not forward the addresses of its
// clients, so that one address stands for many people. A public network is stable enough to bind
// a captcha to it: a carrier's NAT uses one address for all connections of a customer (RFC 6888,
// REQ-2), and a mobile phone has a /64 of its own (RFC 6459).
func Public(client netip.Addr, ipv4Bits, ipv6Bits int) string {
	// An IPv4 client of an IPv6 socket has an address such as ::ffff:192.0.2.1.
	client = client.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598
	if !client.IsGlobalUnicast() || client.IsPrivate() || shared.Contains(client) {
		return ""
	}
	return prefixOf(client, ipv4Bits, ipv6Bits)
}

// prefixOf returns the prefix of an address with the given bits, or "" for 0 bits and for the
// zero address.
func prefixOf(client netip.Addr, ipv4Bits, ipv6Bits int) string {
	bits := ipv6Bits
	if client.Is4() {
		bits = ipv4Bits
	}
	prefix, err := client.Prefix(bits)
	if err != nil || bits == 0 || !prefix.IsValid() {
		return ""
	}
	return prefix.String()
}
