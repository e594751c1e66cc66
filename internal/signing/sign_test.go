package signing_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

// The message of the vectors. Their signatures were made with Node's crypto and Python's hmac and cryptography.
const (
	vectorBody = `{"test": 2432232314}`
	vectorID   = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorISO  = "2021-02-25T15:02:10Z"
	vectorUnix = "1614265330"
)

func vectorMessage() signing.Message {
	// The zone and the fraction of a second must not matter.
	at := time.Unix(1614265330, 999_999_999).In(time.FixedZone("", 3*60*60))

	return signing.Message{ID: vectorID, At: at, Content: []byte(vectorBody)}
}

func secret(t *testing.T, text string) signing.Secret {
	t.Helper()

	parsed, err := signing.ParseText(text)
	require.NoError(t, err)

	return parsed
}

func symmetric(secrets ...signing.Secret) signing.Keys { return signing.Keys{Symmetric: secrets} }

func signAll(
	t *testing.T, message signing.Message, keys signing.Keys, profiles ...signing.Profile,
) http.Header {
	t.Helper()
	require.Empty(t, signing.ValidateAll(profiles, nil))

	signed, err := signing.SignAll(profiles, message, keys, "org_1")
	require.NoError(t, err)

	return signed
}

func TestSignAll_SetsNothingWithoutProfiles(t *testing.T) {
	t.Parallel()

	require.Empty(t, signAll(t, vectorMessage(), signing.Keys{}))
	require.Empty(t, signAll(t, vectorMessage(), signing.Keys{}, signing.Profile{Scheme: signing.None}))
}

func TestSignAll_SendsTimestampAndClientWithoutSignature(t *testing.T) {
	t.Parallel()

	profile := signing.Profile{
		Scheme: signing.None, TimestampHeader: "X-Sent", TimestampFormat: signing.ISO8601, ClientIDHeader: "X-Client-Id",
	}
	require.Equal(t, http.Header{"X-Client-Id": {"org_1"}, "X-Sent": {vectorISO}},
		signAll(t, vectorMessage(), signing.Keys{}, profile))

	profile.ClientID, profile.TimestampFormat = "acme #1", signing.UnixSeconds
	require.Equal(t, http.Header{"X-Client-Id": {"acme #1"}, "X-Sent": {vectorUnix}},
		signAll(t, vectorMessage(), signing.Keys{}, profile))
}

func TestSignAll_SignsInSeveralWaysAtOnce(t *testing.T) {
	t.Parallel()

	keys := symmetric(secret(t, standardSecret))
	private, err := signing.ParsePrivateKey(svixPrivateKey)
	require.NoError(t, err)

	keys.Ed25519 = []signing.PrivateKey{private}

	require.Equal(t, http.Header{
		"Webhook-Id":        {vectorID},
		"Webhook-Timestamp": {vectorUnix},
		"Webhook-Signature": {standardSignature + " " + svixSignature},
		"X-Client-Id":       {"org_1"},
		"X-Sent":            {vectorISO},
		"X-Signature":       {"sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"},
		"X-Signed":          {"ULQm79vscs4yXvfYm24WvC/9sf7s39VUa7wyFI76Ztk="},
	}, signAll(t, vectorMessage(), keys,
		signing.Profile{Scheme: signing.StandardWebhooksV1, ClientIDHeader: "X-Client-Id"},
		signing.Profile{Scheme: signing.HMACBody, HeaderName: "X-Signature", Prefix: "sha256=", Encoding: signing.Hex},
		signing.Profile{
			Scheme: signing.HMACTimestampBody, HeaderName: "x-signed", Encoding: signing.Base64,
			TimestampHeader: "x-sent", TimestampFormat: signing.ISO8601,
		},
		signing.Profile{Scheme: signing.StandardWebhooksV1A},
	))
}

