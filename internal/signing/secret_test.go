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

func TestParseText(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		text string
		want error
	}{
		{"accepts 8 bytes", "12345678", nil},
		{"accepts 256 bytes", strings.Repeat("a", 256), nil},
		{"accepts spaces inside", "correct horse battery staple", nil},
		{"accepts other scripts", "pässwörd-鍵-🔑", nil},
		{"accepts two characters of 4 bytes", "🔑🔒", nil},
		{"accepts a whsec_ form that is too short", "whsec_AAAA", nil},
		{"accepts a whsec_ form without its padding", "whsec_" + strings.Repeat("A", 34), nil},
		{"accepts what looks like a private key", "whsk_" + strings.Repeat("A", 86) + "==", nil},
		{"refuses nothing at all", "", signing.ErrTextLength},
		{"refuses 7 bytes", "1234567", signing.ErrTextLength},
		{"refuses 257 bytes", strings.Repeat("a", 257), signing.ErrTextLength},
		{"refuses 129 characters of 2 bytes", strings.Repeat("é", 129), signing.ErrTextLength},
		{"refuses a space in front", " 12345678", signing.ErrTextCharacters},
		{"refuses a line break at the end", "12345678\n", signing.ErrTextCharacters},
		{"refuses a wide space at the end", "12345678\u3000", signing.ErrTextCharacters},
		{"refuses a line break behind a whsec_ form", standardSecret + "\n", signing.ErrTextCharacters},
		{"refuses a line break inside", "1234\r\n5678", signing.ErrTextCharacters},
		{"refuses a tab inside", "1234\t5678", signing.ErrTextCharacters},
		{"refuses NUL", "1234\x005678", signing.ErrTextCharacters},
		{"refuses DEL", "1234\x7f5678", signing.ErrTextCharacters},
		{"refuses a control character beyond ASCII", "1234\u00855678", signing.ErrTextCharacters},
		{"refuses broken UTF-8", "1234\xff5678", signing.ErrTextCharacters},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			secret, err := signing.ParseText(tt.text)
			require.False(t, secret.IsStandard())

			if tt.want == nil {
				require.NoError(t, err)
				require.False(t, secret.IsZero())
				require.Equal(t, tt.text, secret.Reveal())

				return
			}

			require.ErrorIs(t, err, tt.want)
			require.True(t, secret.IsZero())
			require.NotContains(t, err.Error(), "1234")
		})
	}

	t.Run("gives the same secret as ParseSecret for its form", func(t *testing.T) {
		t.Parallel()

		shortest := "whsec_" + strings.Repeat("A", 32)
		longest := "whsec_" + strings.Repeat("A", 86) + "=="

		for _, text := range []string{standardSecret, shortest, longest, signing.NewSecret().Reveal()} {
			want, err := signing.ParseSecret(text)
			require.NoError(t, err)
			require.True(t, want.IsStandard())

			got, err := signing.ParseText(text)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}

func TestSecret_IsStandard(t *testing.T) {
	t.Parallel()

	require.True(t, signing.NewSecret().IsStandard())
	require.False(t, signing.Secret{}.IsStandard())
}

func TestSecret_Hint(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD": "b7oD",
		"correct horse battery stäple":           "äple",
		"0123456789abcdef":                       "cdef",
		"0123456789abcde":                        "cde",
		"12345678":                               "78",
		"🔑🔒":                                     "",
	} {
		require.Equal(t, want, secret(t, text).Hint(), text)
	}

	require.Empty(t, signing.Secret{}.Hint())
	require.Empty(t, signing.Secret{}.Reveal())
}

// printed is everything that fmt, slog and encoding/json make of a value, alone and inside others.
func printed[T any](t *testing.T, value T) string {
	t.Helper()

	type holder struct {
		Public  T
		private T
	}

	var out strings.Builder

	held := holder{Public: value, private: value}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%T"} {
		for _, shown := range []any{value, &value, held, &held, []T{value}, map[string]T{"key": value}} {
			fmt.Fprintf(&out, verb+"\n", shown)
		}
	}

	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value, "held", held)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value, "held", held)
	require.NoError(t, json.NewEncoder(&out).Encode(held))

	return out.String()
}

// forms are the ways in which bytes could show up in print.
func forms(key []byte) []string {
	return []string{
		string(key),
		fmt.Sprintf("%x", key), fmt.Sprintf("%X", key),
		strings.Trim(fmt.Sprintf("%d", key), "[]"),
		strings.Trim(fmt.Sprintf("%#v", key)[len("[]byte"):], "{}"),
		strings.Trim(fmt.Sprintf("%o", key), "[]"),
	}
}

func TestSecret_IsNeverPrinted(t *testing.T) {
	t.Parallel()

	for _, secret := range []signing.Secret{signing.NewSecret(), secret(t, "correct horse battery staple")} {
		text := strings.TrimPrefix(secret.Reveal(), "whsec_")
		leaks := append(forms([]byte(text)), forms([]byte(secret.Reveal()))...)

		if secret.IsStandard() {
			key, err := base64.StdEncoding.DecodeString(text)
			require.NoError(t, err)

			leaks = append(leaks, forms(key)...)
		}

		out := printed(t, secret)
		require.Contains(t, out, "whsec_[redacted]")

		for _, leak := range leaks {
			require.NotContains(t, out, leak)
		}

		require.Equal(t, "whsec_[redacted]", secret.String())
		require.Equal(t, "whsec_[redacted]", secret.GoString())
	}
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

func FuzzParseText(f *testing.F) {
	f.Add(standardSecret)
	f.Add("correct horse battery staple")
	f.Add("pässwörd-鍵-🔑")
	f.Add("1234\xff5678")
	f.Add("")

	f.Fuzz(func(t *testing.T, text string) {
		standard, standardErr := signing.ParseSecret(text)

		secret, err := signing.ParseText(text)
		if err != nil {
			require.True(t, secret.IsZero())
			require.Error(t, standardErr, "a secret in whsec_ form is a text, too")

			return
		}

		require.Equal(t, text, secret.Reveal())
		require.Equal(t, standardErr == nil, secret.IsStandard())
		require.True(t, strings.HasSuffix(text, secret.Hint()))
		require.LessOrEqual(t, len([]rune(secret.Hint())), min(4, len([]rune(text))/4))

		if secret.IsStandard() {
			require.Equal(t, standard, secret)
		}

		// What any secret signs can be sent.
		profile := signing.Profile{Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex}
		signed := signAll(t, vectorMessage(), symmetric(secret), profile)
		require.Equal(t, hexHMAC([]byte(vectorBody), text), signed.Get("X-Signature"))
	})
}
