package payloadquery_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/payloadquery"
)

func TestWithout_RemovesMembersAndKeepsTheRest(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, data string
		paths      []string
		want       string
	}{
		{"nothing", `{"b":1.10,"a":[1E+2,"\u00e9\/"]}`, nil, `{"b":1.10,"a":[1E+2,"\u00e9\/"]}`},
		{"white space only", "{ \"a\" : [ 1 , 2 ] }\n", nil, `{"a":[1,2]}`},
		{"the first", `{"a":1,"b":2,"c":3}`, []string{"a"}, `{"b":2,"c":3}`},
		{"one in the middle", `{"a":1,"b":2,"c":3}`, []string{"b"}, `{"a":1,"c":3}`},
		{"the last", `{"a":1,"b":2,"c":3}`, []string{"c"}, `{"a":1,"b":2}`},
		{"all", `{"a":1,"b":2}`, []string{"b", "a"}, `{}`},
		{"inside", `{"request":{"body":"x","url":"u"},"body":1}`, []string{"request.body"}, `{"request":{"url":"u"},"body":1}`},
		{"the last one inside", `{"request":{"body":"x"}}`, []string{"request.body"}, `{"request":{}}`},
		{"what is not there", `{"a":{"b":1}}`, []string{"x", "a.x", "a.b.c", "a.b.c.d", ""}, `{"a":{"b":1}}`},
		{"inside what is null", `{"a":null}`, []string{"a.b"}, `{"a":null}`},
		{
			"through arrays", `{"a":[{"b":1,"c":2},[{"b":3}],null,4,"b"]}`,
			[]string{"a.b"},
			`{"a":[{"c":2},[{}],null,4,"b"]}`,
		},
		{"a whole and a part of it", `{"a":{"b":1},"c":{"d":2}}`, []string{"a", "a.b", "c.d", "c"}, `{}`},
		{"several inside", `{"a":{"b":1,"c":2,"d":3}}`, []string{"a.b", "a.d"}, `{"a":{"c":2}}`},
		{"all duplicates", `{"a":1,"b":2,"a":3,"\u0061":4}`, []string{"a"}, `{"b":2}`},
		{"parts of all duplicates", `{"a":{"b":1},"a":{"b":2,"c":3}}`, []string{"a.b"}, `{"a":{},"a":{"c":3}}`},
		{"names with escapes", `{"\u0061":{"\u0062":1,"\u0063":2}}`, []string{"a.b"}, `{"\u0061":{"\u0063":2}}`},
		{"a name that is empty", `{"":1,"a":{"":2,"b":3}}`, []string{"", "a."}, `{"a":{"b":3}}`},
		{"not in other places", `{"b":1,"c":{"b":2}}`, []string{"b"}, `{"c":{"b":2}}`},
		{"from an array", `[{"a":1},{"b":2}]`, []string{"a"}, `[{},{"b":2}]`},
		{"from a scalar", `"a"`, []string{"a"}, `"a"`},
		{"brackets in texts", `{"a":"}\"]","b":"{\\"}`, []string{"a"}, `{"b":"{\\"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			data := []byte(tt.data)
			got, err := payloadquery.Without(data, tt.paths)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got))
			require.Equal(t, tt.data, string(data))
		})
	}
}

func TestWithout_RefusesInvalidJSON(t *testing.T) {
	t.Parallel()

	for _, data := range []string{"", "{", `{"a":1}x`, `{"a"}`, `[,]`} {
		got, err := payloadquery.Without([]byte(data), []string{"a"})
		require.ErrorIs(t, err, payloadquery.ErrInvalidJSON, data)
		require.Nil(t, got)
	}
}

func FuzzWithout(f *testing.F) {
	for _, seed := range []string{inspection, `{"a":[{"b":1},2]}`, `{"\u0061":1,"a":2}`, `[[]]`, `1`, `{"a"`} {
		f.Add(seed, "a", "item.name")
	}

	f.Fuzz(func(t *testing.T, data, one, other string) {
		got, err := payloadquery.Without([]byte(data), []string{one, other})
		require.Equal(t, json.Valid([]byte(data)), err == nil)

		if err != nil {
			return
		}

		require.True(t, json.Valid(got))

		again, err := payloadquery.Without(got, []string{other, one})
		require.NoError(t, err)
		require.Equal(t, string(got), string(again))
	})
}
