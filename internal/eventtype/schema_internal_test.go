package eventtype

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long something bounded may take: many times what it does, for slow machines and the race detector.
const patience = 30 * time.Second

func mustCompile(t *testing.T, schema string) *check {
	t.Helper()

	one, err := compile(json.RawMessage(schema))
	require.NoError(t, err)

	return one
}

func wrongWith(t *testing.T, schema, payload string) []string {
	t.Helper()

	value, err := decodeObject(json.RawMessage(payload))
	require.NoError(t, err)

	var out []string
	for _, one := range mustCompile(t, schema).run(value) {
		out = append(out, one.String())
	}

	return out
}

func TestCompile_RefusesWhatIsNoSchema(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ schema, want string }{
		"array":               {`[]`, "must be a JSON object"},
		"bad keyword":         {`{"type":"strin"}`, "is not a JSON Schema: at /type: "},
		"bad nested keyword":  {`{"properties":{"a":{"minimum":"1"}}}`, "at /properties/a/minimum: got string"},
		"bad regexp":          {`{"pattern":"("}`, "at /pattern: "},
		"boolean":             {`true`, "must be a JSON object"},
		"dangling reference":  {`{"$ref":"#/$defs/none"}`, "is not a JSON Schema: "},
		"file by path":        {`{"$ref":"../../etc/passwd"}`, "may not refer to other documents"},
		"file by URL":         {`{"$ref":"file:///etc/passwd"}`, "other documents, such as file:///etc/passwd"},
		"http reference":      {`{"$ref":"http://127.0.0.1/s"}`, "other documents, such as http://127.0.0.1/s"},
		"huge number":         {`{"minimum":1e99999999}`, "numbers must have"},
		"look-ahead":          {`{"pattern":"(?=a)"}`, "at /pattern: "},
		"many digits":         {`{"minimum":` + strings.Repeat("9", 1001) + `}`, "numbers must have"},
		"not JSON":            {`{`, "must be valid JSON"},
		"not UTF-8":           {"{\"title\":\"\xff\"}", "must be valid JSON"},
		"NUL":                 {`{"title":"\u0000"}`, "U+0000"},
		"NUL in a name":       {`{"\u0000":1}`, "U+0000"},
		"reference below $id": {`{"$id":"https://a.example/x","$ref":"y.json"}`, "such as https://a.example/y.json"},
		"two values":          {`{} {}`, "must be valid JSON"},
		"unknown draft":       {`{"$schema":"https://a.example/meta"}`, "such as https://a.example/meta"},
		"zero multipleOf":     {`{"multipleOf":0}`, "at /multipleOf: "},
		"deep": {
			strings.Repeat(`{"not":`, 110) + "{}" + strings.Repeat("}", 110), "must be nested at most 100 deep",
		},
		"many": {`{"allOf":[` + strings.Repeat("{},", 5000) + `{}]}`, "must have at most 5000 objects"},
		"long regexp": {
			`{"pattern":"` + strings.Repeat("a", 1001) + `"}`, "a regular expression must have at most 1000 characters",
		},
		"large regexp":   {`{"pattern":"(` + strings.Repeat("a", 900) + `){1000}"}`, "too complex"},
		"nested repeats": {`{"pattern":"((((a{9}){9}){9}){9}){9}"}`, "at /pattern: "},
		"regexps together": {
			`{"allOf":[` + manyPatterns(30) + `]}`, "too complex",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := compile(json.RawMessage(test.schema))
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "surehook:")
			require.Less(t, len(err.Error()), 2000)
		})
	}
}

func manyPatterns(count int) string {
	out := make([]string, count)
	for n := range out {
		out[n] = fmt.Sprintf(`{"pattern":"c%d{900}"}`, n)
	}

	return strings.Join(out, ",")
}

