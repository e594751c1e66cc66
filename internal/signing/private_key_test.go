package signing_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

func TestNewPrivateKey(t *testing.T) {
	t.Parallel()

	one, other := signing.NewPrivateKey(), signing.NewPrivateKey()
	require.NotEqual(t, one.Reveal(), other.Reveal())
	require.NotEqual(t, one.PublicKey(), other.PublicKey())

	parsed, err := signing.ParsePrivateKey(one.Reveal())
	require.NoError(t, err)
	require.Equal(t, one, parsed)
	require.Equal(t, one.PublicKey(), parsed.PublicKey())
}

func TestParsePrivateKey_Accepts(t *testing.T) {
	t.Parallel()

	const (
		public = "whpk_wuzPrKxPfWpJSsXgyg/MEoMGvjs5SjDO4ad6X4ZYqqg="
		long   = "whsk_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDXC7M+srE99aklKxeDKD8wSgwa+OzlKMM7hp3pfhliqqA=="
	)

	tests := []struct{ name, text, reveal, public string }{
		{"the seed alone", "whsk_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=", long, public},
		{"the seed and its public key", long, long, public},
		{"a key of another server", svixPrivateKey, svixPrivateKey, svixPublicKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			key, err := signing.ParsePrivateKey(tt.text)
			require.NoError(t, err)
			require.False(t, key.IsZero())
			require.Equal(t, tt.reveal, key.Reveal())
			require.Equal(t, tt.public, key.PublicKey())
			require.Equal(t, tt.public[len(tt.public)-4:], key.Hint())
		})
	}
}

func TestParsePrivateKey_Refuses(t *testing.T) {
	t.Parallel()

	encoded := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, n)) }
	inner := strings.TrimPrefix(svixPrivateKey, "whsk_")

	tests := []struct {
		name string
		text string
		want error
	}{
		{"a changed public key", strings.Replace(svixPrivateKey, "LlX0dRqS", "LlaaaaaS", 1), signing.ErrPrivateKeyMismatch},
		{"a public key", svixPublicKey, signing.ErrPrivateKeyPrefix},
		{"a missing prefix", inner, signing.ErrPrivateKeyPrefix},
		{"a secret", standardSecret, signing.ErrPrivateKeyPrefix},
		{"a space in front", " " + svixPrivateKey, signing.ErrPrivateKeyPrefix},
		{"an upper case prefix", "WHSK_" + inner, signing.ErrPrivateKeyPrefix},
		{"nothing at all", "", signing.ErrPrivateKeyPrefix},
		{"a line break at the end", svixPrivateKey + "\n", signing.ErrPrivateKeyEncoding},
		{"a line break inside", "whsk_" + inner[:8] + "\n" + inner[8:], signing.ErrPrivateKeyEncoding},
		{"missing padding", strings.TrimRight(svixPrivateKey, "="), signing.ErrPrivateKeyEncoding},
		{"stray trailing bits", strings.Replace(svixPrivateKey, "vg==", "vh==", 1), signing.ErrPrivateKeyEncoding},
		{"the URL alphabet", strings.Replace(svixPrivateKey, "/", "_", 1), signing.ErrPrivateKeyEncoding},
		{"0 bytes", "whsk_", signing.ErrPrivateKeyLength},
		{"31 bytes", "whsk_" + encoded(31), signing.ErrPrivateKeyLength},
		{"33 bytes", "whsk_" + encoded(33), signing.ErrPrivateKeyLength},
		{"63 bytes", "whsk_" + encoded(63), signing.ErrPrivateKeyLength},
		{"65 bytes", "whsk_" + encoded(65), signing.ErrPrivateKeyLength},
		{"64 bytes without a public key", "whsk_" + encoded(64), signing.ErrPrivateKeyMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			key, err := signing.ParsePrivateKey(tt.text)
			require.ErrorIs(t, err, tt.want)
			require.True(t, key.IsZero())

			if body := strings.TrimSpace(strings.TrimPrefix(tt.text, "whsk_")); body != "" {
				require.NotContains(t, err.Error(), body)
			}
		})
	}
}

func TestPrivateKey_ZeroShowsNothing(t *testing.T) {
	t.Parallel()

	var key signing.PrivateKey

	require.True(t, key.IsZero())
	require.Empty(t, key.Hint())
	require.Empty(t, key.PublicKey())
	require.Empty(t, key.Reveal())
}

func TestPrivateKey_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	private := signing.NewPrivateKey()
	text := strings.TrimPrefix(private.Reveal(), "whsk_")

	key, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)

	out := printed(t, private)
	require.Contains(t, out, "whsk_[redacted]")

	for _, secret := range [][]byte{key, key[:ed25519.SeedSize], []byte(text)} {
		for _, leak := range forms(secret) {
			require.NotContains(t, out, leak)
		}
	}

	require.Equal(t, "whsk_[redacted]", private.String())
	require.Equal(t, "whsk_[redacted]", private.GoString())
}

func FuzzParsePrivateKey(f *testing.F) {
	f.Add(svixPrivateKey)
	f.Add("whsk_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
	f.Add("whsk_====")
	f.Add("")

	f.Fuzz(func(t *testing.T, text string) {
		key, err := signing.ParsePrivateKey(text)
		if err != nil {
			require.True(t, key.IsZero())

			return
		}

		again, err := signing.ParsePrivateKey(key.Reveal())
		require.NoError(t, err)
		require.Equal(t, key, again)

		signed := signAll(t, vectorMessage(), signing.Keys{Ed25519: []signing.PrivateKey{key}}, v1a)
		require.True(t, verifyV1A(t, key.PublicKey(), vectorID, vectorUnix, vectorBody,
			signed.Get(signing.HeaderSignature)))
	})
}
