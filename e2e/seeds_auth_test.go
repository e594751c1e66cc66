package e2e

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestSeeds_KX5_EachAuthenticationIsReceivedWithTheSignature(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")

	for name, one := range map[string]struct {
		auth   map[string]any
		header string
		value  string
	}{
		"none":   {nil, "Authorization", ""},
		"bearer": {map[string]any{"bearer": map[string]any{"token": "s3cr3t"}}, "Authorization", "Bearer s3cr3t"},
		"basic": {
			map[string]any{"basic": map[string]any{"username": "Aladdin", "password": "open sesame"}},
			"Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
		},
		"custom header": {
			map[string]any{"header": map[string]any{"name": "X-Api-Key", "value": "k-1"}}, "X-Api-Key", "k-1",
		},
	} {
		to := secure(t, nil)
		input := map[string]any{"name": name, "eventTypes": []string{"request.success"}}

		if one.auth != nil {
			input["auth"] = one.auth
		}

		hook := b.webhook(t, to.URL, input)
		b.publish(t, "request.completed", answered(200))

		got := next(t, to)
		require.Equal(t, one.value, got.Header.Get(one.header), name)
		requireSigned(t, got, hook.Secret)

		// What the log shows of the request leaves the secret out.
		shown := b.logged(t, map[string]any{"webhookIds": []string{hook.ID}}, "SUCCEEDED", 1)[0].LastAttempt.Request.Headers
		for _, header := range shown {
			if header.Name == one.header {
				require.Equal(t, "***", header.Value)
			}
		}

		b.enable(t, hook.ID, false)
	}
}

func TestSeeds_KX5_TheSignatureCannotBeTurnedOff(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	hook := b.webhook(t, secure(t, nil).URL, nil)

	refused := try(t, b.Client, "updateWebhook", with(
		map[string]any{"id": hook.ID}, settings(map[string]any{"signatures": []any{}}),
	), "webhook { id }", nil)
	require.Len(t, refused, 1)
	require.Equal(t, "REQUIRED", refused[0].Code)
	require.Equal(t, []string{"settings", "signatures"}, refused[0].Field)
}

func TestSeeds_KX5_TokensOfOAuth2AreFetchedKeptAndRefreshed(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	config, err := shared.stack.Authority.ServerTLS()
	require.NoError(t, err)

	var issued atomic.Int64

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// RFC 6749 section 2.3.1 has client and secret encoded like a form before they are put together.
		client, encoded, _ := r.BasicAuth()
		secret, err := url.QueryUnescape(encoded)

		if err != nil || r.ParseForm() != nil || client != "surehook" || secret != "of the client" ||
			r.PostForm.Encode() != (url.Values{"grant_type": {"client_credentials"}, "scope": {"hooks:write"}}).Encode() {
			w.WriteHeader(http.StatusUnauthorized)

			return
		}

		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "token-%d", "token_type": "Bearer", "expires_in": 3600}`, issued.Add(1))
	}))
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)

	// From the third request on the first token has been revoked.
	to := secure(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n >= 2 && r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{"request.success"}, "auth": map[string]any{
		"oauth2": map[string]any{
			"tokenUrl": server.URL, "clientId": "surehook", "clientSecret": "of the client", "scopes": []string{"hooks:write"},
		},
	}})

	want := []string{"Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"}

	for n, token := range want {
		if n < 3 { // The third event is the one that needs two requests.
			b.publish(t, "request.completed", answered(200))
		}

		got := next(t, to)
		require.Equal(t, token, got.Header.Get("Authorization"))
		requireSigned(t, got, hook.Secret)
	}

	for _, one := range b.logged(t, nil, "SUCCEEDED", 3) {
		require.Equal(t, 1, one.AttemptCount, "a new token is no new attempt")
	}

	// Without a token nothing is sent, and the log says why.
	server.Close()

	other := secure(t, nil)
	b.webhook(t, other.URL, with(map[string]any{
		"eventTypes": []string{"request.redirect"}, "auth": map[string]any{"oauth2": map[string]any{
			"tokenUrl": server.URL, "clientId": "surehook", "clientSecret": "of the client",
		}},
	}, settings(map[string]any{"retryPolicy": map[string]any{"enabled": false}})))
	b.publish(t, "request.completed", answered(304))
	require.Equal(t, "AUTH_UNAVAILABLE", b.logged(t, map[string]any{"stages": []string{"FAILED"}}, "FAILED", 1)[0].LastError.Code)
	require.Empty(t, other.All())
}

func TestSeeds_KX5_MutualTLSShowsTheClientsCertificate(t *testing.T) {
	t.Parallel()

	b := seed(t, "knoxcall")
	servers, clients := authority(t, "servers of the customer"), authority(t, "clients of the customer")
	config, err := servers.ServerTLS()
	require.NoError(t, err)

	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, clients.Pool()

	to := stack.NewTLSReceiver(config, nil)
	t.Cleanup(to.Close)

	certificate, key, err := clients.Issue("surehook of the customer")
	require.NoError(t, err)

	mutual := map[string]any{"certificatePem": certificate, "privateKeyPem": key, "caPem": servers.PEM()}
	hook := b.webhook(t, to.URL, map[string]any{
		"eventTypes": []string{"request.success"}, "auth": map[string]any{"mutualTls": mutual},
	})
	b.publish(t, "request.completed", answered(200))

	got := next(t, to)
	require.Equal(t, "surehook of the customer", got.Client)
	requireSigned(t, got, hook.Secret)

	// Neither a certificate of somebody else nor none at all is let in.
	stranger, strangersKey, err := authority(t, "somebody else").Issue("a stranger")
	require.NoError(t, err)

	never := settings(map[string]any{"retryPolicy": map[string]any{"enabled": false}})
	b.webhook(t, to.URL, with(never, map[string]any{
		"eventTypes": []string{"request.redirect"}, "auth": map[string]any{
			"mutualTls": with(mutual, map[string]any{"certificatePem": stranger, "privateKeyPem": strangersKey}),
		},
	}))
	b.publish(t, "request.completed", answered(304))

	failed := b.logged(t, map[string]any{"stages": []string{"FAILED"}}, "FAILED", 1)[0]
	require.Nil(t, failed.LastAttempt.Response)
	require.Equal(t, "TLS", failed.LastError.Code)
	require.Len(t, to.All(), 1)

	// The private key is nowhere in the API.
	shown := ask[json.RawMessage](t, b.Client, `query ($id: ID!) { webhook(id: $id) { auth {
		type certificateSubject certificateFingerprint privateCa
	} } }`, map[string]any{"id": hook.ID})
	require.Contains(t, string(shown), `"type":"MUTUAL_TLS"`)
	require.Contains(t, string(shown), `"certificateSubject":"CN=surehook of the customer"`)
	require.Contains(t, string(shown), `"privateCa":true`)
}

func authority(t *testing.T, name string) *stack.Authority {
	t.Helper()

	out, err := stack.NewAuthority(name)
	require.NoError(t, err)

	return out
}
