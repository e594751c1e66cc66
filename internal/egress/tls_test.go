package egress_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// selfSigned makes a certificate for 127.0.0.1, changed as a test wants, and a client that trusts it.
func selfSigned(t *testing.T, change func(*x509.Certificate)) (tls.Certificate, egress.Config) {
	t.Helper()

	template := &x509.Certificate{
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		NotAfter:              time.Now().Add(time.Hour),
		NotBefore:             time.Now().Add(-time.Hour),
		SerialNumber:          big.NewInt(1),
	}
	change(template)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)

	config := loopback()
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, config
}

func unchanged(*x509.Certificate) {}

func TestClient_Do_TLS(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		change  func(*x509.Certificate)
		server  func(*tls.Config)
		client  func(*egress.Config)
		message string // "" when the request succeeds
	}{
		{name: "1.2", server: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }},
		{name: "1.3"},
		{
			name:    "1.1",
			server:  func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			message: "TLS handshake failed",
		},
		{
			name:    "another application protocol",
			server:  func(c *tls.Config) { c.NextProtos = []string{"smtp"} },
			message: "TLS handshake failed",
		},
		{
			name:    "client certificate required",
			server:  func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert },
			message: "TLS connection aborted",
		},
		{
			name:    "expired certificate",
			change:  func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) },
			message: "certificate has expired or is not yet valid",
		},
		{
			name:    "future certificate",
			change:  func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) },
			message: "certificate has expired or is not yet valid",
		},
		{
			name:    "other host's certificate",
			change:  func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} },
			message: "certificate is not valid for this host name",
		},
		{
			name:    "unknown authority",
			client:  func(c *egress.Config) { c.RootCAs = x509.NewCertPool() },
			message: "certificate is signed by an unknown authority",
		},
		{
			name:    "unknown authority, by the system's list",
			client:  func(c *egress.Config) { c.RootCAs = nil },
			message: "certificate is signed by an unknown authority",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if tt.change == nil {
				tt.change = unchanged
			}
			certificate, config := selfSigned(t, tt.change)
			if tt.client != nil {
				tt.client(&config)
			}
			serverConfig := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
			if tt.server != nil {
				tt.server(serverConfig)
			}
			listener := tls.NewListener(listen(t), serverConfig)
			server := &http.Server{
				Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
				ReadHeaderTimeout: generous,
			}
			stopped := make(chan error, 1)
			go func() { stopped <- server.Serve(listener) }()
			t.Cleanup(func() {
				_ = server.Close()
				require.ErrorIs(t, <-stopped, http.ErrServerClosed)
			})

			result := post(t, newClient(t, config, egress.TestOptions{}), "https://"+listener.Addr().String(), nil)
			if tt.message == "" {
				requireOK(t, result)
				return
			}
			requireError(t, result, egress.CodeTLS, tt.message)
			require.NotNil(t, result.Timings.TLS)
			require.Nil(t, result.Response)
		})
	}
}

func TestClient_Do_TLSHandshakeGoesWrong(t *testing.T) {
	t.Parallel()

	const short = 500 * time.Millisecond
	tests := []struct {
		name              string
		handle            func(net.Conn)
		limit, limitOfTLS time.Duration
		code              egress.ErrorCode
		message           string
	}{
		{"closed", orderly, generous, generous, egress.CodeTLS, "TLS handshake failed"},
		{
			"HTTP instead", func(conn net.Conn) {
				_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
				holdOn(conn)
			}, generous, generous, egress.CodeTLS, "receiver does not speak TLS",
		},
		{
			"never until the deadline", holdOn, short, generous,
			egress.CodeTimeout, "timed out after 500ms while negotiating TLS",
		},
		{"never until the limit for TLS", holdOn, generous, short, egress.CodeTLS, "TLS handshake timed out"},
		{
			"reset", func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				reset(conn)
			}, generous, generous, egress.CodeTLS, "TLS handshake failed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, loopback(), egress.TestOptions{TLSTimeout: tt.limitOfTLS})
			result := client.Do(t.Context(), egress.Request{
				Method: http.MethodPost, Timeout: tt.limit, URL: "https://" + serveRaw(t, listen(t), tt.handle),
			})
			requireError(t, result, tt.code, tt.message)
		})
	}
}
