package signing_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

// oracle is the standard's own Go library, which decides whether a receiver would accept our headers.
func oracle(t *testing.T, secret signing.Secret) *standardwebhooks.Webhook {
	t.Helper()
	webhook, err := standardwebhooks.NewWebhook(secret.Reveal())
	require.NoError(t, err)
	return webhook
}

func sign(t *testing.T, id string, at time.Time, body []byte, secrets ...signing.Secret) http.Header {
	t.Helper()
	headers, err := signing.Sign(id, at, body, secrets...)
	require.NoError(t, err)
	header := http.Header{}
	headers.Apply(header)
	return header
}

func TestSign(t *testing.T) {
	t.Parallel()

	const id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
	body := []byte(`{"type":"inspection.completed","data":{}}`)

	t.Run("satisfies the official library, clock included", func(t *testing.T) {
		t.Parallel()

		secret := signing.NewSecret()
		require.NoError(t, oracle(t, secret).Verify(body, sign(t, id, time.Now(), body, secret)))
	})

	t.Run("gives the signature of a known vector", func(t *testing.T) {
		t.Parallel()

		secret, err := signing.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		require.NoError(t, err)
		headers, err := signing.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 999_999_999),
			[]byte(`{"test": 2432232314}`), secret)
		require.NoError(t, err)
		require.Equal(t, signing.Headers{
			ID:        "msg_p5jXN8AQM9LWM0D4loKWxJek",
			Signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			Timestamp: "1614265330",
		}, headers)
	})

	t.Run("carries one signature per secret in the given order", func(t *testing.T) {
		t.Parallel()

		current, previous := signing.NewSecret(), signing.NewSecret()
		at := time.Now()
		header := sign(t, id, at, body, current, previous)
		require.NoError(t, oracle(t, current).Verify(body, header))
		require.NoError(t, oracle(t, previous).Verify(body, header))
		require.Error(t, oracle(t, signing.NewSecret()).Verify(body, header))

		require.Equal(t, sign(t, id, at, body, current).Get(signing.HeaderSignature)+" "+
			sign(t, id, at, body, previous).Get(signing.HeaderSignature), header.Get(signing.HeaderSignature))
	})

	t.Run("does not verify once anything signed has changed", func(t *testing.T) {
		t.Parallel()

		secret := signing.NewSecret()
		now := time.Now()
		header := sign(t, id, now, body, secret)

		otherID := header.Clone()
		otherID.Set(signing.HeaderID, id+"x")
		otherTime := header.Clone()
		otherTime.Set(signing.HeaderTimestamp, strconv.FormatInt(now.Unix()+1, 10))

		require.Error(t, oracle(t, secret).Verify(append(slices.Clip(body), ' '), header))
		require.Error(t, oracle(t, secret).Verify(body, otherID))
		require.Error(t, oracle(t, secret).Verify(body, otherTime))
	})
}

func TestSign_Refuses(t *testing.T) {
	t.Parallel()

	secret := signing.NewSecret()
	tests := []struct {
		name    string
		id      string
		at      time.Time
		secrets []signing.Secret
		want    error
	}{
		{"a control character in the id", "msg\r\n1", time.Unix(1, 0), []signing.Secret{secret}, signing.ErrInvalidID},
		{"a dot in the id", "msg.1", time.Unix(1, 0), []signing.Secret{secret}, signing.ErrInvalidID},
		{"a non-ASCII id", "msg_é", time.Unix(1, 0), []signing.Secret{secret}, signing.ErrInvalidID},
		{"a space in the id", "msg 1", time.Unix(1, 0), []signing.Secret{secret}, signing.ErrInvalidID},
		{"a time that was never set", "msg_1", time.Time{}, []signing.Secret{secret}, signing.ErrInvalidTime},
		{"a zero secret", "msg_1", time.Unix(1, 0), []signing.Secret{secret, {}}, signing.ErrNoSecret},
		{"an empty id", "", time.Unix(1, 0), []signing.Secret{secret}, signing.ErrInvalidID},
		{"no secret", "msg_1", time.Unix(1, 0), nil, signing.ErrNoSecret},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			headers, err := signing.Sign(tt.id, tt.at, nil, tt.secrets...)
			require.ErrorIs(t, err, tt.want)
			require.Zero(t, headers)
		})
	}
}

func TestSign_AgreesWithOfficialLibrary(t *testing.T) {
	t.Parallel()

	random := rand.New(rand.NewPCG(1, 2)) // A fixed seed makes a failure repeatable.
	const visible = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:/~"
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
		header := sign(t, id.String(), at, body, secret)
		require.Equal(t, want, header.Get(signing.HeaderSignature))
		require.NoError(t, oracle(t, secret).VerifyIgnoringTimestamp(body, header))
	}
}
