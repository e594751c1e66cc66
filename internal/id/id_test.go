package id_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
)

func TestID_ReadsBackWhatItWrote(t *testing.T) {
	t.Parallel()

	for range 1000 {
		one := id.New(id.Webhook)

		back, err := id.Parse(one.String())
		require.NoError(t, err)
		require.Equal(t, one, back)
		require.Len(t, one.String(), len("wh_")+22)
	}

	for _, edge := range []uuid.UUID{uuid.Nil, uuid.Max} {
		back, err := id.Parse(id.Event.From(edge).String())
		require.NoError(t, err)
		require.Equal(t, edge, back.UUID())
	}
}

func TestID_TextSortsByAge(t *testing.T) {
	t.Parallel()

	texts := make([]string, 500)
	for n := range texts {
		texts[n] = id.New(id.Delivery).String()
	}

	require.True(t, slices.IsSorted(texts))
}

func TestID_FloorSeparatesTimes(t *testing.T) {
	t.Parallel()

	one := id.New(id.Event)
	at := one.UUID()
	before, after := id.Floor(one.Time()), id.Floor(one.Time().Add(time.Millisecond))

	require.LessOrEqual(t, bytes.Compare(before[:], at[:]), 0)
	require.Negative(t, bytes.Compare(at[:], after[:]))
	require.WithinDuration(t, time.Now(), one.Time(), time.Minute)
}

func TestParse_RefusesWhatIsNoID(t *testing.T) {
	t.Parallel()

	for name, text := range map[string]string{
		"empty":          "",
		"foreign digit":  "wh_000000000000000000000O",
		"no prefix":      "1C7dZ3vQ9mKp2RfTnXbYgH",
		"overflow":       "wh_zzzzzzzzzzzzzzzzzzzzzz",
		"prefix missing": "_1C7dZ3vQ9mKp2RfTnXbYg",
		"too short":      "wh_1C7",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := id.Parse(text)
			require.ErrorIs(t, err, id.ErrMalformed)
		})
	}
}

func TestID_MalformedGraphQLIDNamesNothing(t *testing.T) {
	t.Parallel()

	var one id.ID

	require.NoError(t, one.UnmarshalGQL("nonsense"))
	require.True(t, one.IsZero())
	require.ErrorIs(t, one.UnmarshalGQL(7), id.ErrMalformed)
}

func TestID_IsReadableInJSON(t *testing.T) {
	t.Parallel()

	want := id.New(id.Delivery)

	raw, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `"`+want.String()+`"`, string(raw))

	var back id.ID

	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, want, back)
}

func FuzzParse(f *testing.F) {
	f.Add(id.New(id.Event).String())
	f.Add("wh_zzzzzzzzzzzzzzzzzzzzzz")

	f.Fuzz(func(t *testing.T, text string) {
		one, err := id.Parse(text)
		if err == nil {
			require.Equal(t, text, one.String())
		}
	})
}
