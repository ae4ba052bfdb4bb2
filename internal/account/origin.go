package account

import "net/netip"

// OriginOf returns the networks of a client. The subnet of an IPv6 client is its /64: every
// customer has at least that (RFC 6177). A customer with a /48 does not count as 65,536
// clients, because the network, its /48, is counted as well. Where clients are not told apart, the
// network of an IPv6 client is its /64 too: it is what tries at passwords are counted by.
func OriginOf(client netip.Addr) Origin {
	subnet := publicNetwork(client, 24, 64)
	if subnet == "" {
		return Origin{Network: network(client.Unmap(), 24, 64)}
	}
	return Origin{Subnet: subnet, Network: network(client.Unmap(), 24, 48)}
}

// publicNetwork returns the network of a public address, by its leading bits; with 0 bits it
// returns "". For an address that is not public it returns "", too: such a client comes from
// the operator's own network, or through a proxy that does not name its clients, so that one
// address stands for many people. Public addresses are stable: a carrier's NAT gives a
// customer the same address each time (RFC 6888, REQ-2), and a mobile phone has a /64 of its
// own (RFC 6459).
func publicNetwork(client netip.Addr, ipv4Bits, ipv6Bits int) string {
	// An IPv4 client of an IPv6 socket has an address such as ::ffff:192.0.2.1.
	client = client.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598
	if !client.IsGlobalUnicast() || client.IsPrivate() || shared.Contains(client) {
		return ""
	}
	return network(client, ipv4Bits, ipv6Bits)
}

// network returns the prefix of an address with so many bits, or "" for 0 bits and for the
// zero address.
func network(client netip.Addr, ipv4Bits, ipv6Bits int) string {
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
