package endpointauth_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/endpointauth"
)

func TestAuthenticator_Do_SendsHeader(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, header string
		auth         *endpointauth.Auth
		want         []string
	}{
		{"nothing", "Authorization", nil, []string{"of the request"}},
		{
			"basic", "Authorization",
			// The example of RFC 7617 section 2.1.
			&endpointauth.Auth{Basic: &endpointauth.Basic{Username: "test", Password: "123£"}},
			[]string{"Basic dGVzdDoxMjPCow=="},
		},
		{
			"bearer", "Authorization",
			&endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "to~ken"}},
			[]string{"Bearer to~ken"},
		},
		{
			"header", "X-Api-Key",
			&endpointauth.Auth{Header: &endpointauth.Header{Name: "x-API-key", Value: "the key"}},
			[]string{"the key"},
		},
		{
			"header called authorization", "Authorization",
			&endpointauth.Auth{Header: &endpointauth.Header{Name: "authorization", Value: "Token abc"}},
			[]string{"Token abc"},
		},
		{"OAuth 2.0", "Authorization", nil, []string{"Bearer token-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			if tt.name != "OAuth 2.0" {
				b.auth = tt.auth
			}
			request := b.request()
			request.Header.Set("Authorization", "of the request")
			request.Header["x-api-key"] = []string{"of the request", "twice"}
			before := request.Header.Clone()
			result := b.sut.Do(t.Context(), "key", b.auth, request)
			requireOK(t, result)
			require.Equal(t, before, request.Header, "the caller's headers stay as they were")
			require.Len(t, b.atEndpoint(), 1)
			got := b.atEndpoint()[0]
			require.Equal(t, tt.want, got.header[tt.header])
			require.Equal(t, tt.want, result.Header[tt.header], "the result tells what was sent")
			require.Equal(t, "msg_1", got.header.Get("Webhook-Id"))
			require.JSONEq(t, `{"n":1}`, got.body)
		})
	}
}

func TestAuthenticator_Do_SendsNothingWithoutUsableSettings(t *testing.T) {
	t.Parallel()

	certificate, key := newAuthority(t).issue(t, "client")
	const settings, tlsSettings = "authentication settings are not usable", "client certificate settings are not usable"
	tests := map[string]struct {
		auth    endpointauth.Auth
		message string
	}{
		"none": {endpointauth.Auth{}, settings},
		"two": {
			endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "a"}, Basic: &endpointauth.Basic{Username: "a"}}, settings,
		},
		"no certificate": {endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{}}, tlsSettings},
		"bad key": {
			endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key[1:]}},
			tlsSettings,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			result := b.sut.Do(t.Context(), "key", &tt.auth, b.request())
			requireError(t, result, egress.CodeAuthUnavailable, tt.message)
			require.Empty(t, b.atEndpoint())
		})
	}

	t.Run("characters that end a header", func(t *testing.T) {
		t.Parallel()

		b := setup(t, nil)
		b.auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "a\r\nX-Injected: b"}}
		requireError(t, b.do(t, "key"), egress.CodeUnknown, "request cannot be sent")
		require.Empty(t, b.atEndpoint())
	})

	t.Run("a certificate for http", func(t *testing.T) {
		t.Parallel()

		b := setup(t, nil)
		b.auth = &endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key}}
		requireError(t, b.do(t, "key"), egress.CodeUnknown, "client TLS settings need an https URL")
		require.Empty(t, b.atEndpoint())
	})
}

// newMutualServer demands certificates of the issuer and answers with the name in the client's.
func newMutualServer(t *testing.T, issuer *authority) *httptest.Server {
	t.Helper()

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	certificate, key := issuer.issue(t, "server")
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	require.NoError(t, err)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    x509.NewCertPool(),
		MinVersion:   tls.VersionTLS12,
	}
	server.TLS.ClientCAs.AddCert(issuer.certificate)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func mutual(t *testing.T, issuer *authority, name string) *endpointauth.Auth {
	t.Helper()
	certificate, key := issuer.issue(t, name)
	return &endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{
		CertificatePEM: certificate, PrivateKeyPEM: key, CAPEM: issuer.pem(),
	}}
}

