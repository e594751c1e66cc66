package signing

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const (
	privatePrefix   = "whsk_"
	publicPrefix    = "whpk_"
	redactedPrivate = "whsk_[redacted]"
)

// What [ParsePrivateKey] refuses. The messages are safe to show: they never contain any part of the key.
var (
	ErrPrivateKeyEncoding = errors.New("private key is not padded standard base64 after its prefix")
	ErrPrivateKeyLength   = fmt.Errorf("private key must decode to %d or %d bytes",
		ed25519.SeedSize, ed25519.PrivateKeySize)
	ErrPrivateKeyMismatch = errors.New("private key and the public key behind it do not belong together")
	ErrPrivateKeyPrefix   = errors.New("private key must start with " + privatePrefix)
)

// PrivateKey is an Ed25519 key that signs. It does not give itself away to fmt, slog or encoding/json; only
// [PrivateKey.Reveal] does. The zero value holds no key and cannot sign.
type PrivateKey struct{ key *hidden[ed25519.PrivateKey] }

var (
	_ fmt.Formatter  = PrivateKey{}
	_ fmt.GoStringer = PrivateKey{}
	_ fmt.Stringer   = PrivateKey{}
	_ slog.LogValuer = PrivateKey{}
)

// NewPrivateKey returns a new random key.
func NewPrivateKey() PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: crypto/rand ends the program when the system has no randomness

	return PrivateKey{key: hide(ed25519.NewKeyFromSeed(seed))}
}

// ParsePrivateKey reads "whsk_" and padded standard base64. The standard does not say of what, and both forms that are
// in use are accepted: the seed of 32 bytes, and the seed with the public key behind it, 64 bytes, which
// [PrivateKey.Reveal] writes. The errors are [ErrPrivateKeyPrefix], [ErrPrivateKeyEncoding], [ErrPrivateKeyLength] and
// [ErrPrivateKeyMismatch].
func ParsePrivateKey(text string) (PrivateKey, error) {
	encoded, ok := strings.CutPrefix(text, privatePrefix)
	if !ok {
		return PrivateKey{}, ErrPrivateKeyPrefix
	}

	decoded, ok := decode(encoded)
	if !ok {
		return PrivateKey{}, ErrPrivateKeyEncoding
	}

	if len(decoded) != ed25519.SeedSize && len(decoded) != ed25519.PrivateKeySize {
		return PrivateKey{}, ErrPrivateKeyLength
	}

	// Whoever put the halves of two pairs together hands out a public key that none of the signatures would satisfy.
	key := ed25519.NewKeyFromSeed(decoded[:ed25519.SeedSize])
	if !bytes.HasPrefix(key, decoded) {
		return PrivateKey{}, ErrPrivateKeyMismatch
	}

	return PrivateKey{key: hide(key)}, nil
}

// IsZero reports whether there is no key.
func (k PrivateKey) IsZero() bool { return k.key == nil }

// Reveal returns the private key in clear, as "whsk_" and the base64 of the seed and the public key, and "" for the
// zero value. Receivers do not need it: they get [PrivateKey.PublicKey].
func (k PrivateKey) Reveal() string {
	if k.IsZero() {
		return ""
	}

	return privatePrefix + base64.StdEncoding.EncodeToString(*k.key.value)
}

// PublicKey returns what receivers verify with, as "whpk_" and the base64 of its 32 bytes, and "" for the zero value.
// It is no secret.
func (k PrivateKey) PublicKey() string {
	if k.IsZero() {
		return ""
	}

	return publicPrefix + base64.StdEncoding.EncodeToString((*k.key.value)[ed25519.SeedSize:])
}

// Hint returns the last four characters of the public key, and "" for the zero value.
func (k PrivateKey) Hint() string {
	public := k.PublicKey()

	return public[max(0, len(public)-hintLength):]
}

// String returns a placeholder, never the key.
func (k PrivateKey) String() string { return redactedPrivate }

// GoString returns a placeholder, never the key.
func (k PrivateKey) GoString() string { return redactedPrivate }

// Format writes a placeholder for every verb; without it %d would print the key as numbers.
func (k PrivateKey) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redactedPrivate) }

// LogValue returns a placeholder, never the key.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(redactedPrivate) }
