package endpointauth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/endpointauth"
)

func problem(message string, path ...string) endpointauth.Problem {
	return endpointauth.Problem{Path: path, Message: message}
}

func TestAuth_Validate_AcceptsEachKind(t *testing.T) {
	t.Parallel()

	for kind, auth := range all(t) {
		require.Empty(t, auth.Validate(false), kind)
	}
}

func TestAuth_Validate_WantsExactlyOne(t *testing.T) {
	t.Parallel()

	require.Equal(t, []endpointauth.Problem{problem("exactly one kind of authentication must be given, not 0")},
		endpointauth.Auth{}.Validate(false))
	require.Equal(t, []endpointauth.Problem{problem("exactly one kind of authentication must be given, not 2")},
		endpointauth.Auth{Basic: &endpointauth.Basic{}, OAuth2: &endpointauth.OAuth2{}}.Validate(false))
}

func TestAuth_Validate_Bearer(t *testing.T) {
	t.Parallel()

	const visible = "must consist of visible ASCII characters"
	tests := map[string]string{
		"a":                       "",
		"!\"#$%&'()*+,-./:;<=>?@": "",
		strings.Repeat("a", 4096): "",
		strings.Repeat("a", 4097): "is longer than 4096 bytes",
		"":                        "is required",
		"a b":                     visible,
		"a\r\nX-Injected: b":      visible,
		"a\x00":                   visible,
		"a\x7f":                   visible,
		"müller":                  visible,
		"a\xff":                   visible,
	}
	for token, message := range tests {
		got := endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: token}}.Validate(false)
		if message == "" {
			require.Empty(t, got, token)
			continue
		}
		require.Equal(t, []endpointauth.Problem{problem(message, "bearer", "token")}, got, token)
	}
}

func TestAuth_Validate_Basic(t *testing.T) {
	t.Parallel()

	const utf8 = "must consist of valid UTF-8 without control characters"
	long := strings.Repeat("a", 1025)
	tests := []struct {
		username, password string
		want               []endpointauth.Problem
	}{
		{"user", "pass", nil},
		{"user", "", nil},
		{"", "pass", nil},
		{"Jürgen", "pass:wörd with spaces", nil},
		{long[1:], long[1:], nil},
		{"", "", []endpointauth.Problem{problem("a user name or a password is required", "basic", "username")}},
		{"us:er", "pass", []endpointauth.Problem{problem("must not contain a colon", "basic", "username")}},
		{"a\nb", "a\x00b", []endpointauth.Problem{
			problem(utf8, "basic", "username"), problem(utf8, "basic", "password"),
		}},
		{"a\xff", "a\u0085b", []endpointauth.Problem{
			problem(utf8, "basic", "username"), problem(utf8, "basic", "password"),
		}},
		{long, long, []endpointauth.Problem{
			problem("is longer than 1024 bytes", "basic", "username"), problem("is longer than 1024 bytes", "basic", "password"),
		}},
	}
	for _, tt := range tests {
		auth := endpointauth.Auth{Basic: &endpointauth.Basic{Username: tt.username, Password: tt.password}}
		require.Equal(t, tt.want, auth.Validate(false), "%q %q", tt.username, tt.password)
	}
}

