package webhook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// clientCertificate makes a certificate and its key, in PEM.
func clientCertificate(t *testing.T, name string) (certificate, key string) {
	t.Helper()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)

	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}

	return block("CERTIFICATE", signed), block("PRIVATE KEY", encoded)
}

// secretive has one of each kind of authentication, and what of it nobody may see.
func secretive(t *testing.T) map[string]endpointauth.Auth {
	t.Helper()

	certificate, key := clientCertificate(t, "surehook")

	return map[string]endpointauth.Auth{
		"s3cret-password": {Basic: &endpointauth.Basic{Username: "user", Password: "s3cret-password"}},
		"s3cret-token":    {Bearer: &endpointauth.Bearer{Token: "s3cret-token"}},
		"s3cret-value":    {Header: &endpointauth.Header{Name: "X-Api-Key", Value: "s3cret-value"}},
		"s3cret-client": {OAuth2: &endpointauth.OAuth2{
			TokenURL: "https://idp.example/token", ClientID: "client", ClientSecret: "s3cret-client",
		}},
		strings.Split(key, "\n")[1]: {
			MutualTLS: &endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key},
		},
	}
}

// auth returns how requests to a webhook authenticate.
func (b *testBundle) auth(t *testing.T, of id.ID) *endpointauth.Auth {
	t.Helper()

	rows, err := dbsqlc.New(b.pool).WebhooksByID(t.Context(), id.UUIDs([]id.ID{of}))
	require.NoError(t, err)

	auth, err := webhook.OpenAuth(b.box, id.Organization.From(rows[0].OrganizationID), of, rows[0].SealedAuth)
	require.NoError(t, err)

	return auth
}

func (b *testBundle) audited(t *testing.T) []string {
	t.Helper()

	rows, err := b.pool.Query(t.Context(), "SELECT action || ' ' || subject_id FROM audit_log ORDER BY id")
	require.NoError(t, err)

	var out []string

	for rows.Next() {
		var one string

		require.NoError(t, rows.Scan(&one))

		out = append(out, one)
	}

	require.NoError(t, rows.Err())

	return out
}

func TestService_AuthIsSealedAndOnlyWhatIsPublicIsShown(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for secret, auth := range secretive(t) {
		in := b.input()
		in.Auth = &auth

		created := b.create(t, in).Webhook
		require.Equal(t, new(auth.Public()), created.Auth)
		require.Equal(t, &auth, b.auth(t, created.ID))

		found, err := b.Get(t.Context(), b.scope, created.ID)
		require.NoError(t, err)
		require.Equal(t, created, found)

		updated, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: created.ID, Auth: optional.Of(auth)})
		require.NoError(t, err)
		require.Equal(t, created.Auth, updated.Auth)

		require.NotContains(t, b.dump(t), secret)
		require.NotContains(t, b.logs.String(), secret)

		var bytes int

		// In hexadecimal digits, as bytea is written, it is not there, either.
		require.NoError(t, b.pool.QueryRow(t.Context(),
			"SELECT count(*) FROM webhooks WHERE position(convert_to($1, 'UTF8') IN sealed_auth) > 0", secret).Scan(&bytes))
		require.Zero(t, bytes)
	}

	_, err := webhook.OpenAuth(b.box, b.mine, id.New(id.Webhook), []byte("copied"))
	require.Error(t, err)
}

func TestService_AuthStaysUntilItIsChangedOrRemoved(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "s3cret-token"}}
	in.CustomHeaders = []webhook.Header{{Name: "X-A", Value: "1"}}
	one := b.create(t, in).Webhook
	require.Empty(t, b.audited(t), "creating is no change")

	update := func(change webhook.UpdateInput) webhook.Webhook {
		change.ID = one.ID

		out, err := b.Update(t.Context(), b.scope, change)
		require.NoError(t, err)

		return out
	}

	same := update(webhook.UpdateInput{
		Name: new("New"), Settings: settings.Changes{TimeoutSeconds: optional.Of(9)},
	})
	require.Equal(t, one.Auth, same.Auth)
	require.Equal(t, in.Auth, b.auth(t, one.ID))
	require.Equal(t, in.CustomHeaders, b.headers(t, one.ID), "custom headers are not named, and stay")
	require.Empty(t, b.audited(t))

	basic := endpointauth.Auth{Basic: &endpointauth.Basic{Username: "user", Password: "pass"}}
	require.Equal(t, "user", update(webhook.UpdateInput{Auth: optional.Of(basic)}).Auth.Username)
	require.Equal(t, &basic, b.auth(t, one.ID))

	removed := update(webhook.UpdateInput{Auth: optional.Null[endpointauth.Auth]()})
	require.Nil(t, removed.Auth)
	require.Nil(t, b.auth(t, one.ID))
	require.Equal(t, in.CustomHeaders, b.headers(t, one.ID))

	changed := "WEBHOOK_AUTH_CHANGED " + one.ID.String()
	require.Equal(t, []string{changed, changed}, b.audited(t))
}

