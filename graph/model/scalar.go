package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// dateTimeLayout is RFC 3339 with as many digits as Postgres keeps.
const dateTimeLayout = "2006-01-02T15:04:05.999999Z07:00"

var dateTimeShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// Errors of a value that a scalar does not take. They are the caller's to mend.
var (
	errDateTime = errors.New("must be a moment in RFC 3339, such as 2026-01-31T12:00:00Z")
	errInt      = fmt.Errorf("must be a whole number from %d to %d", math.MinInt32, math.MaxInt32)
	errString   = errors.New("must be a text of Unicode without the character U+0000")
)

// MarshalDateTime writes a moment in UTC, to the microsecond.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		write(w, strconv.Quote(t.UTC().Format(dateTimeLayout)))
	})
}

// UnmarshalDateTime reads a moment with any offset, to the microsecond.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, errDateTime
	}

	// Parse alone takes more than RFC 3339 allows.
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !dateTimeShape.MatchString(text) {
		return time.Time{}, errDateTime
	}

	return t.UTC().Truncate(time.Microsecond), nil
}

// MarshalInt writes a whole number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads a whole number. GraphQL's have 32 bits.
func UnmarshalInt(v any) (int, error) {
	if _, isText := v.(string); isText {
		return 0, errInt
	}

	n, err := graphql.UnmarshalInt(v)
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, errInt
	}

	return n, nil
}

// MarshalJSON writes a JSON value.
func MarshalJSON(value json.RawMessage) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		if value == nil {
			write(w, "null")

			return
		}

		write(w, string(value))
	})
}

// UnmarshalJSON reads a JSON value. Numbers that came in a variable keep all their digits.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	var out bytes.Buffer

	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("must be a JSON value: %w", err)
	}

	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// MarshalMilliseconds writes a duration as a number of milliseconds, to the microsecond.
func MarshalMilliseconds(d time.Duration) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		write(w, strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64))
	})
}

// UnmarshalMilliseconds reads what MarshalMilliseconds writes.
func UnmarshalMilliseconds(v any) (time.Duration, error) {
	ms, err := graphql.UnmarshalFloat(v)

	return time.Duration(ms * float64(time.Millisecond)), err
}

// MarshalString writes a text.
func MarshalString(text string) graphql.Marshaler { return graphql.MarshalString(text) }

// UnmarshalString reads a text. One with U+0000 cannot be stored, so it is refused here, once for all.
func UnmarshalString(v any) (string, error) {
	text, ok := v.(string)
	if !ok || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return "", errString
	}

	return text, nil
}

// write hands text to the transport's buffer, which does not fail.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }
