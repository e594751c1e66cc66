package signing_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

func TestSignAll_HMACVectors(t *testing.T) {
	t.Parallel()

	const (
		words   = "correct horse battery staple"
		letters = "pässwörd-鍵-🔑"
	)

	// A secret in whsec_ form is not decoded.
	tests := []struct {
		scheme   signing.Scheme
		format   signing.TimestampFormat
		encoding signing.Encoding
		secret   string
		want     string
	}{
		{signing.HMACBody, signing.ISO8601, signing.Hex, words, "dd99f39807beeb70c2557049b935cd6e68bbd938e5cb18841d4d5a41689e2552"},
		{signing.HMACBody, signing.UnixSeconds, signing.Hex, standardSecret, "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c"},
		{signing.HMACBody, "", signing.Hex, letters, "7ab19f19ecf53d15b46d483e2876385281df03cf069b3808c1667bf7a406e731"},
		{signing.HMACBody, signing.ISO8601, signing.Base64, words, "3ZnzmAe+63DCVXBJuTXNbmi72TjlyxiEHU1aQWieJVI="},
		{signing.HMACBody, "", signing.Base64, standardSecret, "gOyKic480iEzoQZsrstNBP6nRnZXyFFNcX7ELDilyUw="},
		{signing.HMACBody, signing.UnixSeconds, signing.Base64, letters, "erGfGez1PRW0bUg+KHY4UoHfA88GmzgIwWZ796QG5zE="},
		{signing.HMACTimestampBody, signing.UnixSeconds, signing.Hex, words, "6ed5969e5f570b7409a666d08e48b7b07ebb84774496384731ba7ba62b941f86"},
		{signing.HMACTimestampBody, signing.UnixSeconds, signing.Hex, standardSecret, "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964"},
		{signing.HMACTimestampBody, signing.UnixSeconds, signing.Base64, letters, "PYMIxx3s2m/ll4DgbtcO6BUbUzaxJNl7WhiV/PQXSnM="},
		{signing.HMACTimestampBody, signing.ISO8601, signing.Hex, letters, "b0a11ed8801195bb3acafa5fdd084904e4eff121b58f6f39b3b1d21101196bdb"},
		{signing.HMACTimestampBody, signing.ISO8601, signing.Base64, words, "oGP5QOAtmq7zTH3RDQzDfTAo2UO92vYgK1s1uZwm1YA="},
		{signing.HMACTimestampBody, signing.ISO8601, signing.Base64, standardSecret, "ULQm79vscs4yXvfYm24WvC/9sf7s39VUa7wyFI76Ztk="},
	}
	for _, tt := range tests {
		t.Run(strings.Join([]string{string(tt.scheme), string(tt.format), string(tt.encoding), tt.secret}, " "),
			func(t *testing.T) {
				t.Parallel()

				profile := signing.Profile{
					Scheme: tt.scheme, HeaderName: "X-Signature", Prefix: "v0=", Encoding: tt.encoding, TimestampFormat: tt.format,
				}
				want := http.Header{"X-Signature": {"v0=" + tt.want}}

				if tt.format != "" {
					profile.TimestampHeader = "X-Sent"
					want.Set("X-Sent", map[signing.TimestampFormat]string{
						signing.ISO8601: vectorISO, signing.UnixSeconds: vectorUnix,
					}[tt.format])
				}

				require.Equal(t, want, signAll(t, vectorMessage(), symmetric(secret(t, tt.secret)), profile))
			})
	}
}

func TestSignAll_HMACCoversContentByteForByte(t *testing.T) {
	t.Parallel()

	profile := signing.Profile{Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex}

	for content, want := range map[string]string{
		"": "101408a980bd2fd8511425e0f883ff9d6f7ee1b2d1248f78d8b9f39e0ccdb432",
		"instanceID=42&processName=Leave%20request&eventType=created": "4c0979b27aa6b3a57f00ff58e5a4b50c66e3c656d915eee7087bc2f911e5adf1",
		"\x00\xff\r\n.": "701952a3623c4eb47a8d483b77a62e235b201ff35966125e0f4beb50523b2b18",
	} {
		message := vectorMessage()
		message.Content = []byte(content)

		signed := signAll(t, message, symmetric(secret(t, "correct horse battery staple")), profile)
		require.Equal(t, want, signed.Get("X-Signature"))
	}
}

