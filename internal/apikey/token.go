package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
	"strings"

	"github.com/surehook/surehook/internal/id"
)

// A token is shk_<id>_<secret><checksum>: the 22 base58 digits of the key's id, by which it is found, 32 random base62
// characters (190 bits), and 6 base62 digits of the CRC-32 of everything before them. The prefix lets scanners find
// tokens that have leaked, and the checksum lets a mistyped one be told from an unknown one without a database.
const (
	tokenPrefix    = "shk_"
	idLength       = 22
	secretLength   = 32
	checksumLength = 6
	publicLength   = len(tokenPrefix) + idLength
	tokenLength    = publicLength + 1 + secretLength + checksumLength
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewOperatorToken returns a token that no key has yet. [Service.EnsureOperator] makes it a platform key's.
func NewOperatorToken() string { return newToken(id.New(id.APIKey)) }

// Parse reads a token without asking whether there is such a key. It returns the key's id and the SHA-256 of the
// secret. The error is [ErrMalformed].
func Parse(token string) (key id.ID, secretHash [sha256.Size]byte, err error) {
	if len(token) != tokenLength || !strings.HasPrefix(token, tokenPrefix) || token[publicLength] != '_' {
		return id.ID{}, secretHash, ErrMalformed
	}

	body, sum := token[:tokenLength-checksumLength], token[tokenLength-checksumLength:]
	if checksum(body) != sum {
		return id.ID{}, secretHash, ErrMalformed
	}

	key, err = id.Parse(string(id.APIKey) + "_" + token[len(tokenPrefix):publicLength])
	if err != nil {
		return id.ID{}, secretHash, ErrMalformed
	}

	secret := body[publicLength+1:]
	if strings.Trim(secret, base62) != "" {
		return id.ID{}, secretHash, ErrMalformed
	}

	return key, sha256.Sum256([]byte(secret)), nil
}

func newToken(key id.ID) string {
	body := publicPart(key) + "_" + randomBase62(secretLength)

	return body + checksum(body)
}

// publicPart is the beginning of a key's token. It is all of it that may be shown.
func publicPart(key id.ID) string {
	return tokenPrefix + strings.TrimPrefix(key.String(), string(id.APIKey)+"_")
}

func randomBase62(length int) string {
	out := make([]byte, 0, length)
	random := make([]byte, 2*length)

	for {
		_, _ = rand.Read(random) // never fails: crypto/rand ends the program when the system has no randomness

		for _, b := range random {
			// Bytes from the last multiple of 62 up would make the first characters likelier.
			if int(b) >= 256/len(base62)*len(base62) {
				continue
			}

			if out = append(out, base62[int(b)%len(base62)]); len(out) == length {
				return string(out)
			}
		}
	}
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))

	var out [checksumLength]byte

	for n := checksumLength - 1; n >= 0; n-- {
		out[n] = base62[sum%uint32(len(base62))]
		sum /= uint32(len(base62))
	}

	return string(out[:])
}
