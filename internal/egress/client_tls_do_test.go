package egress_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

// whoServer answers with the name in the client's certificate, or "nobody". It reports every connection that
// comes and goes.
type whoServer struct {
	*httptest.Server

	closed, opened chan net.Conn
}

func newWhoServer(t *testing.T, issuer *authority, h2 bool, change func(*httptest.Server)) *whoServer {
	t.Helper()

	who := &whoServer{closed: make(chan net.Conn, 100), opened: make(chan net.Conn, 100)}
	who.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		_, _ = io.WriteString(w, name)
	}))

	pair, err := tls.X509KeyPair(issuer.issue(t, "server"))
	require.NoError(t, err)
	who.TLS = &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.VerifyClientCertIfGiven,
		ClientCAs:    x509.NewCertPool(),
		MinVersion:   tls.VersionTLS12,
	}
	who.TLS.ClientCAs.AddCert(issuer.certificate)
	who.EnableHTTP2 = h2
	who.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			who.opened <- conn
		case http.StateClosed:
			who.closed <- conn
		default:
		}
	}
	if change != nil {
		change(who.Server)
	}
	who.StartTLS()
	t.Cleanup(who.Close)
	return who
}

// ask posts with the settings and returns the answer and whether the connection was new.
func ask(t *testing.T, client *egress.Client, url string, clientTLS *egress.ClientTLS) (answer string, fresh bool) {
	t.Helper()
	result := client.Do(t.Context(), egress.Request{
		Body: []byte("{}"), Method: http.MethodPost, Timeout: generous, TLS: clientTLS, URL: url,
	})
	requireOK(t, result)
	return string(result.Response.Body), result.Timings.Connect != nil
}

func trustingAuthority(issuer *authority) egress.Config {
	config := loopback()
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(issuer.certificate)
	return config
}

func TestClient_Do_NeverSharesConnectionsBetweenClientTLS(t *testing.T) {
	t.Parallel()

	for _, h2 := range []bool{false, true} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(fmt.Sprintf("HTTP/2 %t, %s", h2, tls.VersionName(version)), func(t *testing.T) {
				t.Parallel()

				issuer := newAuthority(t)
				server := newWhoServer(t, issuer, h2, func(s *httptest.Server) { s.TLS.MaxVersion = version })
				client := newClient(t, trustingAuthority(issuer), egress.TestOptions{})
				settings := map[string]*egress.ClientTLS{
					"nobody": nil, "one": issuer.client(t, "one"), "two": issuer.client(t, "two"),
				}

				for _, fresh := range []bool{true, false, false} {
					for name, clientTLS := range settings {
						got, gotFresh := ask(t, client, server.URL, clientTLS)
						require.Equal(t, name, got)
						require.Equal(t, fresh, gotFresh, "%s has a connection of its own", name)
					}
				}
				require.Len(t, server.opened, 3)
			})
		}
	}
}

func TestClient_Do_SharesNothingBetweenEqualClientTLS(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newWhoServer(t, issuer, true, nil)
	client := newClient(t, loopback(), egress.TestOptions{})
	certificate, key := issuer.issue(t, "client")
	for range 2 {
		clientTLS, err := egress.NewClientTLS(certificate, key, pemOf(issuer.certificate))
		require.NoError(t, err)
		got, fresh := ask(t, client, server.URL, clientTLS)
		require.Equal(t, "client", got)
		require.True(t, fresh)
	}
}

func TestClient_Do_ClientTLSDecidesWhomToTrust(t *testing.T) {
	t.Parallel()

	ours, theirs := newAuthority(t), newAuthority(t)
	certificate, key := ours.issue(t, "client")
	withoutCA, err := egress.NewClientTLS(certificate, key, nil)
	require.NoError(t, err)
	onlyCA, err := egress.NewClientTLS(nil, nil, pemOf(ours.certificate))
	require.NoError(t, err)
	otherCA, err := egress.NewClientTLS(certificate, key, pemOf(theirs.certificate))
	require.NoError(t, err)
	trusted, untrusting := trustingAuthority(ours), trustingAuthority(theirs)

	tests := []struct {
		name      string
		config    egress.Config
		clientTLS *egress.ClientTLS
		message   string
	}{
		{"the usual authorities without its own", trusted, withoutCA, ""},
		{"its own authority", untrusting, onlyCA, ""},
		{"not the usual ones beside its own", trusted, otherCA, "certificate is signed by an unknown authority"},
		{"no other one", untrusting, withoutCA, "certificate is signed by an unknown authority"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			server := newWhoServer(t, ours, false, nil)
			result := newClient(t, tt.config, egress.TestOptions{}).Do(t.Context(), egress.Request{
				Method: http.MethodPost, Timeout: generous, TLS: tt.clientTLS, URL: server.URL,
			})
			if tt.message == "" {
				requireOK(t, result)
				return
			}
			requireError(t, result, egress.CodeTLS, tt.message)
		})
	}
}

