package signing_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

// The secret and signature that the libraries of the standard test themselves with, and the key and signature that the
// server of the standard's authors and the example of the standard ("Webhook headers") have for the same message.
const (
	standardSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	svixPrivateKey    = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
	svixPublicKey     = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
	svixSignature     = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
)

var (
	v1  = signing.Profile{Scheme: signing.StandardWebhooksV1}
	v1a = signing.Profile{Scheme: signing.StandardWebhooksV1A}
)

// oracle is the standard's own Go library, which decides whether a receiver would accept our headers.
func oracle(t *testing.T, secret signing.Secret) *standardwebhooks.Webhook {
	t.Helper()

	webhook, err := standardwebhooks.NewWebhook(secret.Reveal())
	require.NoError(t, err)

	return webhook
}

// verifyV1A does what a receiver does with a public key and one entry of the signature header.
func verifyV1A(t *testing.T, publicKey, id, timestamp, body, entry string) bool {
	t.Helper()

	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(publicKey, "whpk_"))
	require.NoError(t, err)
	require.Len(t, key, ed25519.PublicKeySize)

	encoded, ok := strings.CutPrefix(entry, "v1a,")
	require.True(t, ok)

	signature, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	require.Len(t, signature, ed25519.SignatureSize)

	return ed25519.Verify(key, []byte(id+"."+timestamp+"."+body), signature)
}

func TestSignAll_StandardV1(t *testing.T) {
	t.Parallel()

	message := signing.Message{
		ID: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", At: time.Now(), Content: []byte(`{"type":"inspection.completed","data":{}}`),
	}

	t.Run("satisfies the official library, clock included", func(t *testing.T) {
		t.Parallel()

		secret := signing.NewSecret()
		require.NoError(t, oracle(t, secret).Verify(message.Content, signAll(t, message, symmetric(secret), v1)))
	})

	t.Run("gives the signature of a known vector", func(t *testing.T) {
		t.Parallel()

		signed := signAll(t, vectorMessage(), symmetric(secret(t, standardSecret)), v1)
		require.Equal(t, vectorID, signed.Get(signing.HeaderID))
		require.Equal(t, vectorUnix, signed.Get(signing.HeaderTimestamp))
		require.Equal(t, standardSignature, signed.Get(signing.HeaderSignature))
		require.Len(t, signed, 3)
	})

	t.Run("carries one signature per secret in the given order", func(t *testing.T) {
		t.Parallel()

		current, previous := signing.NewSecret(), signing.NewSecret()
		signed := signAll(t, message, symmetric(current, previous), v1)
		require.NoError(t, oracle(t, current).Verify(message.Content, signed))
		require.NoError(t, oracle(t, previous).Verify(message.Content, signed))
		require.Error(t, oracle(t, signing.NewSecret()).Verify(message.Content, signed))

		one := signAll(t, message, symmetric(current), v1).Get(signing.HeaderSignature)
		other := signAll(t, message, symmetric(previous), v1).Get(signing.HeaderSignature)
		require.Equal(t, one+" "+other, signed.Get(signing.HeaderSignature))
	})

	t.Run("leaves out previous secrets that never signed it", func(t *testing.T) {
		t.Parallel()

		current, text, previous := signing.NewSecret(), secret(t, "correct horse battery staple"), signing.NewSecret()
		require.Equal(t, signAll(t, message, symmetric(current, previous), v1),
			signAll(t, message, symmetric(current, text, previous), v1))
	})

	t.Run("does not verify once anything signed has changed", func(t *testing.T) {
		t.Parallel()

		secret := signing.NewSecret()
		signed := signAll(t, message, symmetric(secret), v1)

		otherID := signed.Clone()
		otherID.Set(signing.HeaderID, message.ID+"x")

		otherTime := signed.Clone()
		otherTime.Set(signing.HeaderTimestamp, strconv.FormatInt(message.At.Unix()+1, 10))

		require.Error(t, oracle(t, secret).Verify(append(slices.Clip(message.Content), ' '), signed))
		require.Error(t, oracle(t, secret).Verify(message.Content, otherID))
		require.Error(t, oracle(t, secret).Verify(message.Content, otherTime))
	})
}

