// Package secretbox encrypts the secrets that Surehook keeps in its database: signing keys, header values,
// credentials. It wraps an AEAD keyset of Tink, in which one key seals and every key opens, so that keys can
// be rotated without touching what was sealed before.
package secretbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// The errors of this package. Their messages are fixed texts: those of the libraries below may quote the
// keyset, so they are never wrapped.
var (
	ErrKeyset = errors.New("not a Tink AEAD keyset in JSON, as it is or base64-encoded")
	ErrOpen   = errors.New("sealed value does not open: wrong keyset, wrong associated data, or damage")
	ErrSeal   = errors.New("value cannot be sealed")
)

// Box seals and opens values. It is safe for concurrent use.
type Box struct {
	aead tink.AEAD
}

var _ fmt.Stringer = (*Box)(nil)

// Generate returns a new keyset with one AES-256-GCM key, as JSON in padded standard base64: one line, fit
// for an environment variable. Who has it can open everything that was sealed with it.
func Generate() (string, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return "", fmt.Errorf("generate keyset: %w", err)
	}

	var cleartext bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&cleartext)); err != nil {
		return "", fmt.Errorf("write keyset: %w", err)
	}
	return base64.StdEncoding.EncodeToString(cleartext.Bytes()), nil
}

// New reads a keyset in clear: the JSON of Tink, as it is or in padded standard base64. White space around it
// is ignored, so the content of a file will do. Everything else is [ErrKeyset], encrypted keysets and
// keysets for other purposes than AEAD included.
func New(serialized []byte) (*Box, error) {
	cleartext := bytes.TrimSpace(serialized)
	if !bytes.HasPrefix(cleartext, []byte("{")) {
		decoded, err := base64.StdEncoding.AppendDecode(nil, cleartext)
		if err != nil {
			return nil, ErrKeyset
		}
		cleartext = decoded
	}

	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(cleartext)))
	if err != nil {
		return nil, ErrKeyset
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, ErrKeyset
	}
	return &Box{aead: primitive}, nil
}

// Seal encrypts plaintext with the primary key. associated is not stored, but must be the same to open the
// value again: put in it where the value belongs (organization, webhook, purpose), so that a value copied to
// another row does not open there. Join its parts so that no two lists of parts give the same bytes.
//
// The result is 33 bytes longer than plaintext and differs each time. The error is [ErrSeal].
func (b *Box) Seal(plaintext, associated []byte) ([]byte, error) {
	sealed, err := b.aead.Encrypt(plaintext, associated)
	if err != nil {
		return nil, ErrSeal
	}
	return sealed, nil
}

// Open decrypts what [Box.Seal] made with any key that is still enabled in the keyset. The error is always
// [ErrOpen]: which check failed is nothing to tell.
func (b *Box) Open(sealed, associated []byte) ([]byte, error) {
	plaintext, err := b.aead.Decrypt(sealed, associated)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

// String returns a placeholder that keeps keys out of logs.
func (b *Box) String() string { return "secretbox.Box[redacted]" }