func TestSignAll_HMACKeepsPreviousSignaturesApart(t *testing.T) {
	t.Parallel()

	profile := signing.Profile{
		Scheme: signing.HMACTimestampBody, HeaderName: "x-signature", Prefix: "sha256=", Encoding: signing.Hex,
		TimestampHeader: "X-Sent", TimestampFormat: signing.UnixSeconds,
	}
	current := secret(t, "correct horse battery staple")
	signature := func(secrets ...signing.Secret) string {
		return signAll(t, vectorMessage(), symmetric(secrets...), profile).Get("X-Signature")
	}

	const want = "sha256=6ed5969e5f570b7409a666d08e48b7b07ebb84774496384731ba7ba62b941f86"

	require.Equal(t, http.Header{"X-Sent": {vectorUnix}, "X-Signature": {want}},
		signAll(t, vectorMessage(), symmetric(current), profile))

	one, other := signing.NewSecret(), secret(t, "older than that")
	require.Equal(t, http.Header{
		"X-Sent":               {vectorUnix},
		"X-Signature":          {want},
		"X-Signature-Previous": {signature(one) + " " + signature(other)},
	}, signAll(t, vectorMessage(), symmetric(current, one, other), profile))
	require.NotEqual(t, signature(one), signature(other))
}

// What receivers of other webhook systems run, as their documentation has it.
var (
	kazinexVerify = func(body []byte, header, secret string) bool {
		return hmac.Equal([]byte(hexHMAC(body, secret)), []byte(strings.ReplaceAll(header, "sha256=", "")))
	}
	krebitVerify = func(body []byte, signature, secret string) bool {
		return hmac.Equal([]byte(hexHMAC(body, secret)), []byte(signature))
	}
	kuviqVerify = func(body []byte, signature, secret string) bool {
		return hmac.Equal([]byte(signature), []byte("sha256="+hexHMAC(body, secret)))
	}
)

func hexHMAC(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)

	return hex.EncodeToString(mac.Sum(nil))
}

func TestSignAll_SatisfiesReceiversOfOtherSystems(t *testing.T) {
	t.Parallel()

	kazinex := signing.Profile{
		Scheme: signing.HMACBody, HeaderName: "X-Kazinex-Signature", Prefix: "sha256=", Encoding: signing.Hex,
	}
	krebit := signing.Profile{
		Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex, ClientIDHeader: "X-Client-Id",
	}
	kuviq := signing.Profile{
		Scheme: signing.HMACBody, HeaderName: "X-Webhook-Signature", Prefix: "sha256=", Encoding: signing.Hex,
		TimestampHeader: "X-Webhook-Timestamp", TimestampFormat: signing.ISO8601,
	}
	knoxcall := signing.Profile{
		Scheme: signing.HMACBody, HeaderName: "X-KnoxCall-Signature", Prefix: "sha256=", Encoding: signing.Hex,
	}

	tests := []struct {
		name    string
		profile signing.Profile
		verify  func(body []byte, signature, secret string) bool
		others  http.Header
	}{
		{"Kazinex", kazinex, kazinexVerify, http.Header{}},
		{"KnoxCall", knoxcall, kuviqVerify, http.Header{}},
		{"Krebit", krebit, krebitVerify, http.Header{"X-Client-Id": {"org_1"}}},
		{"Kuviq", kuviq, kuviqVerify, http.Header{"X-Webhook-Timestamp": {vectorISO}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			for _, text := range []string{"mein-Geheimnis", standardSecret, "x y\"z\\é", signing.NewSecret().Reveal()} {
				current, previous := secret(t, text), signing.NewSecret()
				signed := signAll(t, vectorMessage(), symmetric(current, previous), tt.profile)

				signature := signed.Get(tt.profile.HeaderName)
				require.True(t, tt.verify([]byte(vectorBody), signature, text))
				require.False(t, tt.verify([]byte(vectorBody+" "), signature, text))
				require.False(t, tt.verify([]byte(vectorBody), signature, text+" "))

				// A receiver that has not changed its secret yet finds its signature in the other header.
				require.True(t, tt.verify([]byte(vectorBody), signed.Get(tt.profile.HeaderName+"-Previous"),
					previous.Reveal()))

				signed.Del(tt.profile.HeaderName)
				signed.Del(tt.profile.HeaderName + "-Previous")
				require.Equal(t, tt.others, signed)
			}
		})
	}
}
