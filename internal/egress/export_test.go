package egress

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// TestOptions replace what production takes from the system and the clock. Zero values keep the defaults.
type TestOptions struct {
	ConnectTimeout, DNSTimeout, TLSTimeout time.Duration
	Resolver                               *net.Resolver

	// MaxClientTLS is how many pools of their own are kept.
	MaxClientTLS int

	// WrapConn gets between a connection and what watches it.
	WrapConn func(net.Conn) net.Conn
}

// NewForTest is New with other options.
func NewForTest(config Config, test TestOptions) *Client {
	opts := options{
		connectTimeout: connectTimeout, dnsTimeout: dnsTimeout, tlsTimeout: tlsTimeout, resolver: net.DefaultResolver,
	}
	if test.ConnectTimeout > 0 {
		opts.connectTimeout = test.ConnectTimeout
	}
	if test.DNSTimeout > 0 {
		opts.dnsTimeout = test.DNSTimeout
	}
	if test.TLSTimeout > 0 {
		opts.tlsTimeout = test.TLSTimeout
	}
	if test.Resolver != nil {
		opts.resolver = test.Resolver
	}

	client := newClient(config, opts)
	if test.MaxClientTLS > 0 {
		client.clientTLS = newTransports(test.MaxClientTLS, client.clientTLS.build)
	}
	if test.WrapConn != nil {
		dial := client.transport.DialContext
		client.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			outer, err := dial(ctx, network, address)
			if err == nil {
				inner := outer.(*conn)
				inner.Conn = test.WrapConn(inner.Conn)
			}
			return outer, err
		}
	}
	return client
}

// Allows is the guard's verdict on one destination.
func Allows(config Config, destination netip.AddrPort) bool {
	return newGuard(config).allows(destination)
}

// ExplainDial is what a failed dial is reported as.
func ExplainDial(err error) Error { return *explainDial(err) }