func TestAuth_Validate_Header(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, value string
		want        []endpointauth.Problem
	}{
		{"X-Api-Key", "value with spaces", nil},
		{"authorization", "Token abc", nil},
		{"", "value", []endpointauth.Problem{problem("header name is not a token of RFC 9110", "header", "name")}},
		{"Host", "value", []endpointauth.Problem{problem("header name is reserved", "header", "name")}},
		{"Webhook-Id", "value", []endpointauth.Problem{problem("header name is reserved", "header", "name")}},
		{strings.Repeat("a", 65), "value", []endpointauth.Problem{
			problem("header name is longer than 64 bytes", "header", "name"),
		}},
		{"X-Api-Key", "", []endpointauth.Problem{problem("is required", "header", "value")}},
		{"X-Api-Key", "a\r\nb", []endpointauth.Problem{
			problem("header value must be printable ASCII without white space at its ends", "header", "value"),
		}},
		{"X-Api-Key", strings.Repeat("a", 4097), []endpointauth.Problem{
			problem("header value is longer than 4096 bytes", "header", "value"),
		}},
		{"", "", []endpointauth.Problem{
			problem("header name is not a token of RFC 9110", "header", "name"), problem("is required", "header", "value"),
		}},
	}
	for _, tt := range tests {
		auth := endpointauth.Auth{Header: &endpointauth.Header{Name: tt.name, Value: tt.value}}
		require.Equal(t, tt.want, auth.Validate(false), "%q %q", tt.name, tt.value)
	}
}

func TestAuth_Validate_MutualTLS(t *testing.T) {
	t.Parallel()

	issuer := newAuthority(t)
	certificate, key := issuer.issue(t, "client")
	_, otherKey := issuer.issue(t, "other")
	tests := []struct {
		name string
		auth endpointauth.MutualTLS
		want []endpointauth.Problem
	}{
		{"complete", endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key, CAPEM: issuer.pem()}, nil},
		{"without authority", endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key}, nil},
		{"empty", endpointauth.MutualTLS{}, []endpointauth.Problem{
			problem("is required", "mutualTls", "certificatePem"), problem("is required", "mutualTls", "privateKeyPem"),
		}},
		{"authority alone", endpointauth.MutualTLS{CAPEM: issuer.pem()}, []endpointauth.Problem{
			problem("is required", "mutualTls", "certificatePem"), problem("is required", "mutualTls", "privateKeyPem"),
		}},
		{"bad certificate", endpointauth.MutualTLS{CertificatePEM: "garbage", PrivateKeyPEM: key}, []endpointauth.Problem{
			problem("client certificate is not usable: it is not PEM", "mutualTls", "certificatePem"),
		}},
		{"other key", endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: otherKey}, []endpointauth.Problem{
			problem("private key is not usable: it does not belong to the client certificate", "mutualTls", "privateKeyPem"),
		}},
		{
			"bad authority",
			endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key, CAPEM: "garbage"},
			[]endpointauth.Problem{problem("certificate authority is not usable: it is not PEM", "mutualTls", "caPem")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, endpointauth.Auth{MutualTLS: &tt.auth}.Validate(false))
		})
	}
}

