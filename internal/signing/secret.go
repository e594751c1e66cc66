package signing

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The lengths of a secret, in bytes after decoding ("Symmetric signatures": 192 to 512 bits).
const (
	MinSecretBytes = 24
	MaxSecretBytes = 64
)

const (
	newSecretBytes = 32
	secretPrefix   = "whsec_"
	redacted       = "whsec_[redacted]"
	hintLength     = 4
)

// What [ParseSecret] refuses. The messages are safe to show: they never contain any part of the secret.
var (
	ErrSecretEncoding = errors.New("signing secret is not padded standard base64 after its prefix")
	ErrSecretLength   = fmt.Errorf("signing secret must decode to %d to %d bytes", MinSecretBytes, MaxSecretBytes)
	ErrSecretPrefix   = errors.New("signing secret must start with " + secretPrefix)
)

// Secret is a symmetric signing key. It does not give its key away to fmt, slog or encoding/json; only
// [Secret.Reveal] does. The zero value holds no key and cannot sign.
type Secret struct {
	// key is two pointers away because fmt cannot ask the methods of a Secret that sits in an unexported
	// field. It prints such a pointer as an address, but follows it once for a verb that does not fit ("%s").
	key *secretKey
}

type secretKey struct{ bytes *[]byte }

var (
	_ fmt.Formatter  = Secret{}
	_ fmt.GoStringer = Secret{}
	_ fmt.Stringer   = Secret{}
	_ slog.LogValuer = Secret{}
)

// NewSecret returns a new random secret of 32 bytes.
func NewSecret() Secret {
	key := make([]byte, newSecretBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program when the system has no randomness
	return Secret{key: &secretKey{bytes: &key}}
}

// ParseSecret reads the form that people exchange: "whsec_" and the padded standard base64 of 24 to 64
// bytes. It accepts exactly what [Secret.Reveal] writes, so that one secret has one spelling. The errors
// are [ErrSecretPrefix], [ErrSecretEncoding] and [ErrSecretLength].
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok {
		return Secret{}, ErrSecretPrefix
	}

	// The decoder skips line breaks, even in strict mode, which would give one secret two spellings.
	if strings.ContainsAny(encoded, "\r\n") {
		return Secret{}, ErrSecretEncoding
	}

	// The decoder's own error is dropped on purpose: it may quote input.
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return Secret{}, ErrSecretEncoding
	}
	if len(key) < MinSecretBytes || len(key) > MaxSecretBytes {
		return Secret{}, ErrSecretLength
	}
	return Secret{key: &secretKey{bytes: &key}}, nil
}

// IsZero reports whether the secret holds no key.
func (s Secret) IsZero() bool { return s.key == nil }

// Reveal returns the secret in clear, in its whsec_ form, and "" for the zero value. Each call belongs in
// the audit log.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(*s.key.bytes)
}

// Hint returns the last four characters of the revealed form, enough to tell two secrets apart on screen,
// and "" for the zero value.
func (s Secret) Hint() string {
	if s.IsZero() {
		return ""
	}
	revealed := s.Reveal()
	return revealed[len(revealed)-hintLength:]
}

// String returns a placeholder, never the secret.
func (s Secret) String() string { return redacted }

// GoString returns a placeholder, never the secret.
func (s Secret) GoString() string { return redacted }

// Format writes a placeholder for every verb; without it %d would print the key as numbers.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue returns a placeholder, never the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
