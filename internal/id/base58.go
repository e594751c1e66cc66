package id

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"

	"github.com/google/uuid"
)

// alphabet is base58's: no 0, O, I or l, and in ASCII order, so that texts of one width sort as their numbers do.
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// width is the number of base58 digits that hold any 128-bit number.
const width = 22

func encode58(u uuid.UUID) string {
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])

	var out [width]byte

	for n := width - 1; n >= 0; n-- {
		var rem uint64

		hi, rem = hi/58, hi%58
		lo, rem = bits.Div64(rem, lo, 58)
		out[n] = alphabet[rem]
	}

	return string(out[:])
}

func decode58(s string) (uuid.UUID, error) {
	if len(s) != width {
		return uuid.Nil, fmt.Errorf("%w: want %d digits after the prefix", ErrMalformed, width)
	}

	var hi, lo uint64

	for n := range width {
		digit := strings.IndexByte(alphabet, s[n])
		if digit < 0 {
			return uuid.Nil, fmt.Errorf("%w: not a base58 digit", ErrMalformed)
		}

		// (hi, lo) = (hi, lo) * 58 + digit, refusing what does not fit into 128 bits.
		overLo, nextLo := bits.Mul64(lo, 58)
		overHi, nextHi := bits.Mul64(hi, 58)

		nextLo, carry := bits.Add64(nextLo, uint64(digit), 0)

		nextHi, carry = bits.Add64(nextHi, overLo, carry)
		if overHi != 0 || carry != 0 {
			return uuid.Nil, fmt.Errorf("%w: too large", ErrMalformed)
		}

		hi, lo = nextHi, nextLo
	}

	var u uuid.UUID

	binary.BigEndian.PutUint64(u[:8], hi)
	binary.BigEndian.PutUint64(u[8:], lo)

	return u, nil
}
