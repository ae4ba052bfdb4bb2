package account

import "net/netip"

// OriginOf tells where a client is in the network. The subnet of an IPv6 client is its /64,
// which is what one customer has at least (RFC 6177); one that holds a /48 does not pass for
// 65,536 clients, since the network is counted as well. Where clients are not told apart, the
// network of an IPv6 client is its /64 too: it is what tries at passwords are counted by.
func OriginOf(client netip.Addr) Origin {
	subnet := publicNetwork(client, 24, 64)
	if subnet == "" {
		return Origin{Network: network(client.Unmap(), 24, 64)}
	}
	return Origin{Subnet: subnet, Network: network(client.Unmap(), 24, 48)}
}

// publicNetwork is the network that a public address is in, given the leading bits that name
// it: none of them count if there are 0. Addresses that are not public are not told apart:
// such a client comes by a proxy that does not name its clients, so that one address stands
// for many people, or from the operator's own network. Carriers give a customer behind their
// NAT the same address each time (RFC 6888, REQ-2), and a phone a /64 of its own (RFC 6459).
func publicNetwork(client netip.Addr, ipv4Bits, ipv6Bits int) string {
	client = client.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598
	if !client.IsGlobalUnicast() || client.IsPrivate() || shared.Contains(client) {
		return ""
	}
	return network(client, ipv4Bits, ipv6Bits)
}

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
