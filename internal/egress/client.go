package egress

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Limits of the connection pool. They are per receiver host where the name says so.
const (
	maxConnsPerHost = 512              // at 100 ms per answer: 5,000 requests per second over HTTP/1.1
	maxIdleConns    = 4096             // of all hosts, to stay clear of the limit on open files
	maxClientTLS    = 256              // kept of those used last, each with a pool of its own
	idleTimeout     = 60 * time.Second // below the idle limits of common load balancers
)

// Parts of a request's deadline that one phase may use up.
const (
	dnsTimeout     = 3 * time.Second
	connectTimeout = 5 * time.Second // for looking up the name and connecting together
	tlsTimeout     = 5 * time.Second
)

// HTTP/2 lets the peer send ahead of what is read, by default 4 MiB per request and 1 GiB per connection.
const (
	maxAheadPerRequest = 128 << 10
	maxAheadPerConn    = 1 << 20
)

const defaultUserAgent = "Surehook"

// Config says where a [Client] may connect, and as whom. The zero value allows public addresses on the
// ports 80 and 443.
type Config struct {
	// AllowedPorts are the ports a receiver may listen on besides 80 and 443.
	AllowedPorts []uint16

	// AllowedPrefixes are address ranges that are reachable although they are not public, such as an own
	// network. Metadata services inside them stay out of reach. On an IPv6-only network, 64:ff9b::/96 opens
	// the way to public IPv4 addresses; an operator's own NAT64 prefix cannot be told from other addresses,
	// so its gateway has to keep metadata services out of reach.
	AllowedPrefixes []netip.Prefix

	// AnyPort lifts the restriction on ports.
	AnyPort bool

	// RootCAs are the authorities that a receiver's certificate may come from; nil means those of the system.
	RootCAs *x509.CertPool

	// UserAgent is sent unless a request brings its own. The default is "Surehook".
	UserAgent string
}

// Client sends requests. It is safe for concurrent use, and one client serves the whole process, so that
// connections are shared. Call [Client.Close] when done.
type Client struct {
	clientTLS *transports // for requests with a ClientTLS
	transport *http.Transport
	userAgent string
}

// options are what tests need to change.
type options struct {
	connectTimeout, dnsTimeout, tlsTimeout time.Duration
	resolver                               *net.Resolver
}

// New returns a client for the configuration.
func New(config Config) *Client {
	return newClient(config, options{
		connectTimeout: connectTimeout,
		dnsTimeout:     dnsTimeout,
		resolver:       net.DefaultResolver,
		tlsTimeout:     tlsTimeout,
	})
}

func newClient(config Config, opts options) *Client {
	dial := newDialer(newGuard(config), opts).dial

	return &Client{
		clientTLS: newTransports(maxClientTLS, func(clientTLS *ClientTLS) *http.Transport {
			return newTransport(dial, clientTLS.config(config.RootCAs), opts)
		}),
		transport: newTransport(dial, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: config.RootCAs}, opts),
		userAgent: cmp.Or(config.UserAgent, defaultUserAgent),
	}
}

func newTransport(dial dialFunc, config *tls.Config, opts options) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)

	return &http.Transport{
		DialContext:        dial,
		DisableCompression: true, // neither ask for gzip nor inflate it
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerConnection: maxAheadPerConn,
			MaxReceiveBufferPerStream:     maxAheadPerRequest,
			PingTimeout:                   5 * time.Second,
			SendPingTimeout:               15 * time.Second, // finds connections that died without a word
		},
		IdleConnTimeout:        idleTimeout,
		MaxConnsPerHost:        maxConnsPerHost,
		MaxIdleConns:           maxIdleConns,
		MaxIdleConnsPerHost:    maxConnsPerHost,
		MaxResponseHeaderBytes: MaxResponseHeaders,
		Protocols:              protocols,
		Proxy:                  nil, // not even from the environment
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    opts.tlsTimeout,
	}
}

// Close closes idle connections and stops dials nobody waits for. Requests under way go on, and their
// connections close after them.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
	c.clientTLS.close()
}
