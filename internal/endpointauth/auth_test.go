package endpointauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/endpointauth"
)

// all has one of each kind.
func all(t *testing.T) map[endpointauth.Type]endpointauth.Auth {
	t.Helper()
	certificate, key := newAuthority(t).issue(t, "client")
	return map[endpointauth.Type]endpointauth.Auth{
		endpointauth.TypeBasic:  {Basic: &endpointauth.Basic{Username: "user", Password: "s3cret-password"}},
		endpointauth.TypeBearer: {Bearer: &endpointauth.Bearer{Token: "s3cret-token"}},
		endpointauth.TypeHeader: {Header: &endpointauth.Header{Name: "X-Api-Key", Value: "s3cret-value"}},
		endpointauth.TypeMutualTLS: {MutualTLS: &endpointauth.MutualTLS{
			CertificatePEM: certificate, PrivateKeyPEM: key, CAPEM: newAuthority(t).pem(),
		}},
		endpointauth.TypeOAuth2: {OAuth2: &endpointauth.OAuth2{
			Audience: "https://api.example", ClientID: "client", ClientSecret: "s3cret-of-client",
			Scopes: []string{"a", "b"}, Style: endpointauth.StyleBody, TokenURL: "https://idp.example/token",
		}},
	}
}

// secrets are the parts of an Auth that nobody may see.
func secrets(auth endpointauth.Auth) []string {
	switch {
	case auth.Basic != nil:
		return []string{auth.Basic.Password}
	case auth.Bearer != nil:
		return []string{auth.Bearer.Token}
	case auth.Header != nil:
		return []string{auth.Header.Value}
	case auth.OAuth2 != nil:
		return []string{auth.OAuth2.ClientSecret}
	}
	return strings.Split(strings.TrimSpace(auth.MutualTLS.PrivateKeyPEM), "\n")[1:3]
}

func TestAuth_Type(t *testing.T) {
	t.Parallel()

	for want, auth := range all(t) {
		require.Equal(t, want, auth.Type())
	}
	require.Empty(t, endpointauth.Auth{}.Type())
	require.Empty(t, endpointauth.Auth{Basic: &endpointauth.Basic{}, Bearer: &endpointauth.Bearer{}}.Type())
}

func TestAuth_HeaderNames(t *testing.T) {
	t.Parallel()

	auths := all(t)
	require.Equal(t, []string{"Authorization"}, auths[endpointauth.TypeBasic].HeaderNames())
	require.Equal(t, []string{"Authorization"}, auths[endpointauth.TypeBearer].HeaderNames())
	require.Equal(t, []string{"X-Api-Key"}, auths[endpointauth.TypeHeader].HeaderNames())
	require.Empty(t, auths[endpointauth.TypeMutualTLS].HeaderNames())
	require.Equal(t, []string{"Authorization"}, auths[endpointauth.TypeOAuth2].HeaderNames())
	require.Empty(t, endpointauth.Auth{}.HeaderNames())
}

func TestAuth_SurvivesJSON(t *testing.T) {
	t.Parallel()

	for _, auth := range all(t) {
		encoded, err := json.Marshal(auth)
		require.NoError(t, err)
		var decoded endpointauth.Auth
		decoder := json.NewDecoder(bytes.NewReader(encoded))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&decoded))
		require.Equal(t, auth, decoded)
	}

	encoded, err := json.Marshal(all(t)[endpointauth.TypeOAuth2])
	require.NoError(t, err)
	require.JSONEq(t, `{"oauth2": {
		"audience": "https://api.example", "clientId": "client", "clientSecret": "s3cret-of-client",
		"scopes": ["a", "b"], "style": "BODY", "tokenUrl": "https://idp.example/token"
	}}`, string(encoded))
}

func TestAuth_Public(t *testing.T) {
	t.Parallel()

	auths := all(t)
	require.Equal(t, endpointauth.Public{Type: endpointauth.TypeBasic, Username: "user"},
		auths[endpointauth.TypeBasic].Public())
	require.Equal(t, endpointauth.Public{Type: endpointauth.TypeBearer}, auths[endpointauth.TypeBearer].Public())
	require.Equal(t, endpointauth.Public{Type: endpointauth.TypeHeader, HeaderName: "X-Api-Key"},
		auths[endpointauth.TypeHeader].Public())
	require.Equal(t, endpointauth.Public{
		Type: endpointauth.TypeOAuth2, Audience: "https://api.example", ClientID: "client", Scopes: []string{"a", "b"},
		Style: "BODY", TokenURL: "https://idp.example/token",
	}, auths[endpointauth.TypeOAuth2].Public())

	auths[endpointauth.TypeOAuth2].OAuth2.Style = ""
	require.Equal(t, "HEADER", auths[endpointauth.TypeOAuth2].Public().Style, "the default is shown")

	mutual := auths[endpointauth.TypeMutualTLS]
	shown := mutual.Public()
	require.Equal(t, endpointauth.TypeMutualTLS, shown.Type)
	require.True(t, shown.PrivateCA)
	require.Equal(t, "CN=client", shown.Certificate.Subject)
	require.Len(t, shown.Certificate.SHA256Fingerprint, 64)
	require.False(t, shown.Certificate.NotAfter.IsZero())

	mutual.MutualTLS.CAPEM = ""
	require.False(t, mutual.Public().PrivateCA)
	mutual.MutualTLS.CertificatePEM = "garbage"
	require.Equal(t, endpointauth.Public{Type: endpointauth.TypeMutualTLS}, mutual.Public())

	require.Zero(t, endpointauth.Auth{}.Public())
	for _, auth := range all(t) {
		encoded, err := json.Marshal(auth.Public())
		require.NoError(t, err)
		for _, secret := range secrets(auth) {
			require.NotContains(t, string(encoded), secret)
		}
	}
}

func TestAuth_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	type holder struct {
		Public  endpointauth.Auth
		private *endpointauth.Auth
	}

	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"}
	for kind, auth := range all(t) {
		held := holder{Public: auth, private: &auth}
		var printed strings.Builder
		values := []any{
			auth, &auth, held, &held,
			[]endpointauth.Auth{auth},
			map[string]*endpointauth.Auth{"a": &auth},
			auth.Basic, auth.Bearer, auth.Header, auth.MutualTLS, auth.OAuth2,
		}
		switch kind {
		case endpointauth.TypeBasic:
			values = append(values, *auth.Basic)
		case endpointauth.TypeBearer:
			values = append(values, *auth.Bearer)
		case endpointauth.TypeHeader:
			values = append(values, *auth.Header)
		case endpointauth.TypeMutualTLS:
			values = append(values, *auth.MutualTLS)
		case endpointauth.TypeOAuth2:
			values = append(values, *auth.OAuth2)
		}
		for _, value := range values {
			for _, verb := range verbs {
				fmt.Fprintf(&printed, verb+"\n", value)
			}
			fmt.Fprintln(&printed, fmt.Errorf("wrapped: %w: %v", errors.New("inner"), value))
			slog.New(slog.NewTextHandler(&printed, nil)).Info("text", "value", value)
		}
		for _, value := range []any{auth, &auth} {
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("json", "value", value)
		}

		require.Contains(t, printed.String(), "[redacted]")
		require.Equal(t, "[redacted]", auth.String())
		require.Equal(t, "[redacted]", auth.GoString())
		for _, secret := range secrets(auth) {
			for _, form := range []string{
				secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"),
			} {
				require.NotContains(t, printed.String(), form)
			}
		}
	}
}
