package signing

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths of a secret in whsec_ form, in bytes after decoding ("Symmetric signatures": 192 to 512 bits).
const (
	MinSecretBytes = 24
	MaxSecretBytes = 64
)

// The lengths of a secret of any text, in bytes of UTF-8.
const (
	MinTextBytes = 8
	MaxTextBytes = 256
)

const (
	newSecretBytes = 32
	secretPrefix   = "whsec_"
	redacted       = "whsec_[redacted]"
	hintLength     = 4
	hintShare      = 4
)

// What [ParseSecret] refuses. The messages are safe to show: they never contain any part of the secret.
var (
	ErrSecretEncoding = errors.New("signing secret is not padded standard base64 after its prefix")
	ErrSecretLength   = fmt.Errorf("signing secret must decode to %d to %d bytes", MinSecretBytes, MaxSecretBytes)
	ErrSecretPrefix   = errors.New("signing secret must start with " + secretPrefix)
)

// What [ParseText] refuses. The messages are safe to show: they never contain any part of the secret.
var (
	ErrTextCharacters = errors.New(
		"signing secret must be UTF-8 without control characters and without white space at its ends")
	ErrTextLength = fmt.Errorf("signing secret must be %d to %d bytes", MinTextBytes, MaxTextBytes)
)

// Secret is a symmetric signing key. It does not give its key away to fmt, slog or encoding/json; only
// [Secret.Reveal] does. The zero value holds no key and cannot sign.
type Secret struct{ key *hidden[symmetricKey] }

type symmetricKey struct {
	text string
	// standard is what text decodes to, or nil when text is not in whsec_ form.
	standard []byte
}

var (
	_ fmt.Formatter  = Secret{}
	_ fmt.GoStringer = Secret{}
	_ fmt.Stringer   = Secret{}
	_ slog.LogValuer = Secret{}
)

// NewSecret returns a new random secret of 32 bytes in whsec_ form, which every symmetric scheme can sign with.
func NewSecret() Secret {
	key := make([]byte, newSecretBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program when the system has no randomness

	return Secret{key: hide(symmetricKey{text: secretPrefix + base64.StdEncoding.EncodeToString(key), standard: key})}
}

// ParseSecret reads the form that Standard Webhooks exchanges: "whsec_" and the padded standard base64 of 24 to 64
// bytes, in its one spelling. The errors are [ErrSecretPrefix], [ErrSecretEncoding] and [ErrSecretLength].
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok {
		return Secret{}, ErrSecretPrefix
	}

	key, ok := decode(encoded)
	if !ok {
		return Secret{}, ErrSecretEncoding
	}

	if len(key) < MinSecretBytes || len(key) > MaxSecretBytes {
		return Secret{}, ErrSecretLength
	}

	return Secret{key: hide(symmetricKey{text: text, standard: key})}, nil
}

// ParseText reads a secret of any text, of 8 to 256 bytes of UTF-8 without control characters and without white space
// at its ends. All that [ParseSecret] accepts is among it and gives the same secret, so this reads back whatever
// [Secret.Reveal] wrote. The errors are [ErrTextLength] and [ErrTextCharacters].
func ParseText(text string) (Secret, error) {
	if secret, err := ParseSecret(text); err == nil {
		return secret, nil
	}

	switch {
	case len(text) < MinTextBytes || len(text) > MaxTextBytes:
		return Secret{}, ErrTextLength
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text:
		return Secret{}, ErrTextCharacters
	}

	return Secret{key: hide(symmetricKey{text: text})}, nil
}

// IsZero reports whether the secret holds no key.
func (s Secret) IsZero() bool { return s.key == nil }

// IsStandard reports whether the secret is in whsec_ form, which [StandardWebhooksV1] demands.
func (s Secret) IsStandard() bool { return !s.IsZero() && s.key.value.standard != nil }

// Reveal returns the secret in clear, exactly as its user sees it, and "" for the zero value. Each call belongs in the
// audit log.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}

	return s.key.value.text
}

// Hint returns the last four characters of the revealed form, enough to tell two secrets apart on screen, and "" for
// the zero value. It never shows more than a quarter of the characters, which makes it shorter below 16 of them.
func (s Secret) Hint() string {
	characters := []rune(s.Reveal())

	return string(characters[len(characters)-min(hintLength, len(characters)/hintShare):])
}

// String returns a placeholder, never the secret.
func (s Secret) String() string { return redacted }

// GoString returns a placeholder, never the secret.
func (s Secret) GoString() string { return redacted }

// Format writes a placeholder for every verb; without it %d would print the key as numbers.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue returns a placeholder, never the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
