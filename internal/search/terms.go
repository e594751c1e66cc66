package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/surehook/surehook/internal/id"
)

// The limits of what is searchable in a payload.
const (
	// MaxTerms is how many different values of a payload are searchable: those nearest to its root, and of those
	// equally near the first ones.
	MaxTerms = 256
	// MaxValues is how many values of a payload are looked at for that.
	MaxValues = 4_096
)

const (
	// usualTerms is how many terms there is room for at first.
	usualTerms = 24
	// bytesPerTerm is how long a term is as a text, with a comma.
	bytesPerTerm = 21
)

// ErrValue says that something is not a value that can be searched for. It is the caller's to mend.
var ErrValue = errors.New("must be a text, a number, true, false or null")

// Terms returns the terms of a payload, which must be valid JSON, without duplicates.
func Terms(organization id.ID, payload json.RawMessage) []int64 {
	t := &tree{text: payload}
	t.index()

	if len(t.spans) == 0 {
		return nil
	}

	out, looked := make([]int64, 0, usualTerms), 0

	t.walk(rootOf(organization), func(at path, scalar []byte) bool {
		if term := at.term(scalar); !slices.Contains(out, term) {
			out = append(out, term)
		}

		looked++

		return len(out) < MaxTerms && looked < MaxValues
	})

	return out
}

// Literal returns terms as Postgres reads an array.
func Literal(terms []int64) string {
	out := make([]byte, 0, len("{}")+len(terms)*bytesPerTerm)
	out = append(out, '{')

	for n, term := range terms {
		if n > 0 {
			out = append(out, ',')
		}

		out = strconv.AppendInt(out, term, 10)
	}

	return string(append(out, '}'))
}

// Term returns the term of a value at a path. A payload has it if it has the value there, or in an array there.
func Term(organization id.ID, names []string, value json.RawMessage) (int64, error) {
	scalar := bytes.Trim(value, " \t\n\r")
	if !json.Valid(scalar) || scalar[0] == '{' || scalar[0] == '[' {
		return 0, ErrValue
	}

	at := rootOf(organization)
	for _, name := range names {
		at = at.member([]byte(name))
	}

	return at.term(scalar), nil
}

// path stands for an organization and the names of the members on the way to a value. It is half of a SHA-256, so that
// nobody can make up a payload that is found in place of another.
type path [sha256.Size / 2]byte

func rootOf(organization id.ID) path { return path(organization.UUID()) }

// member returns the path to a member of an object.
func (p path) member(name []byte) path {
	var buffer [96]byte

	text := append(append(append(buffer[:0], p[:]...), '.'), name...)
	sum := sha256.Sum256(text)

	return path(sum[:len(p)])
}

// term returns the term of a value, from how it is written in JSON. What comes after the path tells texts, numbers and
// the rest apart, and all of them from names.
func (p path) term(scalar []byte) int64 {
	var buffer [96]byte

	text := append(buffer[:0], p[:]...)

	switch scalar[0] {
	case '"':
		text = append(append(text, '"'), unquote(scalar)...)
	case 'f', 'n', 't':
		text = append(text, scalar...)
	default:
		text = number(append(text, '#'), scalar)
	}

	sum := sha256.Sum256(text)

	return int64(binary.BigEndian.Uint64(sum[:]))
}