func TestAuth_Validate_OAuth2(t *testing.T) {
	t.Parallel()

	const printable = "must consist of printable ASCII characters"
	const scope = "must consist of visible ASCII characters without quotation marks and backslashes"
	type problems = []endpointauth.Problem
	tests := []struct {
		name     string
		change   func(*endpointauth.OAuth2)
		insecure bool
		want     problems
	}{
		{"as it is", func(*endpointauth.OAuth2) {}, false, nil},
		{"least", func(o *endpointauth.OAuth2) { o.Audience, o.Scopes, o.Style = "", nil, "" }, false, nil},
		{"header", func(o *endpointauth.OAuth2) { o.Style = endpointauth.StyleHeader }, false, nil},
		{"scheme in capitals", func(o *endpointauth.OAuth2) { o.TokenURL = "HTTPS://idp.example" }, false, nil},
		{"http where allowed", func(o *endpointauth.OAuth2) { o.TokenURL = "http://idp.example" }, true, nil},
		{
			"http", func(o *endpointauth.OAuth2) { o.TokenURL = "http://idp.example" }, false,
			problems{problem("must start with https://", "oauth2", "tokenUrl")},
		},
		{
			"another scheme", func(o *endpointauth.OAuth2) { o.TokenURL = "ftp://idp.example" }, true,
			problems{problem("URL must start with http:// or https://", "oauth2", "tokenUrl")},
		},
		{
			"password in the URL", func(o *endpointauth.OAuth2) { o.TokenURL = "https://a:b@idp.example" }, false,
			problems{problem("URL must not contain a user name or password", "oauth2", "tokenUrl")},
		},
		{
			"nothing", func(o *endpointauth.OAuth2) { *o = endpointauth.OAuth2{} }, false, problems{
				problem("is required", "oauth2", "tokenUrl"), problem("is required", "oauth2", "clientId"),
				problem("is required", "oauth2", "clientSecret"),
			},
		},
		{
			"characters", func(o *endpointauth.OAuth2) {
				o.Audience, o.ClientID, o.ClientSecret = "a\nb", "a\x00", "wörd"
			}, false, problems{
				problem(printable, "oauth2", "clientId"), problem(printable, "oauth2", "clientSecret"),
				problem("must consist of valid UTF-8 without control characters", "oauth2", "audience"),
			},
		},
		{
			"lengths", func(o *endpointauth.OAuth2) {
				o.Audience, o.ClientID = strings.Repeat("a", 2049), strings.Repeat("a", 1025)
				o.ClientSecret, o.Scopes = strings.Repeat("a", 4097), []string{strings.Repeat("a", 257)}
			}, false, problems{
				problem("is longer than 1024 bytes", "oauth2", "clientId"),
				problem("is longer than 4096 bytes", "oauth2", "clientSecret"),
				problem("is longer than 2048 bytes", "oauth2", "audience"),
				problem("is longer than 256 bytes", "oauth2", "scopes", "0"),
			},
		},
		{
			"style", func(o *endpointauth.OAuth2) { o.Style = "header" }, false,
			problems{problem("must be BODY or HEADER", "oauth2", "style")},
		},
		{
			"scopes", func(o *endpointauth.OAuth2) { o.Scopes = []string{"ok", "", "a b", `a"b`, `a\b`, "https://x/.default"} },
			false,
			problems{
				problem("is required", "oauth2", "scopes", "1"), problem(scope, "oauth2", "scopes", "2"),
				problem(scope, "oauth2", "scopes", "3"), problem(scope, "oauth2", "scopes", "4"),
			},
		},
		{"as many scopes", func(o *endpointauth.OAuth2) { o.Scopes = slices.Repeat([]string{"a"}, 50) }, false, nil},
		{
			"too many scopes", func(o *endpointauth.OAuth2) { o.Scopes = slices.Repeat([]string{""}, 51) }, false,
			problems{problem("there are more than 50", "oauth2", "scopes")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			auth := all(t)[endpointauth.TypeOAuth2]
			tt.change(auth.OAuth2)
			require.Equal(t, tt.want, auth.Validate(tt.insecure))
		})
	}
}

// Nothing that passes may break the header or the request it ends up in.
func FuzzAuth_Validate(f *testing.F) {
	f.Add("user", "password", "X-Api-Key", "scope")
	f.Add("a:b", "a\r\nb", "Host", `a"b`)
	f.Add("", "\xff", "", "")

	f.Fuzz(func(t *testing.T, one, other, name, scope string) {
		for _, auth := range []endpointauth.Auth{
			{Basic: &endpointauth.Basic{Username: one, Password: other}},
			{Bearer: &endpointauth.Bearer{Token: one}},
			{Header: &endpointauth.Header{Name: name, Value: one}},
			{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: one, PrivateKeyPEM: other, CAPEM: name}},
			{OAuth2: &endpointauth.OAuth2{
				Audience: name, ClientID: one, ClientSecret: other, Scopes: []string{scope}, TokenURL: name,
			}},
		} {
			problems := auth.Validate(false)
			for _, problem := range problems {
				require.GreaterOrEqual(t, len(problem.Path), 2)
				require.NotEmpty(t, problem.Message)
			}
			if auth.Header != nil && len(problems) == 0 {
				require.NotContains(t, one, "\n")
				require.NotEmpty(t, auth.HeaderNames()[0])
			}
			_ = auth.Public()
		}
	})
}