func TestCompile_TakesEveryDraftAndReferencesWithin(t *testing.T) {
	t.Parallel()

	for _, schema := range []string{
		`{}`,
		`{"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"a":{"type":"string"}},
			"properties":{"a":{"$ref":"#/$defs/a"}}}`,
		`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,
			"properties":{"a":{"type":"string"},"b":{"$recursiveRef":"#"}}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"type":"string"}},
			"properties":{"a":{"$ref":"#/definitions/a"}}}`,
		`{"$schema":"http://json-schema.org/draft-06/schema#","properties":{"a":{"type":"string"}}}`,
		`{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"type":"string"}}}`,
		`{"$id":"https://a.example/x.json","$defs":{"a":{"$anchor":"a","type":"string"}},
			"properties":{"a":{"$ref":"x.json#a"}}}`,
	} {
		require.Equal(t, schema != `{}`, len(wrongWith(t, schema, `{"a":1}`)) > 0, schema)
		require.Empty(t, wrongWith(t, schema, `{"a":"1"}`), schema)
	}
}

func TestRun_SaysWhereAndWhy(t *testing.T) {
	t.Parallel()

	const schema = `{
		"type": "object",
		"required": ["id"],
		"additionalProperties": false,
		"properties": {
			"id": {"type": "string", "pattern": "^[a-z]+$"},
			"state": {"enum": ["open", "closed", 1]},
			"amount": {"type": "number", "minimum": 0.1},
			"kind": {"oneOf": [{"type": "string"}, {"const": 7}]},
			"either": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]},
			"never": false,
			"a/b~c": {"items": {"type": "integer"}}
		}
	}`

	for payload, want := range map[string][]string{
		`{"id":"a","state":1.0,"amount":0.1,"kind":7.0,"a/b~c":[1,2.0]}`: nil,
		`{}`:                         {"missing property 'id'"},
		`{"id":"A"}`:                 {"at /id: 'A' does not match pattern '^[a-z]+$'"},
		`{"id":"a","state":"gone"}`:  {`at /state: must be one of "open", "closed", 1`},
		`{"id":"a","amount":0.09}`:   {"at /amount: minimum: got 0.09, want 0.1"},
		`{"id":"a","kind":8}`:        {"at /kind: matches none of the alternatives"},
		`{"id":"a","either":{}}`:     {"at /either: matches none of the alternatives"},
		`{"id":"a","never":1}`:       {"at /never: is not allowed"},
		`{"id":"a","a/b~c":[1,"2"]}`: {"at /a~1b~0c/1: got string, want integer"},
		`{"id":1,"more":1}`: {
			"additional properties 'more' not allowed", "at /id: got number, want string",
		},
	} {
		require.Equal(t, want, wrongWith(t, schema, payload), payload)
	}
}

func TestRun_TellsAtMostFiveThingsInOrder(t *testing.T) {
	t.Parallel()

	items := "[" + strings.Repeat(`"x",`, 9) + `"x"]`

	require.Equal(t, []string{
		"at /a/0: got string, want number", "at /a/1: got string, want number", "at /a/2: got string, want number",
		"at /a/3: got string, want number", "at /a/4: got string, want number",
	}, wrongWith(t, `{"properties":{"a":{"items":{"type":"number"}}}}`, `{"a":`+items+`}`))
}

func TestRun_ShortensWhatItQuotes(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("ä", 10_000)

	for _, schema := range []string{
		`{"properties":{"a":{"pattern":"^b"}}}`,
		`{"properties":{"a":{"enum":["` + long + `x","` + long + `y"]}}}`,
		`{"properties":{"a":{"const":"` + long + `x"}}}`,
		`{"additionalProperties":{"properties":{"` + long + `":false}}}`,
	} {
		payload := `{"a":"` + long + `","b":{"` + long + `":1}}`

		for _, one := range wrongWith(t, schema, payload) {
			require.Less(t, len(one), 2*maxMessageLength+20)
		}
	}
}

func TestRun_NumbersKeepAllTheirDigits(t *testing.T) {
	t.Parallel()

	const schema = `{"properties":{"n":{"maximum":9007199254740993,"multipleOf":0.01}}}`

	require.Empty(t, wrongWith(t, schema, `{"n":9007199254740993}`))
	require.Empty(t, wrongWith(t, schema, `{"n":0.07}`))
	require.Len(t, wrongWith(t, schema, `{"n":9007199254740993.01}`), 1)
}

func TestRun_AllowedValuesAreEqualAsJSONSchemaHasIt(t *testing.T) {
	t.Parallel()

	const schema = `{"properties":{"v":{"enum":[1,"1",[1,{"a":null,"b":true}],12345678901234567890,{"a":[],"b":{}}]}}}`

	for _, value := range []string{
		`1`, `1.0`, `1e0`, `10E-1`, `"1"`, `[1.0,{"b":true,"a":null}]`, `12345678901234567890`, `{"b":{},"a":[]}`,
	} {
		require.Empty(t, wrongWith(t, schema, `{"v":`+value+`}`), value)
	}

	for _, value := range []string{
		`true`, `null`, `"1,"`, `[1]`, `[1,{"a":null,"b":"true"}]`, `12345678901234567891`, `{"a":[]}`, `["1"]`, `"[1"`,
	} {
		require.Len(t, wrongWith(t, schema, `{"v":`+value+`}`), 1, value)
	}
}

func TestRun_FormatsOfTheSchemaGoOnWorking(t *testing.T) {
	t.Parallel()

	const draft7 = `{"$schema":"http://json-schema.org/draft-07/schema#","properties":{
		"at":{"format":"date-time"},"of":{"format":"date","enum":["2026-01-01"]},"re":{"format":"regex"}}}`

	require.Empty(t, wrongWith(t, draft7, `{"at":"2026-08-01T00:00:00Z","of":"2026-01-01","re":"a+"}`))
	require.Len(t, wrongWith(t, draft7, `{"at":"yesterday"}`), 1)
	require.Len(t, wrongWith(t, draft7, `{"of":"2026-01-02"}`), 1)
	require.Len(t, wrongWith(t, draft7, `{"re":"("}`), 1)

	// Since 2019 a format is a remark, unless the schema says otherwise.
	require.Empty(t, wrongWith(t, `{"properties":{"at":{"format":"date-time"}}}`, `{"at":"yesterday"}`))
}

func TestRun_ExpressionsOfPayloadsLeaveNothingBehind(t *testing.T) {
	t.Parallel()

	one := mustCompile(t, `{"$schema":"http://json-schema.org/draft-07/schema#",
		"properties":{"re":{"format":"regex"}}}`)

	for n := range 100 {
		require.Empty(t, one.run(map[string]any{"re": fmt.Sprintf("a%d{900}", n)}))
	}
}

