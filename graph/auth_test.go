package graph_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const (
	allAuth = `auth { type username headerName tokenUrl clientId scopes audience style certificateSubject certificateNotAfter
		certificateFingerprint privateCa }`

	createWithAuth = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
		webhook { id ` + allAuth + ` } userErrors { code message field } } }`

	updateAuth = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
		webhook { name ` + allAuth + ` } userErrors { code message field } } }`
)

// shownAuth is how a webhook authenticates, as it is read back.
func shownAuth(kind string, members vars) vars {
	return with(vars{
		"type": kind, "username": nil, "headerName": nil, "tokenUrl": nil, "clientId": nil, "scopes": nil, "audience": nil, "style": nil,
		"certificateSubject": nil, "certificateNotAfter": nil, "certificateFingerprint": nil, "privateCa": false,
	}, members)
}

// clientCertificate returns a certificate with its key in PEM, and the fingerprint.
func clientCertificate(t *testing.T, notAfter time.Time) (certificate, key, fingerprint string) {
	t.Helper()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client.example.com"}, NotBefore: time.Unix(0, 0),
		NotAfter: notAfter, IsCA: true, BasicConstraintsValid: true,
	}

	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)

	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)

	sum := sha256.Sum256(der)

	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), hex.EncodeToString(sum[:])
}

func TestAuth_IsReadBackWithoutSecrets(t *testing.T) {
	t.Parallel()

	b := setup(t)

	notAfter := time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
	certificate, key, fingerprint := clientCertificate(t, notAfter)

	for name, test := range map[string]struct {
		given, want vars
		secrets     []string
	}{
		"basic": {
			vars{"basic": vars{"username": "ann", "password": "hunter2-basic"}},
			shownAuth("BASIC", vars{"username": "ann"}),
			[]string{"hunter2-basic"},
		},
		"basic without a name": {
			vars{"basic": vars{"username": "", "password": "hunter2-nameless"}},
			shownAuth("BASIC", nil),
			[]string{"hunter2-nameless"},
		},
		"bearer": {
			vars{"bearer": vars{"token": "hunter2-bearer"}}, shownAuth("BEARER", nil), []string{"hunter2-bearer"},
		},
		"client certificate": {
			vars{"mutualTls": vars{"certificatePem": certificate, "privateKeyPem": key}},
			shownAuth("MUTUAL_TLS", vars{
				"certificateSubject": "CN=client.example.com", "certificateNotAfter": "2099-01-02T03:04:05Z",
				"certificateFingerprint": fingerprint,
			}),
			[]string{key[40:80]},
		},
		"client certificate with an authority": {
			vars{"mutualTls": vars{"certificatePem": certificate, "privateKeyPem": key, "caPem": certificate}},
			shownAuth("MUTUAL_TLS", vars{
				"certificateSubject": "CN=client.example.com", "certificateNotAfter": "2099-01-02T03:04:05Z",
				"certificateFingerprint": fingerprint, "privateCa": true,
			}),
			[]string{key[40:80]},
		},
		"header": {
			vars{"header": vars{"name": "X-Api-Key", "value": "hunter2-header"}},
			shownAuth("HEADER", vars{"headerName": "X-Api-Key"}),
			[]string{"hunter2-header"},
		},
		"OAuth 2": {
			vars{"oauth2": vars{
				"tokenUrl": "https://id.example.com/token", "clientId": "me", "clientSecret": "hunter2-oauth2",
				"scopes": []any{"a", "b"}, "audience": "them", "style": "BODY",
			}},
			shownAuth("OAUTH2_CLIENT_CREDENTIALS", vars{
				"tokenUrl": "https://id.example.com/token", "clientId": "me", "scopes": []any{"a", "b"}, "audience": "them", "style": "BODY",
			}),
			[]string{"hunter2-oauth2"},
		},
		"OAuth 2, as little as can be": {
			vars{"oauth2": vars{
				"tokenUrl": "https://id.example.com/token", "clientId": "me", "clientSecret": "hunter2-little",
			}},
			shownAuth("OAUTH2_CLIENT_CREDENTIALS", vars{"tokenUrl": "https://id.example.com/token", "clientId": "me", "style": "HEADER"}),
			[]string{"hunter2-little"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			made := b.admin(createWithAuth, vars{"input": b.newWebhook(vars{"auth": test.given})})
			require.Equal(t, test.want, made.at("createWebhook.webhook.auth"))

			hook, err := id.Parse(made.text("createWebhook.webhook.id"))
			require.NoError(t, err)

			read := b.admin(`query ($id: ID!) { webhook(id: $id) { `+allAuth+` } }`, vars{"id": hook})
			require.Equal(t, test.want, read.at("webhook.auth"))

			var row string

			err = b.pool.QueryRow(t.Context(), "SELECT w::text FROM webhooks w WHERE id = $1", hook.UUID()).Scan(&row)
			require.NoError(t, err)

			for _, secret := range test.secrets {
				require.NotContains(t, made.rawBody+read.rawBody, secret)
				require.NotContains(t, row, secret)
				require.NotContains(t, b.log.String(), secret)
			}
		})
	}
}

