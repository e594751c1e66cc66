package endpointauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
)

// generous is a deadline that no passing test reaches.
const generous = 20 * time.Second

// authority issues certificates for clients and for 127.0.0.1.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{key: key}
	a.certificate = a.sign(t, &x509.Certificate{
		BasicConstraintsValid: true, IsCA: true, Subject: pkix.Name{CommonName: "authority"},
	}, &key.PublicKey)
	return a
}

func (a *authority) sign(t *testing.T, template *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
	t.Helper()
	parent := a.certificate
	if parent == nil {
		parent = template
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// issue makes a certificate for a client or for 127.0.0.1, with its key, in PEM.
func (a *authority) issue(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	issued := a.sign(t, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, Subject: pkix.Name{CommonName: name},
	}, &private.PublicKey)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return block("CERTIFICATE", issued.Raw), block("PRIVATE KEY", der)
}

func (a *authority) pem() string { return block("CERTIFICATE", a.certificate.Raw) }

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Bytes: der, Type: kind}))
}

func newClient(t *testing.T, config egress.Config) *egress.Client {
	t.Helper()
	client := egress.New(config)
	t.Cleanup(client.Close)
	return client
}

func loopback() egress.Config {
	return egress.Config{AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AnyPort: true}
}

func newServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// clock stands still unless told.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_700_000_000, c.nanoseconds.Load()) }
func (c *clock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// received is a request at the endpoint.
type received struct {
	body   string
	header http.Header
}

// bundle is an authenticator between a token endpoint and an endpoint.
type bundle struct {
	auth  *endpointauth.Auth
	clock *clock
	sut   *endpointauth.Authenticator
	url   string

	mu       sync.Mutex
	requests []received

	tokens  atomic.Int64     // requests for a token so far
	answer  http.HandlerFunc // of the endpoint; the default is 200
	grant   http.HandlerFunc // of the token endpoint; the default is granting token-1, token-2, ... for an hour
	granted func(n int64) string
}

func setup(t *testing.T, change func(b *bundle)) *bundle {
	t.Helper()

	b := &bundle{
		answer:  func(http.ResponseWriter, *http.Request) {},
		clock:   new(clock),
		granted: func(n int64) string { return grantOf(n, "3600") },
	}
	b.grant = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, b.granted(b.tokens.Load()))
	}
	if change != nil {
		change(b)
	}

	endpoint := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.requests = append(b.requests, received{string(body), r.Header.Clone()})
		b.mu.Unlock()
		b.answer(w, r)
	})
	tokenEndpoint := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		b.tokens.Add(1)
		b.grant(w, r)
	})
	b.url = endpoint.URL
	b.auth = &endpointauth.Auth{OAuth2: &endpointauth.OAuth2{
		ClientID: "client", ClientSecret: "secret", TokenURL: tokenEndpoint.URL + "/token",
	}}
	b.sut = endpointauth.New(newClient(t, loopback()), b.clock.now)
	t.Cleanup(b.sut.Close)
	return b
}

func grantOf(n int64, expiresIn string) string {
	return fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":%s}`, n, expiresIn)
}

func (b *bundle) request() egress.Request {
	return egress.Request{
		Body: []byte(`{"n":1}`), Header: http.Header{"webhook-id": {"msg_1"}}, Method: http.MethodPost,
		Timeout: generous, URL: b.url,
	}
}

func (b *bundle) do(t *testing.T, key string) egress.Result {
	t.Helper()
	return b.sut.Do(t.Context(), key, b.auth, b.request())
}

// atEndpoint returns the requests so far.
func (b *bundle) atEndpoint() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests
}

// authorizations returns the authorizations of the requests so far.
func (b *bundle) authorizations() []string {
	var all []string
	for _, request := range b.atEndpoint() {
		all = append(all, request.header.Get("Authorization"))
	}
	return all
}

// unauthorizedFor refuses the tokens.
func unauthorizedFor(tokens ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	}
}

func requireOK(t *testing.T, result egress.Result) {
	t.Helper()
	require.Nil(t, result.Err)
	require.Equal(t, http.StatusOK, result.Response.StatusCode)
}

func requireError(t *testing.T, result egress.Result, code egress.ErrorCode, message string) {
	t.Helper()
	require.NotNil(t, result.Err)
	require.Equal(t, egress.Error{Code: code, Message: message}, *result.Err)
	require.Nil(t, result.Response)
	require.False(t, result.StartedAt.IsZero())
}