func TestService_AuthThatIsNotValidIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)
	certificate, key := clientCertificate(t, "surehook")
	mutual := &endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key}}
	hmac := func(in *webhook.CreateInput) {
		in.Settings.Signatures = optional.Of([]signing.Profile{
			{Scheme: signing.HMACBody, HeaderName: "X-Sig", Encoding: signing.Hex},
		})
	}

	for name, test := range map[string]struct {
		auth   *endpointauth.Auth
		change func(in *webhook.CreateInput)
		code   problem.Code
		field  []string
	}{
		"none":     {&endpointauth.Auth{}, nil, problem.Invalid, []string{"auth"}},
		"empty":    {&endpointauth.Auth{Bearer: &endpointauth.Bearer{}}, nil, problem.Invalid, []string{"auth", "bearer", "token"}},
		"with NUL": {&endpointauth.Auth{Basic: &endpointauth.Basic{Username: "a\x00"}}, nil, problem.Invalid, []string{"auth", "basic", "username"}},
		"with LF":  {&endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "s3cret\n"}}, nil, problem.Invalid, []string{"auth", "bearer", "token"}},
		"of garbage": {
			&endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: "s3cret", PrivateKeyPEM: key}},
			nil, problem.Invalid,
			[]string{"auth", "mutualTls", "certificatePem"},
		},
		"a client certificate without TLS": {
			mutual, func(in *webhook.CreateInput) { in.URL = "http://shop.example" },
			problem.Invalid,
			[]string{"auth", "mutualTls"},
		},
		"a header that is reserved": {
			&endpointauth.Auth{Header: &endpointauth.Header{Name: "webhook-signature", Value: "s3cret"}},
			nil, problem.Invalid,
			[]string{"auth", "header", "name"},
		},
		"a header that signs": {
			&endpointauth.Auth{Header: &endpointauth.Header{Name: "x-sig", Value: "s3cret"}},
			hmac, problem.AlreadyExists,
			[]string{"auth", "header", "name"},
		},
		"a header for the signatures of previous secrets": {
			&endpointauth.Auth{Header: &endpointauth.Header{Name: "X-SIG-PREVIOUS", Value: "s3cret"}},
			hmac, problem.AlreadyExists,
			[]string{"auth", "header", "name"},
		},
	} {
		in := b.input()
		in.Auth = test.auth

		if test.change != nil {
			test.change(&in)
		}

		_, err := b.Create(t.Context(), b.scope, in)
		require.Error(t, err, name)
		requireProblem(t, err, test.code, test.field...)
		require.NotContains(t, err.Error(), "s3cret", name)
	}

	require.Zero(t, b.count(t, "webhooks"))
}

func TestService_AURLIsNotChangedToOneThatTheAuthIsNotFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	certificate, key := clientCertificate(t, "with\x00NUL")
	in := b.input()
	in.Auth = &endpointauth.Auth{MutualTLS: &endpointauth.MutualTLS{CertificatePEM: certificate, PrivateKeyPEM: key}}
	one := b.create(t, in).Webhook
	require.NotContains(t, one.Auth.Certificate.Subject, "\x00", "the database does not take it")

	before := b.dump(t)

	_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, URL: new("http://shop.example")})
	requireProblem(t, err, problem.Invalid, "auth", "mutualTls")
	require.Equal(t, before, b.dump(t))
}

func TestService_ATokenIsNotSentWithoutTLSWhereThatIsDemanded(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.inputFor(t, "kuviq")
	in.Auth = &endpointauth.Auth{OAuth2: &endpointauth.OAuth2{
		TokenURL: "http://idp.example/token", ClientID: "client", ClientSecret: "s3cret",
	}}

	_, err := b.Create(t.Context(), tenant.All(), in)
	requireProblem(t, err, problem.Invalid, "auth", "oauth2", "tokenUrl")
}

func TestService_CustomHeadersDoNotTakeThePlaceOfSignaturesOrAuth(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := b.input()
	in.Settings.Signatures = optional.Of([]signing.Profile{
		{Scheme: signing.StandardWebhooksV1, ClientIDHeader: "X-Client"},
		{
			Scheme: signing.HMACTimestampBody, HeaderName: "X-Sig", Encoding: signing.Hex, TimestampHeader: "X-Time",
			TimestampFormat: signing.UnixSeconds,
		},
	})
	in.Auth = &endpointauth.Auth{Bearer: &endpointauth.Bearer{Token: "token"}}
	one := b.create(t, in).Webhook
	before := b.dump(t)

	for _, name := range []string{"x-client", "X-SIG", "x-sig-previous", "x-time", "authorization"} {
		in.CustomHeaders = []webhook.Header{{Name: "X-Fine"}, {Name: name, Value: "forged"}}

		_, err := b.Create(t.Context(), b.scope, in)
		requireProblem(t, err, problem.AlreadyExists, "customHeaders", "1", "name")

		_, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, CustomHeaders: &in.CustomHeaders})
		requireProblem(t, err, problem.AlreadyExists, "customHeaders", "1", "name")
	}

	require.Equal(t, before, b.dump(t))

	// Without them the names are free, and from then on signatures cannot have them.
	free := b.input()
	free.CustomHeaders = []webhook.Header{{Name: "X-Sig"}, {Name: "Authorization", Value: "own"}}
	own := b.create(t, free).Webhook

	_, err := b.Update(t.Context(), b.scope, webhook.UpdateInput{
		ID: own.ID, Settings: in.Settings, Auth: optional.Of(*in.Auth),
	})
	problems, ok := problem.Of(err)
	require.True(t, ok)
	require.Len(t, problems, 2)
	require.Equal(t, []string{"customHeaders", "0", "name"}, problems[0].Field)
	require.Equal(t, []string{"customHeaders", "1", "name"}, problems[1].Field)
}