func TestAuth_NullRemovesItAndLeftOutKeepsIt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.created(vars{"auth": vars{"header": vars{"name": "X-Api-Key", "value": "v"}}})

	update := func(change vars) any {
		t.Helper()

		return b.admin(updateAuth, vars{"input": with(vars{"id": hook}, change)}).at("updateWebhook.webhook.auth")
	}

	kept := shownAuth("HEADER", vars{"headerName": "X-Api-Key"})
	require.Equal(t, kept, update(vars{"name": "Renamed"}))
	require.Equal(t, shownAuth("BEARER", nil), update(vars{"auth": vars{"bearer": vars{"token": "t"}}}))
	require.Nil(t, update(vars{"auth": nil}))
	require.Nil(t, update(vars{"name": "Renamed again"}))

	none := b.admin(createWithAuth, vars{"input": b.newWebhook(vars{"auth": nil})})
	require.Nil(t, none.at("createWebhook.webhook.auth"))
}

func TestAuth_IsOfExactlyOneKind(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.rows()

	for name, auth := range map[string]string{
		"none":             `{}`,
		"null":             `{bearer: null}`,
		"one and a null":   `{bearer: {token: "t"}, basic: null}`,
		"two":              `{bearer: {token: "t"}, basic: {username: "u", password: "p"}}`,
		"unknown":          `{digest: {token: "t"}}`,
		"unknown in known": `{bearer: {token: "t", realm: "r"}}`,
	} {
		t.Run("in the document: "+name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			b.as(apikey.Admin, `mutation ($org: ID!) { createWebhook(input: {organizationId: $org, name: "Hook",
				url: "https://example.com/", auth: `+auth+`}) { userErrors { code } } }`, vars{"org": b.mine.org}).
				failed("GRAPHQL_VALIDATION_FAILED")
			require.Equal(t, before, b.rows())
		})
	}

	two := vars{"bearer": vars{"token": "t"}, "basic": vars{"username": "u", "password": "p"}}

	for name, auth := range map[string]any{
		"none":      vars{},
		"null":      vars{"bearer": nil},
		"only null": vars{"bearer": nil, "basic": nil},
		"two":       two,
	} {
		t.Run("in a variable: "+name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, createWithAuth, vars{"input": b.newWebhook(vars{"auth": auth})}).
				refused("createWebhook", "INVALID", "auth")
			require.Contains(t, out.text("createWebhook.userErrors.0.message"), "exactly one")
			require.Equal(t, before, b.rows())
		})
	}
}

