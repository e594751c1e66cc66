package payloadquery_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/payloadquery"
)

// inspection is the data of an inspection.completed event of the Kuviq application.
const inspection = `{"id":"insp_123","item":{"id":"item_456","name":"Fire Extinguisher A1","type":"Fire Extinguisher"},` +
	`"template":{"id":"tmpl_789","name":"Monthly Fire Safety"},"result":"passed","inspector":{"id":"user_012",` +
	`"name":"Jane Doe","email":"jane@example.com"},"location":{"id":"loc_345","name":"Building A"},` +
	`"completedAt":"2024-01-15T10:30:00Z","elements":[{"name":"Pressure Check","result":"pass","value":"OK"}]}`

func parse(t testing.TB, text string) *payloadquery.Query {
	t.Helper()

	query, err := payloadquery.Parse(text)
	require.NoError(t, err)

	return query
}

func TestQuery_ApplyGivesWhatIsSelected(t *testing.T) {
	t.Parallel()

	tests := []struct{ name, query, data, want string }{
		{
			"fields, aliases and selections", `{ inspection: id item { name } }`,
			`{"id":"i1","item":{"name":"x","type":"y"},"result":"passed"}`, `{"inspection":"i1","item":{"name":"x"}}`,
		},
		{
			"data as it comes", `{ result who: inspector { name } elements { result name } location }`, inspection,
			`{"result":"passed","who":{"name":"Jane Doe"},"elements":[{"result":"pass","name":"Pressure Check"}],` +
				`"location":{"id":"loc_345","name":"Building A"}}`,
		},
		{"order of the query", `{ c a b }`, `{"a":1,"b":2,"c":3}`, `{"c":3,"a":1,"b":2}`},
		{
			"whole values as they are written", `{ a b c d }`,
			"{\n \"a\" : 1.10, \"b\" : 12345678901234567890 ,\"c\":{ \"z\" : [ 1E+2 , -0 ], \"a\":\"\\u00e9\\/ <\u2028>\" }, \"d\":[ ] }",
			"{\"a\":1.10,\"b\":12345678901234567890,\"c\":{\"z\":[1E+2,-0],\"a\":\"\\u00e9\\/ <\u2028>\"},\"d\":[]}",
		},
		{"missing member", `{ a b { c d { e } } }`, `{"b":{"x":1}}`, `{"a":null,"b":{"c":null,"d":null}}`},
		{"null with a selection", `{ a { b } c }`, `{"a":null,"c":null}`, `{"a":null,"c":null}`},
		{
			"scalars with a selection", `{ a { x } b { x } c { x } d { x } }`,
			`{"a":"text","b":1.5,"c":true,"d":false}`, `{"a":null,"b":null,"c":null,"d":null}`,
		},
		{
			"array of everything with a selection", `{ a { x } }`, `{"a":[{"x":1,"y":2},{},null,"t",1,true,[],[{"x":2}]]}`,
			`{"a":[{"x":1},{"x":null},null,null,null,null,[],[{"x":2}]]}`,
		},
		{"arrays of arrays", `{ a { x { y } } }`, `{"a":[[[{"x":[[{"y":1}]]}]],[]]}`, `{"a":[[[{"x":[[{"y":1}]]}]],[]]}`},
		{"data that is an array", `{ a }`, `[{"a":1},[{"a":2}],3]`, `[{"a":1},[{"a":2}],null]`},
		{"data that is a scalar", `{ a }`, ` "a" `, `null`},
		{"data that is null", `{ a }`, `null`, `null`},
		{"same member twice", `{ a b: a { x } c: a { y } }`, `{"a":{"x":1,"y":2}}`, `{"a":{"x":1,"y":2},"b":{"x":1},"c":{"y":2}}`},
		{
			"merged fields keep the first place", `{ a { x } b a { y x } b }`, `{"a":{"x":1,"y":2,"z":3},"b":4}`,
			`{"a":{"x":1,"y":2},"b":4}`,
		},
		{"merged selections of merged fields", `{ a { b { c } } a { b { d } } }`, `{"a":{"b":{"c":1,"d":2,"e":3}}}`, `{"a":{"b":{"c":1,"d":2}}}`},
		{
			"merged by the member, not by the field", `{ a: x @member(name: "m-m") a: y @member(name: "m-m") }`,
			`{"m-m":1}`, `{"a":1}`,
		},
		{
			"members that are no GraphQL names",
			`{ contentType @member(name: "content-type") type: contentType @member(name: "a.b") empty @member(name: "") ` +
				`quote @member(name: "\"\\/\n") size @member(name: "größe") emoji @member(name: """😀""") }`,
			`{"content-type":1,"a.b":2,"":3,"\"\\\/\u000a":4,"gr\u00f6\u00DFe":5,"\ud83d\ude00":6}`,
			`{"contentType":1,"type":2,"empty":3,"quote":4,"size":5,"emoji":6}`,
		},
		{"names with escapes", `{ id item { name } }`, `{"\u0069d":1,"it\u0065m":{"na\u006de":2}}`, `{"id":1,"item":{"name":2}}`},
		{"last of duplicates", `{ a { x } b }`, `{"a":{"x":1},"b":1,"a":{"x":2},"\u0062":2}`, `{"a":{"x":2},"b":2}`},
		{"last of duplicates when it has less", `{ a { x y } }`, `{"a":{"x":1,"y":1},"a":{"y":2}}`, `{"a":{"x":null,"y":2}}`},
		{"introspection names", `{ __typename __schema }`, `{"__typename":"T"}`, `{"__typename":"T","__schema":null}`},
		{"keywords", `{ query on true null }`, `{"query":1,"on":2,"true":3,"null":4}`, `{"query":1,"on":2,"true":3,"null":4}`},
		{"brackets and quotes in texts", `{ b }`, `{"a":"}],\"{[\\","b":{"c":"\\\"}"}}`, `{"b":{"c":"\\\"}"}}`},
		{"names differ by case", `{ ID id }`, `{"id":1,"Id":2}`, `{"ID":null,"id":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			data := []byte(tt.data)
			got, err := parse(t, tt.query).Apply(data)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got))
			require.Equal(t, tt.data, string(data))
		})
	}
}

func TestQuery_ApplyRefusesInvalidJSON(t *testing.T) {
	t.Parallel()

	for _, data := range []string{"", " ", "{", `{"a":1}}`, `{"a":01}`, `{"a":1,}`, `{a:1}`, `[1 2]`, `"\x"`, "nul", `{} {}`} {
		got, err := parse(t, "{ a }").Apply([]byte(data))
		require.ErrorIs(t, err, payloadquery.ErrInvalidJSON, data)
		require.Nil(t, got)
	}
}

func TestQuery_ApplyBoundsTheResult(t *testing.T) {
	t.Parallel()

	objects := "[" + strings.Repeat("{},", 80_000) + "{}]"
	whole := `{"a":"` + strings.Repeat("x", 200_000) + `"}`
	nested := `{"a":[` + strings.Repeat(`[{"a":[{}]}],`, 15_000) + `1]}`

	tests := []struct {
		name, query, data string
		fits              bool
	}{
		{"one missing member in each of many objects", `{ a }`, objects, true},
		{"a long name in each of many objects", "{ " + strings.Repeat("a", 4000) + " }", objects, false},
		{"a long name in arrays of arrays", "{ a { " + strings.Repeat("a", 4000) + " { b } } }", nested, false},
		{"a large value five times", `{ a b:a c:a d:a e:a }`, whole, true},
		{"a large value six times", `{ a b:a c:a d:a e:a f:a }`, whole, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := parse(t, tt.query).Apply([]byte(tt.data))
			if tt.fits {
				require.NoError(t, err)
				require.True(t, json.Valid(got))

				return
			}

			require.ErrorIs(t, err, payloadquery.ErrResultTooLarge)
			require.Nil(t, got)
		})
	}
}

func TestQuery_CanBeUsedByManyAtOnce(t *testing.T) {
	t.Parallel()

	query := parse(t, `{ id item { name } }`)

	for n := range 8 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()

			got, err := query.Apply(fmt.Appendf(nil, `{"id":%d,"item":{"name":"x"}}`, n))
			require.NoError(t, err)
			require.JSONEq(t, fmt.Sprintf(`{"id":%d,"item":{"name":"x"}}`, n), string(got))
		})
	}
}

// selected does what a query of two fields and one selection does, by means of encoding/json.
func selected(t *testing.T, data json.RawMessage) any {
	t.Helper()

	switch bytes.TrimSpace(data)[0] {
	case '[':
		var items []json.RawMessage

		require.NoError(t, json.Unmarshal(data, &items))

		out := []any{}
		for _, item := range items {
			out = append(out, selected(t, item))
		}

		return out
	case '{':
		var members map[string]json.RawMessage

		require.NoError(t, json.Unmarshal(data, &members))

		out := map[string]any{"x": nil, "c": nil}
		if value, ok := members["a"]; ok {
			out["x"] = value
		}

		if value, ok := members["b"]; ok {
			out["c"] = selected(t, value)
		}

		return out
	default:
		return nil
	}
}

func FuzzQuery_Apply(f *testing.F) {
	for _, seed := range []string{
		inspection, `{"a":1,"b":{"a":[],"b":[{"a":"\u0061"},2]}}`, `[[{"\u0062":{"a":1.10}}],null]`, `{"a":1,"a":2}`,
		"{\"\xff\":1}", ` "a" `, `{"b":{"b":{"b":[0]}}}`, `{"a":{`, "", `{"a" :"}\\\"" , "b" : "]" }`,
	} {
		f.Add(`{ x: a c: b { x: a c: b } }`, seed)
		f.Add(`{ id item { name } elements { n: name } e @member(name: "ÿ") }`, seed)
	}

	f.Fuzz(func(t *testing.T, text, data string) {
		if len(data) > 10_000 {
			return
		}

		query, err := payloadquery.Parse(text)
		if err != nil {
			return
		}

		result, err := query.Apply([]byte(data))
		if errors.Is(err, payloadquery.ErrResultTooLarge) {
			return
		}

		require.Equal(t, json.Valid([]byte(data)), err == nil)

		if err != nil {
			return
		}

		require.True(t, json.Valid(result))

		var compact bytes.Buffer

		require.NoError(t, json.Compact(&compact, result))
		require.Equal(t, compact.String(), string(result))
	})
}

func FuzzQuery_ApplyAgreesWithEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":{"a":[],"b":[{"a":"\u0061"},2]}}`, `[[{"\u0062":{"a":1.10}}],null]`, `{"a":1,"a":2,"b":1,"b":{}}`,
		"{\"\xff\":1}", ` "a" `, `{"b":{"b":{"b":[0]}}}`, `{"a" :"}\\\"" , "b" : "]" }`, `{"b":[{"b":[[{"a":{"b":0}}]]}]}`,
	} {
		f.Add(seed)
	}

	// Nested as deep as a query can be: below that the two would differ.
	const depth = payloadquery.MaxDepth

	query := parse(f, strings.Repeat("{ x: a c: b ", depth)+strings.Repeat("}", depth))

	f.Fuzz(func(t *testing.T, data string) {
		if !json.Valid([]byte(data)) || strings.Count(data, "{") >= depth || len(data) > 10_000 {
			return
		}

		got, err := query.Apply([]byte(data))
		require.NoError(t, err)

		want, err := json.Marshal(selected(t, []byte(data)))
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
	})
}

// BenchmarkQuery_Apply takes three fields of each item of a payload of 256 KiB.
func BenchmarkQuery_Apply(b *testing.B) {
	item := `{"name":"Pressure Check","result":"pass","value":{"bar":12.50,"unit":"bar","notes":["a \"note\"",null,true]}},`
	data := []byte(`{"id":"insp_123","elements":[` + strings.TrimSuffix(strings.Repeat(item, 256*1024/len(item)), ",") + `]}`)

	for name, text := range map[string]string{
		"parts": `{ id elements { name value { bar } } }`,
		"whole": `{ id elements }`,
		"none":  `{ id }`,
	} {
		b.Run(name, func(b *testing.B) {
			query := parse(b, text)

			b.SetBytes(int64(len(data)))
			b.ReportAllocs()

			for b.Loop() {
				if _, err := query.Apply(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}

	b.Run("small", func(b *testing.B) {
		query := parse(b, `{ inspection: id item { name } elements { name } }`)

		b.ReportAllocs()

		for b.Loop() {
			if _, err := query.Apply([]byte(inspection)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
