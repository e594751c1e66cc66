package egress

import (
	"context"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses may be dialled.
type guard struct {
	guardian *ssrf.Guardian
	metadata []netip.Prefix
	nat64    netip.Prefix
}

func newGuard(config Config) *guard {
	var v4, v6 []netip.Prefix
	for _, prefix := range config.AllowedPrefixes {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}

	// ssrf.WithPorts without a port means any port, so the two defaults are always part of the list.
	ports := ssrf.WithPorts(append([]uint16{80, 443}, config.AllowedPorts...)...)
	if config.AnyPort {
		ports = ssrf.WithAnyPort()
	}
	return &guard{
		guardian: ssrf.New(ports, ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)),
		metadata: metadataPrefixes(),
		nat64:    ssrf.IPv6NAT64Prefix,
	}
}

// metadataPrefixes are the services that hand out a machine's credentials to whoever can reach them. They
// are refused unconditionally, since allowing an own network must not open them: ssrf checks what is allowed
// before what is denied, and takes Azure's address for a public one.
func metadataPrefixes() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("100.100.100.200/32"),     // Alibaba Cloud
		netip.MustParsePrefix("168.63.129.16/32"),       // Azure WireServer
		netip.MustParsePrefix("169.254.0.0/16"),         // link-local: nearly everyone, container credentials too
		netip.MustParsePrefix("192.0.0.192/32"),         // Oracle Cloud, classic
		netip.MustParsePrefix("fd00:42::42/128"),        // Scaleway
		netip.MustParsePrefix("fd00:c1::a9fe:a9fe/128"), // Oracle Cloud
		netip.MustParsePrefix("fd00:ec2::/64"),          // AWS: instance metadata is ::254, EKS credentials ::23
		netip.MustParsePrefix("fd20:ce::254/128"),       // Google Cloud
		netip.MustParsePrefix("fe80::/10"),              // link-local
	}
}

// control is the hook of net.Dialer that sees the address after name resolution, before the first packet.
func (g *guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	destination, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") || !g.allows(destination) {
		return errBlocked()
	}
	return nil
}

func (g *guard) allows(destination netip.AddrPort) bool {
	// No prefix contains an address with a zone, or an IPv4 address in its IPv6 form.
	addr := destination.Addr().WithZone("").Unmap()

	embedded := embeddedV4(addr)
	if g.isMetadata(addr) || slices.ContainsFunc(embedded, g.isMetadata) {
		return false
	}

	// Who allows the NAT64 prefix means the public IPv4 internet, not what the gateway has in its back yard.
	if g.nat64.Contains(addr) && g.guardian.SafeAddr(embedded[0]) != nil {
		return false
	}
	return g.guardian.SafeAddrPort(netip.AddrPortFrom(addr, destination.Port())) == nil
}

func (g *guard) isMetadata(addr netip.Addr) bool {
	return slices.ContainsFunc(g.metadata, func(p netip.Prefix) bool { return p.Contains(addr) })
}
