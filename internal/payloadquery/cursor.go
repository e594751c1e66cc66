package payloadquery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrInvalidJSON says that data is not JSON at all. Only invalid data gives it.
var ErrInvalidJSON = errors.New("data is not valid JSON")

// cursor moves over JSON that is known to be valid and without white space, so it has nothing to check.
type cursor struct {
	data []byte
	at   int
}

func newCursor(data []byte) (cursor, error) {
	var out bytes.Buffer

	out.Grow(len(data))

	if err := json.Compact(&out, data); err != nil {
		return cursor{}, fmt.Errorf("%w: %w", ErrInvalidJSON, err)
	}

	return cursor{data: out.Bytes()}, nil
}

// more steps over what is between two parts of an object or array, or over the bracket that ends it, and tells whether
// there is another part. The cursor must be after the opening bracket or after a part.
func (c *cursor) more(end byte) bool {
	switch c.data[c.at] {
	case end:
		c.at++

		return false
	case ',':
		c.at++
	}

	return true
}

// name steps over the name of a member and the colon, and returns the name in its quotes.
func (c *cursor) name() []byte {
	start := c.at
	c.text()
	name := c.data[start:c.at]
	c.at++

	return name
}

// skip steps over a value and returns it.
func (c *cursor) skip() []byte {
	start, depth := c.at, 0

	for c.at < len(c.data) {
		switch c.data[c.at] {
		case '"':
			c.text()

			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				return c.data[start:c.at]
			}
		}

		if depth < 0 { // the end of what the value is in
			break
		}

		c.at++
	}

	return c.data[start:c.at]
}

// text steps over a text.
func (c *cursor) text() {
	for c.at++; c.data[c.at] != '"'; c.at++ {
		if c.data[c.at] == '\\' {
			c.at++
		}
	}

	c.at++
}

// lookup finds a name as it is written, in its quotes, in a map of plain names. It allocates only for one that has
// escapes, or bytes that are not UTF-8, which encoding/json replaces.
func lookup[V any](in map[string]V, quoted []byte) (V, bool) {
	plain := quoted[1 : len(quoted)-1]

	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		found, ok := in[string(plain)]

		return found, ok
	}

	var name string

	// It is a valid text, so this cannot fail.
	_ = json.Unmarshal(quoted, &name)

	found, ok := in[name]

	return found, ok
}