func TestSignAll_StandardV1A(t *testing.T) {
	t.Parallel()

	t.Run("gives the signatures of known vectors", func(t *testing.T) {
		t.Parallel()

		for private, want := range map[string]string{
			svixPrivateKey: svixSignature,
			"whsk_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=": "v1a,MyZCYMEp0LrCyikh50mHhgY4GvABSTRGBo9poDvXDo0+HFfzugY4bPx8FQ+hDa3TdoArNIq8rmeFtY9UWzhRBA==",
		} {
			key, err := signing.ParsePrivateKey(private)
			require.NoError(t, err)

			signed := signAll(t, vectorMessage(), signing.Keys{Ed25519: []signing.PrivateKey{key}}, v1a)
			require.Equal(t, vectorID, signed.Get(signing.HeaderID))
			require.Equal(t, vectorUnix, signed.Get(signing.HeaderTimestamp))
			require.Equal(t, want, signed.Get(signing.HeaderSignature))
			require.Len(t, signed, 3)
		}
	})

	t.Run("carries one signature per key that its public key verifies", func(t *testing.T) {
		t.Parallel()

		current, previous := signing.NewPrivateKey(), signing.NewPrivateKey()
		signed := signAll(t, vectorMessage(), signing.Keys{Ed25519: []signing.PrivateKey{current, previous}}, v1a)

		entries := strings.Split(signed.Get(signing.HeaderSignature), " ")
		require.Len(t, entries, 2)
		require.True(t, verifyV1A(t, current.PublicKey(), vectorID, vectorUnix, vectorBody, entries[0]))
		require.True(t, verifyV1A(t, previous.PublicKey(), vectorID, vectorUnix, vectorBody, entries[1]))
		require.False(t, verifyV1A(t, previous.PublicKey(), vectorID, vectorUnix, vectorBody, entries[0]))
	})

	t.Run("does not verify once anything signed has changed", func(t *testing.T) {
		t.Parallel()

		require.True(t, verifyV1A(t, svixPublicKey, vectorID, vectorUnix, vectorBody, svixSignature))
		require.False(t, verifyV1A(t, svixPublicKey, vectorID+"x", vectorUnix, vectorBody, svixSignature))
		require.False(t, verifyV1A(t, svixPublicKey, vectorID, "1614265331", vectorBody, svixSignature))
		require.False(t, verifyV1A(t, svixPublicKey, vectorID, vectorUnix, vectorBody+" ", svixSignature))
	})
}

func TestSignAll_SharesOneHeaderBetweenStandardSchemes(t *testing.T) {
	t.Parallel()

	message := vectorMessage()
	message.At = time.Now()

	keys := signing.Keys{
		Symmetric: []signing.Secret{signing.NewSecret(), signing.NewSecret()},
		Ed25519:   []signing.PrivateKey{signing.NewPrivateKey(), signing.NewPrivateKey()},
	}

	symmetricFirst := signAll(t, message, keys, v1, v1a)
	asymmetricFirst := signAll(t, message, keys, v1a, v1)

	for _, secret := range keys.Symmetric {
		require.NoError(t, oracle(t, secret).Verify(message.Content, symmetricFirst))
		require.NoError(t, oracle(t, secret).Verify(message.Content, asymmetricFirst))
	}

	entries := strings.Split(symmetricFirst.Get(signing.HeaderSignature), " ")
	require.Len(t, entries, 4)

	for n, key := range keys.Ed25519 {
		require.True(t, verifyV1A(t, key.PublicKey(), message.ID, strconv.FormatInt(message.At.Unix(), 10), vectorBody,
			entries[2+n]))
	}

	require.Equal(t, append(entries[2:], entries[:2]...),
		strings.Split(asymmetricFirst.Get(signing.HeaderSignature), " "))
}

func TestSignAll_AgreesWithOfficialLibrary(t *testing.T) {
	t.Parallel()

	const visible = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:/~"

	random := rand.New(rand.NewPCG(1, 2)) // A fixed seed makes a failure repeatable.

	for range 2_000 {
		var id strings.Builder

		for range 1 + random.IntN(60) {
			id.WriteByte(visible[random.IntN(len(visible))])
		}

		body := make([]byte, random.IntN(2_000))
		for i := range body {
			body[i] = byte(random.Uint32())
		}

		at := time.Unix(random.Int64N(1<<33), random.Int64N(1e9))
		secret := signing.NewSecret()

		want, err := oracle(t, secret).Sign(id.String(), at, body)
		require.NoError(t, err)

		signed := signAll(t, signing.Message{ID: id.String(), At: at, Content: body}, symmetric(secret), v1)
		require.Equal(t, want, signed.Get(signing.HeaderSignature))
		require.NoError(t, oracle(t, secret).VerifyIgnoringTimestamp(body, signed))
	}
}
