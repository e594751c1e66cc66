package model_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph/model"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
)

func written(m graphql.Marshaler) string {
	var out strings.Builder

	m.MarshalGQL(&out)

	return out.String()
}

func TestDateTime_IsWrittenInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, 1, 31, 13, 0, 0, 123_456_789, time.FixedZone("CET", 3600))

	require.Equal(t, `"2026-01-31T12:00:00.123456Z"`, written(model.MarshalDateTime(at)))
	require.Equal(t, `"2026-01-31T12:00:00Z"`, written(model.MarshalDateTime(at.Truncate(time.Second))))
}

func TestDateTime_TakesRFC3339AndNothingElse(t *testing.T) {
	t.Parallel()

	want := time.Date(2026, 1, 31, 12, 0, 0, 500_000, time.UTC)

	for _, text := range []string{
		"2026-01-31T12:00:00.0005Z", "2026-01-31T13:00:00.0005+01:00", "2026-01-31T12:00:00.000500999Z",
	} {
		got, err := model.UnmarshalDateTime(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}

	for _, wrong := range []any{
		"", "2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "2026-02-29T12:00:00Z", "2026-01-31T24:00:00Z",
		"2026-01-31T1:00:00Z", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00+25:00", "now", json.Number("1"), true, nil,
	} {
		_, err := model.UnmarshalDateTime(wrong)
		require.ErrorContains(t, err, "RFC 3339", "%v", wrong)
	}
}

func TestInt_Has32Bits(t *testing.T) {
	t.Parallel()

	for _, fits := range []any{json.Number("2147483647"), int64(2147483647)} {
		n, err := model.UnmarshalInt(fits)
		require.NoError(t, err)
		require.Equal(t, 2147483647, n)
	}

	for _, wrong := range []any{
		json.Number("2147483648"), json.Number("-2147483649"), json.Number("99999999999999999999"), json.Number("1.5"), "1",
		true, int64(1) << 40,
	} {
		_, err := model.UnmarshalInt(wrong)
		require.ErrorContains(t, err, "whole number", "%v", wrong)
	}

	require.Equal(t, "-7", written(model.MarshalInt(-7)))
}

func TestString_HasNoNUL(t *testing.T) {
	t.Parallel()

	text, err := model.UnmarshalString("a\nü")
	require.NoError(t, err)
	require.Equal(t, "a\nü", text)

	for _, wrong := range []any{"a\x00b", "\xff", json.Number("1"), 1, nil} {
		_, err := model.UnmarshalString(wrong)
		require.Error(t, err, "%v", wrong)
	}
}

func TestJSON_KeepsWhatItIsGiven(t *testing.T) {
	t.Parallel()

	decoder := json.NewDecoder(strings.NewReader(`{"b":1.10,"a":[12345678901234567890,"<&>\u2028",null,true,1e400]}`))
	decoder.UseNumber()

	var value any

	require.NoError(t, decoder.Decode(&value))

	raw, err := model.UnmarshalJSON(value)
	require.NoError(t, err)
	//nolint:testifylint // JSONEq would not tell 1.10 from 1.1.
	require.Equal(t, `{"a":[12345678901234567890,"<&>\u2028",null,true,1e400],"b":1.10}`, string(raw))
	require.Equal(t, string(raw), written(model.MarshalJSON(raw)))
	require.Equal(t, "null", written(model.MarshalJSON(nil)))

	_, err = model.UnmarshalJSON(make(chan int))
	require.ErrorContains(t, err, "JSON")
}

func TestMilliseconds_AreExactToTheMicrosecond(t *testing.T) {
	t.Parallel()

	for d, want := range map[time.Duration]string{
		0:                              "0",
		1500 * time.Microsecond:        "1.5",
		time.Hour + 1*time.Microsecond: "3600000.001",
		999 * time.Nanosecond:          "0",
	} {
		require.Equal(t, want, written(model.MarshalMilliseconds(d)))
	}

	d, err := model.UnmarshalMilliseconds(1.5)
	require.NoError(t, err)
	require.Equal(t, 1500*time.Microsecond, d)
}

func TestConnection_HasACursorForEveryItem(t *testing.T) {
	t.Parallel()

	items := []id.ID{id.New(id.Event), id.New(id.Event)}
	self := func(one id.ID) id.ID { return one }

	got := model.NewConnection(page.Page[id.ID]{Items: items, HasNext: true}, self)
	require.Equal(t, items, got.Nodes)
	require.Equal(t, items[1], got.Edges[1].Node)
	require.Equal(t, page.Cursor(items[0].UUID()), *got.PageInfo.StartCursor)
	require.Equal(t, page.Cursor(items[1].UUID()), *got.PageInfo.EndCursor)
	require.True(t, got.PageInfo.HasNextPage)
	require.False(t, got.PageInfo.HasPreviousPage)

	empty := model.NewConnection(page.Page[id.ID]{}, self)
	require.Nil(t, empty.PageInfo.StartCursor)
	require.Nil(t, empty.PageInfo.EndCursor)
}
