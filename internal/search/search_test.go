package search_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/search"
)

var organization = id.Organization.From(uuid.UUID{15: 1})

// finds tells whether a payload is found by a value at a path.
func finds(t testing.TB, payload, at, value string) bool {
	t.Helper()

	names, err := search.ParsePath(at)
	require.NoError(t, err)

	term, err := search.Term(organization, names, json.RawMessage(value))
	require.NoError(t, err)

	return slices.Contains(search.Terms(organization, json.RawMessage(payload)), term)
}

func TestTerms_FindExactlyWhatIsThere(t *testing.T) {
	t.Parallel()

	const payload = `{"order":{"id":"o-1","total":1.50,"paid":true,"note":null,"a.b":"dotted","tags":["new","vip"]},
		"items":[{"sku":"x","sizes":[[38],[40]]},{"sku":"y"}], "é":"\u00e9", "":"empty", "big":12345678901234567890.0,
		"\u0061scii":"\u0000", "minus":-0.0 }`

	for name, test := range map[string]struct {
		path, value string
		want        bool
	}{
		"text":                          {"order.id", `"o-1"`, true},
		"other text":                    {"order.id", `"o-2"`, false},
		"path of a part":                {"id", `"o-1"`, false},
		"name as text":                  {"order", `"id"`, false},
		"number written otherwise":      {"$.order.total", `15e-1`, true},
		"number as text":                {"$.order.total", `"1.50"`, false},
		"large number exactly":          {"big", `12345678901234567890`, true},
		"large number nearly":           {"big", `12345678901234567891`, false},
		"zero":                          {"minus", `0`, true},
		"true":                          {"order.paid", ` true `, true},
		"false":                         {"order.paid", `false`, false},
		"true as text":                  {"order.paid", `"true"`, false},
		"null":                          {"order.note", `null`, true},
		"null where nothing is":         {"order.nothing", `null`, false},
		"dot in a name":                 {`$.order["a.b"]`, `"dotted"`, true},
		"dots between names":            {"order.a.b", `"dotted"`, false},
		"item of an array":              {"order.tags", `"vip"`, true},
		"item with star":                {"$.order.tags[*]", `"new"`, true},
		"no item":                       {"order.tags", `"old"`, false},
		"member of an item":             {"items[*].sku", `"y"`, true},
		"array in an array":             {"items.sizes", `40`, true},
		"name with other letters":       {"é", `"é"`, true},
		"empty name":                    {`['']`, `"empty"`, true},
		"name with escapes":             {"ascii", `"\u0000"`, true},
		"names run together as another": {"orderid", `"o-1"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, finds(t, payload, test.path, test.value))
		})
	}
}

func TestTerms_AreOfOneOrganization(t *testing.T) {
	t.Parallel()

	payload := json.RawMessage(`{"a":1}`)

	require.NotEqual(t, search.Terms(organization, payload), search.Terms(id.New(id.Organization), payload))
}

// The terms are in databases, so they stay what they are.
func TestTerms_StayTheSame(t *testing.T) {
	t.Parallel()

	require.Equal(t, []int64{
		5668350137839834867, 7159511961308110194, -3877970344171089741, 5976689586086435991,
	}, search.Terms(organization, json.RawMessage(`{"a":"x","b":{"c":[1,2.50]},"d":null}`)))
}

func TestTerms_LeaveOutWhatIsThereTwice(t *testing.T) {
	t.Parallel()

	require.Len(t, search.Terms(organization, json.RawMessage(`{"a":[1,1.0,10e-1],"b":{},"c":[]}`)), 1)
	require.Empty(t, search.Terms(organization, json.RawMessage(`{}`)))
}

func TestTerms_PreferWhatIsNearTheRoot(t *testing.T) {
	t.Parallel()

	var items []string
	for n := range 2 * search.MaxTerms {
		items = append(items, `{"sku":`+strconv.Itoa(n)+`}`)
	}

	payload := `{"items":[` + strings.Join(items, ",") + `],"order":{"id":"last"}}`

	require.Len(t, search.Terms(organization, json.RawMessage(payload)), search.MaxTerms)
	require.True(t, finds(t, payload, "order.id", `"last"`))
	require.True(t, finds(t, payload, "items.sku", "0"))
	require.False(t, finds(t, payload, "items.sku", strconv.Itoa(search.MaxTerms)))
}

func TestTerms_LookAtSoManyValuesOnly(t *testing.T) {
	t.Parallel()

	same := strings.Repeat("1,", search.MaxValues-1)

	require.False(t, finds(t, `{"a":[`+same+`1,2]}`, "a", "2"))
	require.True(t, finds(t, `{"a":[`+same+`2]}`, "a", "2"))
}

func TestTerm_RefusesWhatIsNoScalar(t *testing.T) {
	t.Parallel()

	for _, value := range []string{``, ` `, `{}`, `[]`, `{"a":1}`, `1 2`, `nul`, `"a`} {
		_, err := search.Term(organization, []string{"a"}, json.RawMessage(value))
		require.ErrorIs(t, err, search.ErrValue, value)
	}
}

func TestParsePath_ReadsNames(t *testing.T) {
	t.Parallel()

	for text, want := range map[string][]string{
		"a":                     {"a"},
		"$.a.b-c_1":             {"a", "b-c_1"},
		"a[*].b[*]":             {"a", "b"},
		"$[*].a":                {"a"},
		`$["a.b"]['c']`:         {"a.b", "c"},
		`["a"].b`:               {"a", "b"},
		`$['it''s']`:            nil,
		`$['it\'s "so"']`:       {`it's "so"`},
		`$["\"quoted\"\u00e9"]`: {`"quoted"é`},
		`$["$"]`:                {"$"},
		"größe":                 {"größe"},
	} {
		got, err := search.ParsePath(text)
		if want == nil {
			require.ErrorIs(t, err, search.ErrPath, text)

			continue
		}

		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestParsePath_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"":                           "a name is missing, or has to be in quotes at byte 1",
		"$":                          "with 1 to 64 names",
		"[*]":                        "with 1 to 64 names",
		"a..b":                       "a name is missing, or has to be in quotes at byte 2",
		"a.":                         "a name is missing, or has to be in quotes at byte 2",
		"a b":                        "an unexpected character at byte 2",
		"a[0]":                       "only [*] may stand at byte 2",
		"$a":                         "an unexpected character at byte 2",
		`$["a`:                       "does not end at byte 2",
		`$["a"`:                      "does not end at byte 2",
		`$["a\`:                      "does not end at byte 2",
		`$["\x"]`:                    "not written as in JSON at byte 2",
		strings.Repeat("a", 1_001):   "of at most 1000 bytes",
		strings.Repeat("a.", 65):     "a name is missing",
		strings.Repeat(".a", 65)[1:]: "with 1 to 64 names",
	} {
		_, err := search.ParsePath(text)
		require.ErrorIs(t, err, search.ErrPath, text)
		require.ErrorContains(t, err, want, text)
	}
}

// FuzzTerms checks that each value that encoding/json finds in a payload is found by searching.
func FuzzTerms(f *testing.F) {
	for _, seed := range []string{
		`{"a":{"b":[1,"x",[true,{"c":null}]]}, "d" : -1.50e+2}`, `[]`, `"x"`, ` {"a":"\ud800"}`, `{"\"":0.0e-0}`,
		"{\"\xff\":\"\xff\xff\"}", `{"a":1e99999999999999999999}`,
	} {
		f.Add([]byte(seed))
	}

	f.Fuzz(func(t *testing.T, payload []byte) {
		if !json.Valid(payload) {
			return
		}

		terms := search.Terms(organization, payload)
		require.LessOrEqual(t, len(terms), search.MaxTerms)

		decoder := json.NewDecoder(bytes.NewReader(payload))
		decoder.UseNumber()

		var value any

		require.NoError(t, decoder.Decode(&value))

		found := 0

		each(value, nil, func(names []string, scalar any) {
			text, err := json.Marshal(scalar)
			require.NoError(t, err)

			term, err := search.Term(organization, names, text)
			require.NoError(t, err)

			if slices.Contains(terms, term) {
				found++
			} else {
				require.Len(t, terms, search.MaxTerms, "%v at %q is not found", scalar, names)
			}
		})

		switch value.(type) {
		case map[string]any, []any:
			require.GreaterOrEqual(t, found, min(1, len(terms)))
		default:
			require.Empty(t, terms)
		}
	})
}

// each visits the scalars in an object or array.
func each(value any, names []string, visit func([]string, any)) {
	part := func(names []string, one any) {
		switch one.(type) {
		case map[string]any, []any:
			each(one, names, visit)
		default:
			visit(names, one)
		}
	}

	switch value := value.(type) {
	case map[string]any:
		for name, one := range value {
			part(append(slices.Clone(names), name), one)
		}
	case []any:
		for _, one := range value {
			part(names, one)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	small := `{"id":"ord_8d9f7a6b5c4e","object":"order","created":"2026-11-21T10:00:00Z","amount":129.90,"currency":"EUR",` +
		`"paid":true,"customer":{"id":"cus_77aa","email":"jane.doe@example.com","country":"DE"},"items":[{"sku":"A-1",` +
		`"quantity":2,"price":29.95},{"sku":"B-22","quantity":1,"price":70.00}],"shipping":{"method":"express","city":` +
		`"Berlin","zip":"10115"},"metadata":{"channel":"web","campaign":null},"note":"Leave it at the door, please."}`
	large := `{"rows":[` + strings.Repeat(`{"name":"some name","value":12345,"tags":["a","b"]},`, 5_000) + `{}]}`

	for name, payload := range map[string]string{"500 bytes": small, "260 KB": large} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()

			for b.Loop() {
				search.Terms(organization, json.RawMessage(payload))
			}
		})
	}
}