func TestAuthenticator_Do_MutualTLS(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newMutualServer(t, issuer)
	var time clock
	sut := endpointauth.NewForTest(newClient(t, loopback()), time.now, 2, 1)
	t.Cleanup(sut.Close)

	send := func(key string, auth *endpointauth.Auth) (answer string, fresh bool) {
		result := sut.Do(t.Context(), key, auth, egress.Request{
			Body: []byte("{}"), Method: http.MethodPost, Timeout: generous, URL: server.URL,
		})
		requireOK(t, result)
		require.NotContains(t, result.Header, "Authorization")
		return string(result.Response.Body), result.Timings.Connect != nil
	}

	one, two := mutual(t, issuer, "one"), mutual(t, issuer, "two")
	for _, step := range []struct {
		key    string
		auth   *endpointauth.Auth
		answer string
		fresh  bool
	}{
		{"webhook-1/1", one, "one", true},
		{"webhook-1/1", one, "one", false},
		{"webhook-2/1", two, "two", true},
		{"webhook-1/1", one, "one", false},
		{"webhook-1/2", two, "two", true}, // new settings; drops webhook 2, which was not used for longest
		{"webhook-1/1", one, "one", false},
		{"webhook-2/1", two, "two", true},
	} {
		answer, fresh := send(step.key, step.auth)
		require.Equal(t, step.answer, answer)
		require.Equal(t, step.fresh, fresh, step.key)
	}

	result := sut.Do(t.Context(), "none", nil, egress.Request{
		Method: http.MethodPost, Timeout: generous, URL: server.URL,
	})
	require.NotNil(t, result.Err, "the connections of others are of no use")
	require.Equal(t, egress.CodeTLS, result.Err.Code)

	result = sut.Do(t.Context(), "stranger", mutual(t, newAuthority(t), "stranger"), egress.Request{
		Method: http.MethodPost, Timeout: generous, URL: server.URL,
	})
	requireError(t, result, egress.CodeTLS, "certificate is signed by an unknown authority")
}

func TestAuthenticator_Do_MutualTLSOfManyAtOnce(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	server := newMutualServer(t, issuer)
	var time clock
	sut := endpointauth.New(newClient(t, loopback()), time.now)
	t.Cleanup(sut.Close)
	auths := map[string]*endpointauth.Auth{"one": mutual(t, issuer, "one"), "two": mutual(t, issuer, "two")}

	var running sync.WaitGroup
	answers := make(chan string, 100)
	for range 10 {
		for name, auth := range auths {
			running.Go(func() {
				result := sut.Do(t.Context(), name, auth, egress.Request{
					Method: http.MethodPost, Timeout: generous, URL: server.URL,
				})
				if result.Err != nil {
					answers <- result.Err.Error()
					return
				}
				answers <- fmt.Sprint(name == string(result.Response.Body))
			})
		}
	}
	running.Wait()
	close(answers)
	for answer := range answers {
		require.Equal(t, "true", answer)
	}
}

func TestAuthenticator_Do_MakesTLSSettingsOnceForMany(t *testing.T) {
	t.Parallel()

	var time clock
	sut := endpointauth.New(newClient(t, loopback()), time.now)
	t.Cleanup(sut.Close)
	auth := mutual(t, newAuthority(t), "client")

	const many = 50
	made := make(chan *egress.ClientTLS, many)
	start := make(chan struct{})
	for range many {
		go func() {
			<-start
			settings, _ := sut.TLSOf("key", *auth.MutualTLS)
			made <- settings
		}()
	}
	close(start)
	first := <-made
	require.NotNil(t, first)
	for range many - 1 {
		require.Same(t, first, <-made)
	}
}