func TestSignAll_Refuses(t *testing.T) {
	t.Parallel()

	var (
		v1      = []signing.Profile{{Scheme: signing.StandardWebhooksV1}}
		v1a     = []signing.Profile{{Scheme: signing.StandardWebhooksV1A}}
		plain   = []signing.Profile{{Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex}}
		client  = []signing.Profile{{Scheme: signing.None, ClientIDHeader: "X-Client-Id"}}
		stamped = []signing.Profile{{
			Scheme: signing.HMACTimestampBody, HeaderName: "X-Signature", Encoding: signing.Hex,
			TimestampHeader: "X-Sent", TimestampFormat: signing.UnixSeconds,
		}}
		standard = signing.NewSecret()
		text     = secret(t, "correct horse battery staple")
		private  = signing.NewPrivateKey()
		message  = vectorMessage()
	)

	with := func(change func(m *signing.Message)) signing.Message {
		changed := message
		change(&changed)

		return changed
	}
	withID := func(id string) signing.Message { return with(func(m *signing.Message) { m.ID = id }) }
	withTime := func(at time.Time) signing.Message { return with(func(m *signing.Message) { m.At = at }) }
	asymmetric := func(keys ...signing.PrivateKey) signing.Keys { return signing.Keys{Ed25519: keys} }

	tests := []struct {
		name     string
		profiles []signing.Profile
		message  signing.Message
		keys     signing.Keys
		clientID string
		want     error
	}{
		{"a control character in the id", v1, withID("msg\r\n1"), symmetric(standard), "", signing.ErrInvalidID},
		{"a dot in the id", v1a, withID("msg.1"), asymmetric(private), "", signing.ErrInvalidID},
		{"a non-ASCII id", v1, withID("msg_é"), symmetric(standard), "", signing.ErrInvalidID},
		{"a space in the id", plain, withID("msg 1"), symmetric(text), "", signing.ErrInvalidID},
		{"an empty id", v1, withID(""), symmetric(standard), "", signing.ErrInvalidID},
		{"an id of broken UTF-8", v1, withID("msg_\xff"), symmetric(standard), "", signing.ErrInvalidID},

		{"a time before 1970", stamped, withTime(time.Unix(-1, 0)), symmetric(text), "", signing.ErrInvalidTime},
		{"a time that was never set", v1, withTime(time.Time{}), symmetric(standard), "", signing.ErrInvalidTime},
		{
			"a year of five digits", v1, withTime(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)), symmetric(standard), "",
			signing.ErrInvalidTime,
		},

		{"no key for v1a", v1a, message, symmetric(standard), "", signing.ErrNoSecret},
		{"a zero key for v1a", v1a, message, asymmetric(private, signing.PrivateKey{}), "", signing.ErrNoSecret},
		{"no secret for v1", v1, message, asymmetric(private), "", signing.ErrNoSecret},
		{"a zero secret for v1", v1, message, symmetric(standard, signing.Secret{}), "", signing.ErrNoSecret},
		{"no secret for a plain HMAC", plain, message, asymmetric(private), "", signing.ErrNoSecret},
		{"a zero secret for a plain HMAC", plain, message, symmetric(signing.Secret{}, text), "", signing.ErrNoSecret},
		{"no secret for a HMAC with time", stamped, message, signing.Keys{}, "", signing.ErrNoSecret},
		{"a current secret of any text for v1", v1, message, symmetric(text, standard), "", signing.ErrNotStandard},

		{"no client identifier", client, message, signing.Keys{}, "", signing.ErrInvalidClientID},
		{"a line break in the client identifier", client, message, signing.Keys{}, "a\r\nb", signing.ErrInvalidClientID},
		{"a non-ASCII client identifier", client, message, signing.Keys{}, "é", signing.ErrInvalidClientID},
		{"a client identifier that ends in a space", client, message, signing.Keys{}, "a ", signing.ErrInvalidClientID},
		{"a long client identifier", client, message, signing.Keys{}, strings.Repeat("a", 257), signing.ErrInvalidClientID},

		{"an unknown scheme", []signing.Profile{{Scheme: "HMAC_MD5"}}, message, symmetric(text), "", signing.ErrInvalidProfile},
		{"an empty profile", []signing.Profile{{}}, message, symmetric(text), "", signing.ErrInvalidProfile},
		{"profiles that clash", append(plain, stamped...), message, symmetric(text), "", signing.ErrInvalidProfile},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			signed, err := signing.SignAll(tt.profiles, tt.message, tt.keys, tt.clientID)
			require.ErrorIs(t, err, tt.want)
			require.Nil(t, signed)
		})
	}
}
