// Package id defines the identifiers that Surehook shows to people: a type prefix, an underscore and a UUIDv7 in
// base58, such as wh_1C7dZ3vQ9mKp2RfTnXbYgH. Postgres stores the bare UUID; the prefix is added at the edge, and is the
// same in the API, in logs, in request headers and in the Temporal Web UI.
//
// A UUIDv7 begins with its creation time in milliseconds, so ids sort by age and a time range is a range of ids. The
// text form keeps that order, because the base58 alphabet is in ASCII order and the width is fixed.
package id

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ErrMalformed says that a text is not an id at all. An id of the wrong kind is not malformed: it is merely unknown.
var ErrMalformed = errors.New("malformed id")

// Kind is the type prefix of an id.
type Kind string

// The kinds, one for each type that implements Node in the schema, plus those that only ever appear in logs.
const (
	APIKey        Kind = "key"
	Attempt       Kind = "att"
	AuditEntry    Kind = "aud"
	Batch         Kind = "bat"
	BulkOperation Kind = "op"
	Delivery      Kind = "dlv"
	Event         Kind = "evt"
	EventType     Kind = "typ"
	Organization  Kind = "org"
	Process       Kind = "prc"
	Secret        Kind = "sec"
	Subscription  Kind = "sub"
	Webhook       Kind = "wh"
)

// ID names one thing of one kind. The zero ID names nothing. IDs are comparable.
type ID struct {
	kind Kind
	uuid uuid.UUID
}

// New returns a fresh id of the kind.
func New(kind Kind) ID { return ID{kind: kind, uuid: uuid.Must(uuid.NewV7())} }

// From puts the kind back on a UUID read from the database.
func (k Kind) From(u uuid.UUID) ID { return ID{kind: k, uuid: u} }

// FromPtr is From for a nullable column.
func (k Kind) FromPtr(u *uuid.UUID) *ID {
	if u == nil {
		return nil
	}

	out := k.From(*u)

	return &out
}

// Floor returns the smallest UUID that an id made at t can have. Comparing ids with it compares creation times.
func Floor(t time.Time) uuid.UUID {
	var u uuid.UUID

	var ms [8]byte

	binary.BigEndian.PutUint64(ms[:], uint64(max(t.UnixMilli(), 0)))
	copy(u[:6], ms[2:])
	u[6] = 0x70

	return u
}

// Parse reads the text form of an id of any kind.
func Parse(s string) (ID, error) {
	prefix, rest, ok := strings.Cut(s, "_")
	if !ok || prefix == "" {
		return ID{}, fmt.Errorf("%w: no type prefix", ErrMalformed)
	}

	u, err := decode58(rest)
	if err != nil {
		return ID{}, err
	}

	return ID{kind: Kind(prefix), uuid: u}, nil
}

// Kind returns the type prefix.
func (i ID) Kind() Kind { return i.kind }

// UUID returns what the database stores.
func (i ID) UUID() uuid.UUID { return i.uuid }

// Is tells whether the id is of the kind.
func (i ID) Is(kind Kind) bool { return i.kind == kind }

// IsZero tells whether the id names nothing.
func (i ID) IsZero() bool { return i.kind == "" }

// Time returns when the id was made, to the millisecond.
func (i ID) Time() time.Time {
	sec, nsec := i.uuid.Time().UnixTime()

	return time.Unix(sec, nsec).UTC().Truncate(time.Millisecond)
}

// String returns the text form, or "" for the zero ID.
func (i ID) String() string {
	if i.IsZero() {
		return ""
	}

	return string(i.kind) + "_" + encode58(i.uuid)
}

// MarshalText makes ids readable in JSON, and so in Temporal's history.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (i *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = ID{}

		return nil
	}

	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}

	*i = parsed

	return nil
}

// MarshalGQL writes the id as GraphQL's ID scalar.
func (i ID) MarshalGQL(w io.Writer) {
	// An id has no character that JSON escapes, and a writer that fails is the transport's to notice.
	_, _ = io.WriteString(w, strconv.Quote(i.String()))
}

// UnmarshalGQL reads GraphQL's ID scalar. A malformed id becomes the zero ID, which is found nowhere: to the caller it
// is an unknown id like any other, so that ids cannot be probed.
func (i *ID) UnmarshalGQL(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%w: not a string", ErrMalformed)
	}

	parsed, err := Parse(s)
	if err != nil {
		parsed = ID{}
	}

	*i = parsed

	return nil
}

// UUIDs returns the bare UUIDs of the ids. Nil stays nil.
func UUIDs(ids []ID) []uuid.UUID {
	if ids == nil {
		return nil
	}

	out := make([]uuid.UUID, len(ids))
	for n, one := range ids {
		out[n] = one.uuid
	}

	return out
}