func TestClient_Do_ShowsCertificateToReceiverThatNamesOtherAuthorities(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newWhoServer(t, issuer, true, func(s *httptest.Server) {
		s.TLS.ClientAuth = tls.RequireAnyClientCert
		s.TLS.ClientCAs = x509.NewCertPool()
		s.TLS.ClientCAs.AddCert(newAuthority(t).certificate)
	})
	got, _ := ask(t, newClient(t, loopback(), egress.TestOptions{}), server.URL, issuer.client(t, "client"))
	require.Equal(t, "client", got)
}

func TestClient_Do_ReportsRefusedClientCertificate(t *testing.T) {
	t.Parallel()

	issuer, stranger := newAuthority(t), newAuthority(t)
	certificate, key := stranger.issue(t, "client")
	clientTLS, err := egress.NewClientTLS(certificate, key, pemOf(issuer.certificate))
	require.NoError(t, err)
	server := newWhoServer(t, issuer, false, func(s *httptest.Server) {
		s.TLS.ClientAuth = tls.RequireAndVerifyClientCert
		s.TLS.MaxVersion = tls.VersionTLS12 // where the verdict is part of the handshake
	})
	result := newClient(t, loopback(), egress.TestOptions{}).Do(t.Context(), egress.Request{
		Method: http.MethodPost, Timeout: generous, TLS: clientTLS, URL: server.URL,
	})
	requireError(t, result, egress.CodeTLS, "TLS handshake failed")
}

func TestClient_Do_ClientTLSIsUnderTheSameGuard(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newWhoServer(t, issuer, false, nil)
	client := newClient(t, egress.Config{AnyPort: true}, egress.TestOptions{})
	request := egress.Request{
		Method: http.MethodPost, Timeout: generous, TLS: issuer.client(t, "client"), URL: server.URL,
	}
	requireError(t, client.Do(t.Context(), request), egress.CodeAddressBlocked, "destination not allowed")
	require.Empty(t, server.opened)

	request.URL = "http://127.0.0.1:1/"
	result := client.Do(t.Context(), request)
	requireError(t, result, egress.CodeUnknown, "client TLS settings need an https URL")
	require.Nil(t, result.Header, "nothing was sent")
}

func TestClient_Do_ClosesConnectionsOfEvictedClientTLS(t *testing.T) {
	t.Parallel()

	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %t, idle", h2), func(t *testing.T) {
			t.Parallel()

			issuer := newAuthority(t)
			server := newWhoServer(t, issuer, h2, nil)
			client := newClient(t, loopback(), egress.TestOptions{MaxClientTLS: 2})
			one, two, three := issuer.client(t, "one"), issuer.client(t, "two"), issuer.client(t, "three")

			ask(t, client, server.URL, one)
			ask(t, client, server.URL, two)
			_, fresh := ask(t, client, server.URL, one) // so that two is what was not used for longest
			require.False(t, fresh)
			<-server.opened
			opened := <-server.opened
			require.Empty(t, server.closed)

			ask(t, client, server.URL, three)
			require.Same(t, opened, <-server.closed)
			_, fresh = ask(t, client, server.URL, one)
			require.False(t, fresh)
			_, fresh = ask(t, client, server.URL, two)
			require.True(t, fresh)
		})

		t.Run(fmt.Sprintf("HTTP/2 %t, in use", h2), func(t *testing.T) {
			t.Parallel()

			issuer := newAuthority(t)
			arrived, leave := make(chan struct{}), make(chan struct{})
			server := newWhoServer(t, issuer, h2, func(s *httptest.Server) {
				inner := s.Config.Handler
				s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.TLS.PeerCertificates[0].Subject.CommonName == "one" {
						arrived <- struct{}{}
						<-leave
					}
					inner.ServeHTTP(w, r)
				})
			})
			client := newClient(t, loopback(), egress.TestOptions{MaxClientTLS: 1})
			one, two := issuer.client(t, "one"), issuer.client(t, "two")

			results := make(chan egress.Result, 1)
			go func() {
				results <- client.Do(t.Context(), egress.Request{
					Body: []byte("{}"), Method: http.MethodPost, Timeout: generous, TLS: one, URL: server.URL,
				})
			}()
			<-arrived
			opened := <-server.opened
			got, _ := ask(t, client, server.URL, two)
			require.Equal(t, "two", got)
			require.Empty(t, server.closed, "requests under way go on")

			close(leave)
			result := <-results
			requireOK(t, result)
			require.Equal(t, "one", string(result.Response.Body))
			require.Same(t, opened, <-server.closed)
		})
	}
}

func TestClient_Close_ClosesConnectionsOfClientTLS(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newWhoServer(t, issuer, false, nil)
	client := newClient(t, loopback(), egress.TestOptions{})
	ask(t, client, server.URL, issuer.client(t, "client"))
	client.Close()
	require.Same(t, <-server.opened, <-server.closed)
}