func TestRun_GivesUpOnASchemaThatWouldTakeForEver(t *testing.T) {
	t.Parallel()

	chain := func(form string) string {
		var definitions strings.Builder

		for n := range 40 {
			fmt.Fprintf(&definitions, `"d%d":`+form+`,`, n, n+1, n+1)
		}

		return definitions.String()
	}

	for name, schema := range map[string]string{
		"all of twice": `{"$ref":"#/$defs/d0","$defs":{` +
			chain(`{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`) + `"d40":{"type":"object"}}}`,
		"none of twice": `{"not":{"$ref":"#/$defs/d0"},"$defs":{` +
			chain(`{"anyOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`) + `"d40":{"type":"string"}}}`,
		"down the payload": `{"allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}`,
		"dynamic anchors": `{"$dynamicAnchor":"x","$dynamicRef":"#d0","$defs":{` +
			dynamicChain(40) + `"d40":{"$dynamicAnchor":"d40","type":"object"}}}`,
		"dependent schemas": `{"$ref":"#/$defs/d0","$defs":{` +
			chain(`{"dependentSchemas":{"a":{"$ref":"#/$defs/d%d"},"b":{"$ref":"#/$defs/d%d"}}}`) + `"d40":{}}}`,
		"draft 7": `{"$schema":"http://json-schema.org/draft-07/schema#",
			"allOf":[{"$ref":"#/definitions/d0"}],"definitions":{` +
			strings.ReplaceAll(chain(`{"dependencies":{"a":{"$ref":"#/$defs/d%d"},"b":{"$ref":"#/$defs/d%d"}}}`),
				"$defs", "definitions") + `"d40":{}}}`,
		"draft 2019": `{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,
			"allOf":[{"properties":{"a":{"$recursiveRef":"#"}}},{"properties":{"a":{"$recursiveRef":"#"}}}]}`,
		"regular expressions": `{"properties":{"t":{"allOf":[` +
			strings.Repeat(`{"pattern":"^(a?){900}b"},`, 200) + `{}]}}}`,
		"a long list of numbers": `{"properties":{"n":{"items":{"allOf":[` +
			strings.Repeat(`{"enum":[1,2,3,4,5,6,7,8,9]},`, 500) + `{}]}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			one := mustCompile(t, schema)
			one.budget /= 20 // what runs away runs into any limit

			deep := map[string]any{"b": "x"}
			for range 60 {
				deep = map[string]any{"a": deep, "b": "x"}
			}

			deep["t"] = strings.Repeat("a", 200_000)

			numbers := make([]any, 2_000)
			for n := range numbers {
				numbers[n] = json.Number("1.0")
			}

			deep["n"] = numbers

			start := time.Now()
			wrong := one.run(deep)
			require.Less(t, time.Since(start), patience)
			require.Len(t, wrong, 1)
			require.Equal(t, errBudget.Error(), wrong[0].message)
		})
	}
}

func TestRun_EachCheckStartsAfresh(t *testing.T) {
	t.Parallel()

	one := mustCompile(t, `{"allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}`)
	one.budget /= 20

	deep := map[string]any{}
	for range 40 {
		deep = map[string]any{"a": deep}
	}

	require.Len(t, one.run(deep), 1)
	require.Empty(t, one.run(map[string]any{"a": map[string]any{}}))
}

// dynamicChain makes definitions that a $dynamicRef alone leads to.
func dynamicChain(count int) string {
	var out strings.Builder

	for n := range count {
		fmt.Fprintf(&out, `"d%d":{"$dynamicAnchor":"d%d","allOf":[{"$dynamicRef":"#d%d"},{"$dynamicRef":"#d%d"}]},`,
			n, n, n+1, n+1)
	}

	return out.String()
}

func TestRun_BudgetIsEnoughForTheLargestPayload(t *testing.T) {
	t.Parallel()

	numbers := make([]any, 128*1024)
	for n := range numbers {
		numbers[n] = json.Number("4")
	}

	one := mustCompile(t, `{"properties":{"n":{"items":{
		"anyOf":[{"type":"string"},{"type":"object"},{"type":"number","enum":[1,2,3,4]}]}}}}`)

	require.Empty(t, one.run(map[string]any{"n": numbers}))
}

func TestCompile_IsQuickForTheWorstThatIsAccepted(t *testing.T) {
	t.Parallel()

	deep := strings.Repeat(`{"not":`, 95) + "{}" + strings.Repeat("}", 95)

	for name, schema := range map[string]string{
		"deep": `{"allOf":[` + strings.Repeat(deep+",", 50) + `{}]}`,
		"wide": `{"allOf":[` + strings.Repeat("{},", 4990) + `{}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			start := time.Now()

			mustCompile(t, schema)
			require.Less(t, time.Since(start), patience)
			t.Log(time.Since(start))
		})
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}}}`, `{"a":{"a":1e5}}`)
	f.Add(`{"$dynamicAnchor":"x","properties":{"a":{"$dynamicRef":"#x"}},"enum":[1,{}]}`, `{}`)
	f.Add(`{"$id":"a","pattern":"a{9}","uniqueItems":true,"unevaluatedProperties":false}`, `{"a":[1,1.0]}`)

	f.Fuzz(func(_ *testing.T, schema, payload string) {
		one, err := compile(json.RawMessage(schema))
		if err != nil {
			return
		}

		if value, err := decodeObject(json.RawMessage(payload)); err == nil {
			one.run(value)
		}
	})
}
