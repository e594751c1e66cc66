package signing_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/signing"
)

func TestNewSecret(t *testing.T) {
	t.Parallel()

	t.Run("gives 32 random bytes that survive a round trip", func(t *testing.T) {
		t.Parallel()

		secret := signing.NewSecret()
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
		require.NoError(t, err)
		require.Len(t, key, 32)

		parsed, err := signing.ParseSecret(secret.Reveal())
		require.NoError(t, err)
		require.Equal(t, secret, parsed)
	})

	t.Run("gives another secret each time", func(t *testing.T) {
		t.Parallel()

		one, other := signing.NewSecret(), signing.NewSecret()
		require.NotEqual(t, one.Reveal(), other.Reveal())
	})
}

func TestParseSecret(t *testing.T) {
	t.Parallel()

	encoded := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, n)) }

	tests := []struct {
		name string
		text string
		want error
	}{
		{"accepts 24 bytes", "whsec_" + encoded(24), nil},
		{"accepts 25 bytes with double padding", "whsec_" + encoded(25), nil},
		{"accepts 64 bytes", "whsec_" + encoded(64), nil},
		{"accepts the example of the standard", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", nil},
		{"refuses 23 bytes", "whsec_" + encoded(23), signing.ErrSecretLength},
		{"refuses 65 bytes", "whsec_" + encoded(65), signing.ErrSecretLength},
		{"refuses a line break inside", "whsec_" + encoded(24)[:8] + "\n" + encoded(24)[8:], signing.ErrSecretEncoding},
		{"refuses a line break at the end", "whsec_" + encoded(24) + "\r\n", signing.ErrSecretEncoding},
		{"refuses a missing prefix", encoded(24), signing.ErrSecretPrefix},
		{"refuses a private asymmetric key", "whsk_" + encoded(64), signing.ErrSecretPrefix},
		{"refuses a space in front", " whsec_" + encoded(24), signing.ErrSecretPrefix},
		{"refuses an upper case prefix", "WHSEC_" + encoded(24), signing.ErrSecretPrefix},
		{"refuses missing padding", "whsec_" + strings.TrimRight(encoded(25), "="), signing.ErrSecretEncoding},
		{"refuses nothing after the prefix", "whsec_", signing.ErrSecretLength},
		{"refuses nothing at all", "", signing.ErrSecretPrefix},
		{"refuses stray trailing bits", "whsec_" + strings.Repeat("A", 33) + "B==", signing.ErrSecretEncoding},
		{"refuses the URL alphabet", "whsec_" + strings.Repeat("-_-_", 8), signing.ErrSecretEncoding},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			secret, err := signing.ParseSecret(tt.text)
			if tt.want == nil {
				require.NoError(t, err)
				require.Equal(t, tt.text, secret.Reveal())
				return
			}
			require.ErrorIs(t, err, tt.want)
			require.True(t, secret.IsZero())
			if body := strings.TrimSpace(strings.TrimPrefix(tt.text, "whsec_")); body != "" {
				require.NotContains(t, err.Error(), body)
			}
		})
	}
}

func TestSecret_Hint(t *testing.T) {
	t.Parallel()

	secret, err := signing.ParseSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	require.NoError(t, err)
	require.Equal(t, "b7oD", secret.Hint())
	require.Empty(t, signing.Secret{}.Hint())
	require.Empty(t, signing.Secret{}.Reveal())
}

func TestSecret_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	type holder struct {
		Public  signing.Secret
		private signing.Secret
	}

	secret := signing.NewSecret()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
	require.NoError(t, err)
	held := holder{Public: secret, private: secret}

	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%T"} {
		fmt.Fprintf(&printed, verb+"\n", secret)
		fmt.Fprintf(&printed, verb+"\n", &secret)
		fmt.Fprintf(&printed, verb+"\n", held)
		fmt.Fprintf(&printed, verb+"\n", &held)
		fmt.Fprintf(&printed, verb+"\n", []signing.Secret{secret})
	}
	slog.New(slog.NewTextHandler(&printed, nil)).Info("text", "secret", secret, "held", held)
	slog.New(slog.NewJSONHandler(&printed, nil)).Info("json", "secret", secret, "held", held)
	require.NoError(t, json.NewEncoder(&printed).Encode(held))

	require.Contains(t, printed.String(), "whsec_[redacted]")
	for _, leak := range []string{
		secret.Reveal()[len("whsec_"):],
		fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), string(key),
		strings.Trim(fmt.Sprintf("%d", key), "[]"),
		strings.Trim(fmt.Sprintf("%#v", key)[len("[]byte"):], "{}"),
		strings.Trim(fmt.Sprintf("%o", key), "[]"),
	} {
		require.NotContains(t, printed.String(), leak)
	}
	require.Equal(t, "whsec_[redacted]", secret.String())
	require.Equal(t, "whsec_[redacted]", secret.GoString())
}

func FuzzParseSecret(f *testing.F) {
	f.Add("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	f.Add("whsec_" + strings.Repeat("A", 86) + "==")
	f.Add("whsec_====")
	f.Add("")

	f.Fuzz(func(t *testing.T, text string) {
		secret, err := signing.ParseSecret(text)
		if err != nil {
			require.True(t, secret.IsZero())
			return
		}
		require.Equal(t, text, secret.Reveal(), "one secret must have one spelling")
		require.Equal(t, text[len(text)-4:], secret.Hint())
	})
}