func TestAuth_WhatIsWrongWithItIsNamed(t *testing.T) {
	t.Parallel()

	// URLs have to be https:// with this profile.
	b := setup(t).founded(t, "kuviq")
	before := b.rows()

	certificate, key, _ := clientCertificate(t, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	_, foreign, _ := clientCertificate(t, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))

	oauth2 := func(changes vars) vars {
		return vars{"oauth2": with(vars{"tokenUrl": "https://a.example.com/", "clientId": "c", "clientSecret": "s"}, changes)}
	}

	for name, test := range map[string]struct {
		auth  vars
		field []any
	}{
		"certificate that is none":  {vars{"mutualTls": vars{"certificatePem": "x", "privateKeyPem": key}}, []any{"mutualTls", "certificatePem"}},
		"empty header":              {vars{"header": vars{"name": "X-A", "value": ""}}, []any{"header", "value"}},
		"key of another":            {vars{"mutualTls": vars{"certificatePem": certificate, "privateKeyPem": foreign}}, []any{"mutualTls"}},
		"key that is none":          {vars{"mutualTls": vars{"certificatePem": certificate, "privateKeyPem": "x"}}, []any{"mutualTls"}},
		"name with a colon":         {vars{"basic": vars{"username": "a:b", "password": "p"}}, []any{"basic", "username"}},
		"no client":                 {oauth2(vars{"clientId": ""}), []any{"oauth2", "clientId"}},
		"nothing in basic":          {vars{"basic": vars{"username": "", "password": ""}}, []any{"basic", "username"}},
		"reserved header":           {vars{"header": vars{"name": "Host", "value": "v"}}, []any{"header", "name"}},
		"scope with a space":        {oauth2(vars{"scopes": []any{"a", "b c"}}), []any{"oauth2", "scopes", "1"}},
		"token URL not encrypted":   {oauth2(vars{"tokenUrl": "http://a.example.com/"}), []any{"oauth2", "tokenUrl"}},
		"token URL of another kind": {oauth2(vars{"tokenUrl": "ftp://a.example.com/"}), []any{"oauth2", "tokenUrl"}},
		"token with a space":        {vars{"bearer": vars{"token": "a b"}}, []any{"bearer", "token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, createWithAuth, vars{"input": b.newWebhook(vars{"auth": test.auth})}).
				refused("createWebhook", "INVALID")

			field, ok := out.at("createWebhook.userErrors.0.field").([]any)
			require.True(t, ok)
			require.Equal(t, append([]any{"auth"}, test.field...), field[:min(len(field), len(test.field)+1)])
			require.Equal(t, before, b.rows())
		})
	}
}

func TestAuth_ClientCertificatesNeedTLS(t *testing.T) {
	t.Parallel()

	b := setup(t)
	certificate, key, _ := clientCertificate(t, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	mutual := vars{"mutualTls": vars{"certificatePem": certificate, "privateKeyPem": key}}

	b.as(apikey.Admin, createWithAuth, vars{"input": b.newWebhook(vars{"url": "http://example.com/", "auth": mutual})}).
		refused("createWebhook", "INVALID", "auth", "mutualTls")

	hook := b.created(vars{"auth": mutual})
	before := b.rows()

	b.as(apikey.Admin, updateAuth, vars{"input": vars{"id": hook, "url": "http://example.com/"}}).
		refused("updateWebhook", "INVALID", "auth", "mutualTls")
	require.Equal(t, before, b.rows())
}

func TestCustomHeaders_AreNotThoseOfAuthOrSignatures(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "kuviq")

	for header, change := range map[string]vars{
		"x-api-key":           {"auth": vars{"header": vars{"name": "X-Api-Key", "value": "v"}}},
		"x-webhook-signature": {},
		"X-WEBHOOK-TIMESTAMP": {},
	} {
		input := b.newWebhook(with(change, vars{"customHeaders": []any{vars{"name": header, "value": "v"}}}))
		b.as(apikey.Admin, createWithAuth, vars{"input": input}).
			refused("createWebhook", "ALREADY_EXISTS", "customHeaders", "0", "name")
	}
}
