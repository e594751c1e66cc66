package egress_test

import (
	"encoding/binary"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func prefixes(texts ...string) []netip.Prefix {
	var parsed []netip.Prefix
	for _, text := range texts {
		parsed = append(parsed, netip.MustParsePrefix(text))
	}
	return parsed
}

// private is what an operator with an own network may allow; open is a mistake to make.
func private() egress.Config {
	return egress.Config{AllowedPrefixes: prefixes("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12",
		"192.168.0.0/16", "::1/128", "fc00::/7", "64:ff9b::/96")}
}

func open() egress.Config {
	return egress.Config{AllowedPrefixes: prefixes("0.0.0.0/0", "::/0"), AnyPort: true}
}

// forms returns an IPv4 address in each IPv6 form that a gateway may unpack.
func forms(text string) map[string]netip.Addr {
	v4 := netip.MustParseAddr(text).As4()
	with := func(prefix string, put func(b *[16]byte)) netip.Addr {
		b := netip.MustParseAddr(prefix).As16()
		put(&b)
		return netip.AddrFrom16(b)
	}
	last := func(b *[16]byte) { copy(b[12:], v4[:]) }
	return map[string]netip.Addr{
		"6to4":            with("2002::1", func(b *[16]byte) { copy(b[2:], v4[:]) }),
		"IPv4-compatible": with("::", last),
		"IPv4-mapped":     with("::ffff:0:0", last),
		"IPv4-translated": with("::ffff:0:0:0", last),
		"NAT64":           with("64:ff9b::", last),
		"NAT64, local /48": with("64:ff9b:1::", func(b *[16]byte) {
			b[6], b[7], b[9], b[10] = v4[0], v4[1], v4[2], v4[3]
		}),
		"NAT64, local /56": with("64:ff9b:1:ab00::", func(b *[16]byte) {
			b[7], b[9], b[10], b[11] = v4[0], v4[1], v4[2], v4[3]
		}),
		"NAT64, local /64": with("64:ff9b:1:abcd::", func(b *[16]byte) { copy(b[9:], v4[:]) }),
		"NAT64, local /96": with("64:ff9b:1:abcd::", last),
		"Teredo client": with("2001:0:808:808::", func(b *[16]byte) {
			binary.BigEndian.PutUint32(b[12:], ^binary.BigEndian.Uint32(v4[:]))
		}),
		"Teredo server": with("2001::", func(b *[16]byte) { copy(b[4:], v4[:]) }),
	}
}

func TestGuard_NeverAllowsMetadata(t *testing.T) {
	t.Parallel()

	v4 := []string{
		"100.100.100.200", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255",
		"192.0.0.192",
	}
	v6 := []string{
		"fd00:42::42", "fd00:c1::a9fe:a9fe", "fd00:ec2::23", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0",
		"fe80::a9fe:a9fe", "febf:ffff::1",
	}

	addrs := map[string]netip.Addr{}
	for _, text := range append(v4, v6...) {
		addrs[text] = netip.MustParseAddr(text)
	}
	for _, text := range v4 {
		for form, addr := range forms(text) {
			addrs[text+" as "+form] = addr
		}
	}
	require.Len(t, addrs, len(v4)*12+len(v6))

	for name, addr := range addrs {
		for setting, config := range map[string]egress.Config{
			"default": {}, "private allowed": private(), "everything allowed": open(),
		} {
			for _, port := range []uint16{80, 443} {
				require.False(t, egress.Allows(config, netip.AddrPortFrom(addr, port)), "%s, %s", name, setting)
			}
		}
	}
}

func TestGuard_Ranges(t *testing.T) {
	t.Parallel()

	tests := []struct {
		addr               string
		byDefault, private bool
	}{
		// IPv4, first and last address of each special range and its neighbours (RFC 6890 and successors).
		{"0.0.0.0", false, false},
		{"0.255.255.255", false, false},
		{"1.0.0.0", true, true},
		{"8.8.8.8", true, true},
		{"9.255.255.255", true, true},
		{"10.0.0.0", false, true},
		{"10.255.255.255", false, true},
		{"11.0.0.0", true, true},
		{"100.63.255.255", true, true},
		{"100.64.0.0", false, true},
		{"100.127.255.255", false, true},
		{"100.128.0.0", true, true},
		{"126.255.255.255", true, true},
		{"127.0.0.1", false, true},
		{"127.255.255.255", false, true},
		{"128.0.0.0", true, true},
		{"168.63.129.15", true, true},
		{"168.63.129.17", true, true},
		{"169.253.255.255", true, true},
		{"169.255.0.0", true, true},
		{"172.15.255.255", true, true},
		{"172.16.0.0", false, true},
		{"172.31.255.255", false, true},
		{"172.32.0.0", true, true},
		{"192.0.0.1", false, false},
		{"192.0.2.1", false, false},
		{"192.88.99.1", false, false},
		{"192.167.255.255", true, true},
		{"192.168.0.1", false, true},
		{"192.168.255.255", false, true},
		{"192.169.0.0", true, true},
		{"198.17.255.255", true, true},
		{"198.18.0.0", false, false},
		{"198.19.255.255", false, false},
		{"198.51.100.1", false, false},
		{"203.0.113.1", false, false},
		{"223.255.255.255", true, true},
		{"224.0.0.1", false, false},
		{"239.255.255.255", false, false},
		{"240.0.0.1", false, false},
		{"255.255.255.255", false, false},

		// IPv6.
		{"::", false, false},
		{"::1", false, true},
		{"::1%lo", false, true},
		{"100::1", false, false},
		{"2001:db8::1", false, false},
		{"2001:20::1", false, false},
		{"2001:4860:4860::8888", true, true},
		{"2606:4700::1111", true, true},
		{"2620:4f:8000::1", false, false},
		{"3ffe::1", true, true},
		{"3fff::1", false, false},
		{"4000::1", false, false},
		{"5f00::1", false, false},
		{"fc00::1", false, true},
		{"fd12:3456::1", false, true},
		{"fdff:ffff::1", false, true},
		{"fec0::1", false, false},
		{"ff02::1", false, false},

		// IPv4 inside IPv6. The mapped form is the IPv4 address itself on the wire.
		{"::7f00:1", false, false},
		{"::ffff:8.8.8.8", true, true},
		{"::ffff:10.0.0.1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"::ffff:198.18.0.1", false, false},
		{"::ffff:0:8.8.8.8", false, false},
		{"64:ff9b::8.8.8.8", false, true},
		{"64:ff9b::198.18.0.1", false, false},
		{"64:ff9b:1::8.8.8.8", false, false},
		{"2001:0:4136:e378:8000:63bf:3fff:fdd2", false, false},
		{"2002:808:808::1", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.addr, func(t *testing.T) {
			t.Parallel()

			destination := netip.AddrPortFrom(netip.MustParseAddr(tt.addr), 443)
			require.Equal(t, tt.byDefault, egress.Allows(egress.Config{}, destination), "by default")
			require.Equal(t, tt.private, egress.Allows(private(), destination), "private allowed")
		})
	}
}

func TestGuard_JudgesWhatNAT64Unpacks(t *testing.T) {
	t.Parallel()

	only := egress.Config{AllowedPrefixes: prefixes("64:ff9b::/96")}
	require.True(t, egress.Allows(only, netip.MustParseAddrPort("[64:ff9b::8.8.8.8]:443")))
	require.False(t, egress.Allows(only, netip.MustParseAddrPort("[64:ff9b::10.0.0.1]:443")))
	require.False(t, egress.Allows(only, netip.MustParseAddrPort("[64:ff9b::127.0.0.1]:443")))
}

func TestGuard_Ports(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		config egress.Config
		want   map[uint16]bool
	}{
		{"default", egress.Config{}, map[uint16]bool{0: false, 22: false, 80: true, 443: true, 8443: false}},
		{"empty list", egress.Config{AllowedPorts: []uint16{}}, map[uint16]bool{22: false, 80: true, 443: true}},
		{
			"one more",
			egress.Config{AllowedPorts: []uint16{8443}},
			map[uint16]bool{22: false, 80: true, 443: true, 8443: true},
		},
		{"any", egress.Config{AnyPort: true}, map[uint16]bool{22: true, 80: true, 65535: true}},
		{
			"any beside a list",
			egress.Config{AllowedPorts: []uint16{8443}, AnyPort: true},
			map[uint16]bool{22: true, 80: true, 8443: true},
		},
		{"allowed prefix", private(), map[uint16]bool{22: false, 80: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for port, want := range tt.want {
				destination := netip.AddrPortFrom(netip.MustParseAddr("8.8.8.8"), port)
				require.Equal(t, want, egress.Allows(tt.config, destination), port)
			}
		})
	}
}

func TestClient_Do_TellsNothingAboutBlockedDestinations(t *testing.T) {
	t.Parallel()

	var reached int
	server := newServer(t, func(http.ResponseWriter, *http.Request) { reached++ })
	port := netip.MustParseAddrPort(server.Listener.Addr().String()).Port()

	blocked := map[string]egress.Result{}
	for _, host := range []string{
		"0.0.0.0", "10.1.2.3", "127.0.0.1", "169.254.169.254", "::", "::1", "::ffff:127.0.0.1",
	} {
		config := egress.Config{AllowedPorts: []uint16{port}}
		url := "http://" + netip.AddrPortFrom(netip.MustParseAddr(host), port).String() + "/"
		blocked[host] = post(t, newClient(t, config, egress.TestOptions{}), url, nil)
	}
	blocked["port"] = post(t, newClient(t, egress.Config{AllowedPrefixes: prefixes("127.0.0.0/8")},
		egress.TestOptions{}), server.URL, nil)

	for name, result := range blocked {
		requireError(t, result, egress.CodeAddressBlocked, "destination not allowed")
		require.False(t, result.RemoteIP.IsValid(), name)
		require.Nil(t, result.Response, name)
	}
	require.Zero(t, reached)
}
