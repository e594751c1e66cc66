package egress

import (
	"net/netip"
)

// embeddedV4 returns the IPv4 addresses that a gateway may take out of an IPv6 address, several where the
// address alone does not tell its layout, and none for IPv4 addresses.
func embeddedV4(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}

	b := addr.As16()
	at := func(i, j, k, l int) netip.Addr { return netip.AddrFrom4([4]byte{b[i], b[j], b[k], b[l]}) }
	startsWith := func(prefix string) bool { return netip.MustParsePrefix(prefix).Contains(addr) }

	switch {
	case addr.Is4In6(),
		startsWith("::/96"),           // IPv4-compatible, RFC 4291 section 2.5.5.1
		startsWith("::ffff:0:0:0/96"), // IPv4-translated, RFC 2765 section 2.1
		startsWith("64:ff9b::/96"):    // NAT64, RFC 6052 section 2.1
		return []netip.Addr{at(12, 13, 14, 15)}

	case startsWith("64:ff9b:1::/48"): // local NAT64, RFC 8215, in each layout of RFC 6052 section 2.2
		return []netip.Addr{at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), at(12, 13, 14, 15)}

	case startsWith("2002::/16"): // 6to4, RFC 3056
		return []netip.Addr{at(2, 3, 4, 5)}

	case startsWith("2001::/32"): // Teredo, RFC 4380 section 4: the server, and the client with its bits flipped
		client := netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
		return []netip.Addr{at(4, 5, 6, 7), client}
	}
	return nil
}
