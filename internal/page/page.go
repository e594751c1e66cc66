// Package page cuts long lists into pages, as the Relay connection specification has it: keyset cursors on the id, so
// that a page costs the same however far down the list it is and nothing is skipped or repeated while rows are added.
package page

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// The limits of a page.
const (
	DefaultSize = 25
	MaxSize     = 100
)

// Errors of a request for a page. They are the caller's to mend.
var (
	ErrBothEnds = errors.New("first and last cannot be used together")
	ErrCursor   = errors.New("malformed cursor")
	ErrSize     = fmt.Errorf("a page has 1 to %d items", MaxSize)
)

// cursorVersion is the first byte of a cursor, so that the form can change without old ones being misread.
const cursorVersion = 1

// Args are the arguments of a connection as the client gave them.
type Args struct {
	First, Last   *int
	After, Before *string
}

// Query is a checked request for a page. Order is which way the whole list is sorted.
type Query struct {
	Size          int
	After, Before *uuid.UUID
	// Backward asks for the last items rather than the first.
	Backward bool
	// Ascending sorts the list oldest first.
	Ascending bool
}

// Page is a part of a list, in the order of the list.
type Page[T any] struct {
	Items                []T
	HasNext, HasPrevious bool
}

// Query checks the arguments.
func (a Args) Query(ascending bool) (Query, error) {
	q := Query{Size: DefaultSize, Ascending: ascending}

	switch {
	case a.First != nil && a.Last != nil:
		return Query{}, ErrBothEnds
	case a.First != nil:
		q.Size = *a.First
	case a.Last != nil:
		q.Size, q.Backward = *a.Last, true
	}

	if q.Size < 1 || q.Size > MaxSize {
		return Query{}, fmt.Errorf("%w, not %d", ErrSize, q.Size)
	}

	var err error

	if q.After, err = parseCursor(a.After); err != nil {
		return Query{}, fmt.Errorf("after: %w", err)
	}

	if q.Before, err = parseCursor(a.Before); err != nil {
		return Query{}, fmt.Errorf("before: %w", err)
	}

	return q, nil
}

// Cut makes a page of the rows that the query's SQL returned: up to one more than the size, and from the far end when
// the query is backward.
func Cut[T any](q Query, rows []T) Page[T] {
	more := len(rows) > q.Size
	if more {
		rows = rows[:q.Size]
	}

	if q.Backward {
		reversed := make([]T, len(rows))
		for n, row := range rows {
			reversed[len(rows)-1-n] = row
		}

		return Page[T]{Items: reversed, HasPrevious: more, HasNext: q.Before != nil}
	}

	return Page[T]{Items: rows, HasNext: more, HasPrevious: q.After != nil}
}

// Cursor returns the opaque place of a row in its list.
func Cursor(at uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{cursorVersion}, at[:]...))
}

func parseCursor(text *string) (*uuid.UUID, error) {
	if text == nil {
		return nil, nil
	}

	raw, err := base64.RawURLEncoding.DecodeString(*text)
	if err != nil || len(raw) != 17 || raw[0] != cursorVersion {
		return nil, ErrCursor
	}

	at := uuid.UUID(raw[1:])

	return &at, nil
}
