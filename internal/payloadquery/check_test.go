package payloadquery_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/payloadquery"
)

// inspectionSchema describes the data of an inspection.completed event of the Kuviq application, as one would write it.
const inspectionSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"required": ["id", "item", "result"],
	"properties": {
		"id": {"type": "string"},
		"item": {"allOf": [{"$ref": "#/$defs/named"}, {"properties": {"type": {"type": "string"}}}]},
		"template": {"$ref": "#/$defs/named"},
		"result": {"enum": ["passed", "failed"]},
		"inspector": {"$ref": "#person"},
		"location": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/named"}]},
		"completedAt": {"type": ["string", "null"], "format": "date-time"},
		"tags": {"type": "array", "items": {"type": "string"}},
		"elements": {"type": "array", "items": {
			"type": "object",
			"properties": {"name": {"type": "string"}, "result": {"const": "pass"}, "value": {}}
		}},
		"custom": {"type": "object"},
		"headers": {"type": "object", "properties": {"content-type": {"type": "string"}},
			"patternProperties": {"^x-": {"type": "string"}}}
	},
	"$defs": {
		"named": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
		"person": {"$anchor": "person", "type": "object",
			"properties": {"id": true, "name": true, "email": true, "manager": {"$ref": "#person"}}}
	}
}`

func TestQuery_CheckFindsWhatTheSchemaLacks(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, query string
		want        payloadquery.Problems
	}{
		{"everything there is", `{
			id item { id name type } template { id name } result inspector { id name email manager { manager { id } } }
			location { id name } completedAt tags elements { name result value { any { thing } } }
			custom { any { thing } }
			headers { type: contentType @member(name: "content-type") id @member(name: "x-request-id") }
		}`, nil},
		{"everything as a whole", `{ item template inspector location elements custom headers }`, nil},
		{
			"typing errors on all levels", "{ ids\n item { nme }\n elements { nam value } who: inspector { manager { emial } } }",
			payloadquery.Problems{
				{1, 3, "the schema has no field ids; did you mean id?"},
				{2, 9, "the schema has no field item.nme; did you mean name?"},
				{3, 13, "the schema has no field elements.nam; did you mean name?"},
				{3, 52, "the schema has no field inspector.manager.emial; did you mean email?"},
			},
		},
		{"name that is like nothing", `{ humidity }`, payloadquery.Problems{{1, 3, "the schema has no field humidity"}}},
		{"aliases are not looked up", `{ nme: result result: nme }`, payloadquery.Problems{
			{1, 15, "the schema has no field nme"},
		}},
		{
			"names that GraphQL does not have", `{ headers { a @member(name: "content-typ") b @member(name: "y-x-") } }`,
			payloadquery.Problems{
				{1, 13, "the schema has no field headers.content-typ; did you mean content-type?"},
				{1, 44, "the schema has no field headers.y-x-"},
			},
		},
		{
			"selections on scalars", `{ id { a } result { a } completedAt { a } tags { a } item { name { a b } } }`,
			payloadquery.Problems{
				{1, 3, "id has no fields to select: it is a string"},
				{1, 12, "result has no fields to select: it is a string"},
				{1, 25, "completedAt has no fields to select: it is a string or null"},
				{1, 43, "tags has no fields to select: it is a list of values without fields"},
				{1, 61, "item.name has no fields to select: it is a string"},
			},
		},
		{"merged fields once", `{ item { nme } item { nme } }`, payloadquery.Problems{
			{1, 10, "the schema has no field item.nme; did you mean name?"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			err := parse(t, tt.query).Check([]byte(inspectionSchema))
			if tt.want == nil {
				require.NoError(t, err)

				return
			}

			problems, ok := errors.AsType[payloadquery.Problems](err)
			require.True(t, ok)
			require.Equal(t, tt.want, problems)
		})
	}
}

func TestQuery_CheckReadsEveryFormOfSchema(t *testing.T) {
	t.Parallel()

	// Has are queries that the schema allows, lacks those that it does not.
	tests := []struct {
		name, schema string
		has, lacks   []string
	}{
		{"true", `true`, []string{`{a{b}}`}, nil},
		{"false", `false`, nil, []string{`{a}`}},
		{"empty", `{}`, []string{`{a{b}}`}, nil},
		{"no schema", `[1]`, []string{`{a}`}, nil},
		{"no properties", `{"type":"object","properties":{}}`, []string{`{a{b}}`}, nil},
		{"scalar", `{"type":"string"}`, nil, []string{`{a}`}},
		{"true and false properties", `{"properties":{"a":true,"b":false}}`, []string{`{a{b}}`}, []string{`{b}`, `{c}`}},
		{"false beside others", `{"properties":{"b":false},"additionalProperties":true}`, []string{`{a}`}, []string{`{b}`}},
		{"additionalProperties true", `{"properties":{"a":{}},"additionalProperties":true}`, []string{`{b{c}}`}, nil},
		{
			"additionalProperties of a kind", `{"properties":{"a":{}},"additionalProperties":{"properties":{"c":{"type":"number"}}}}`,
			[]string{`{b{c}}`, `{a{x}}`},
			[]string{`{b{d}}`, `{b{c{d}}}`},
		},
		{"additionalProperties false", `{"additionalProperties":false}`, nil, []string{`{a}`}},
		{
			"additionalProperties false beside more", `{"allOf":[{"properties":{"a":{}},"additionalProperties":false},{"properties":{"b":{}}}]}`,
			[]string{`{a b}`},
			[]string{`{c}`},
		},
		{
			"unevaluatedProperties false", `{"properties":{"a":{}},"anyOf":[{"properties":{"b":{}}},{"type":"object"}],"unevaluatedProperties":false}`,
			[]string{`{a b}`},
			[]string{`{c}`},
		},
		{
			"unevaluatedProperties of a kind", `{"properties":{"a":{}},"unevaluatedProperties":{"type":"string"}}`,
			[]string{`{b}`},
			[]string{`{b{c}}`},
		},
		{
			"patternProperties", `{"properties":{"a":{}},"patternProperties":{"^b.$":{"type":"string"},"c{2}$":{"type":["object","string"]}}}`,
			[]string{`{bb acc{x}}`},
			[]string{`{b}`, `{bb{x}}`, `{xb}`},
		},
		{"only patternProperties", `{"patternProperties":{"^b":{"type":"string"}}}`, []string{`{a b}`}, []string{`{b{c}}`}},
		{
			"pattern that Go does not have", `{"properties":{"a":{}},"patternProperties":{"(?!b)":{"type":"string"}}}`,
			[]string{`{b}`, `{b{c}}`},
			nil,
		},
		{"pattern that is too large", `{"properties":{"a":{}},"patternProperties":{"((b{1000}){1000}){9}":{}}}`, []string{`{x}`}, nil},
		{
			"required only", `{"properties":{"a":{}},"required":["b"],"anyOf":[{"required":["a"]},{"required":["c"]}]}`,
			[]string{`{a b c}`},
			[]string{`{d}`},
		},
		{"required but forbidden", `{"required":["b"],"additionalProperties":false}`, nil, []string{`{b}`}},
		{
			"anyOf and oneOf", `{"properties":{"a":{}},"anyOf":[{"properties":{"b":{}}},{"properties":{"c":{}}}],` +
				`"oneOf":[{"properties":{"d":{"type":"string"}}},{"properties":{"d":{"properties":{"x":{}}}}}]}`,
			[]string{`{a b c d}`, `{d{x}}`},
			[]string{`{e}`, `{d{y}}`},
		},
		{"one branch allows all", `{"anyOf":[{"properties":{"a":{}}},{"type":"object"}]}`, []string{`{b}`}, nil},
		{"branches that are no objects", `{"anyOf":[{"type":"null"},{"type":"object","properties":{"a":{}}}]}`, []string{`{a}`}, []string{`{b}`}},
		{
			"if, then and else", `{"properties":{"kind":{}},"if":{"properties":{"kind":{"const":1},"i":{}}},` +
				`"then":{"properties":{"t":{}}},"else":{"properties":{"e":{}}}}`,
			[]string{`{kind i t e}`},
			[]string{`{x}`},
		},
		{"if and then", `{"properties":{"a":{}},"if":{"required":["a"]},"then":{"properties":{"t":{}}}}`, []string{`{a t}`}, []string{`{x}`}},
		{
			"then has a say in what is listed", `{"properties":{"a":{"properties":{"b":{}}}},"if":true,"then":{"properties":{"a":{"properties":{"c":{}}}}}}`,
			[]string{`{a{b c}}`},
			[]string{`{a{d}}`},
		},
		{
			"dependentSchemas", `{"properties":{"a":{}},"dependentSchemas":{"a":{"properties":{"b":{}}}}}`,
			[]string{`{a b}`},
			[]string{`{c}`},
		},
		{
			"dependencies", `{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{}},` +
				`"dependencies":{"a":{"properties":{"b":{}}},"b":["a"]}}`,
			[]string{`{a b}`},
			[]string{`{c}`},
		},
		{"dependentSchemas only", `{"dependentSchemas":{"a":{"properties":{"b":{}}}}}`, []string{`{b c}`}, nil},
		{"allOf that contradicts itself", `{"properties":{"a":{"allOf":[{"type":"string"},{"type":"object"}]}}}`, nil, []string{`{a}`}},
		{
			"types by enum and const", `{"properties":{"a":{"enum":["x",{}]},"b":{"enum":["x",1,null]},"c":{"const":[]},"d":{"const":true}}}`,
			[]string{`{a{x} c{x}}`},
			[]string{`{b{x}}`, `{d{x}}`},
		},
		{
			"type lists", `{"properties":{"a":{"type":["integer","null"]},"b":{"type":["string","object"]},"c":{"type":["array","boolean"]}}}`,
			[]string{`{b{x} c{x}}`},
			[]string{`{a{x}}`},
		},
		{"type that does not exist", `{"properties":{"a":{"type":"any"},"b":{"type":[]}}}`, []string{`{a{x} b{x}}`}, nil},
		{"items", `{"type":"array","items":{"items":{"properties":{"a":{}}}}}`, []string{`{a}`}, []string{`{b}`}},
		{
			"prefixItems", `{"properties":{"p":{"prefixItems":[{"properties":{"a":{}}},{"type":"string"}],"items":{"properties":{"b":{}}}},` +
				`"q":{"prefixItems":[{"properties":{"a":{}}}],"items":false},"r":{"prefixItems":[{"properties":{"a":{}}}]}}}`,
			[]string{`{p{a b} q{a} r{x}}`},
			[]string{`{p{c}}`, `{q{b}}`},
		},
		{
			"items of before 2020-12", `{"items":[{"properties":{"a":{}}},{"type":"string"}],"additionalItems":{"properties":{"b":{}}}}`,
			[]string{`{a b}`},
			[]string{`{c}`},
		},
		{"unevaluatedItems", `{"prefixItems":[{"properties":{"a":{}}}],"unevaluatedItems":false}`, []string{`{a}`}, []string{`{b}`}},
		{"items of nothing", `{"type":"array","items":false}`, nil, []string{`{a}`}},
		{"array of anything", `{"type":"array"}`, []string{`{a{b}}`}, nil},
		{"items in allOf", `{"allOf":[{"items":{"properties":{"a":{}}}},{"items":{"properties":{"b":{}}}},{"minItems":1}]}`, []string{`{a b}`}, []string{`{c}`}},
		{
			"one or many", `{"properties":{"m":{"anyOf":[{"$ref":"#/$defs/o"},{"type":"array","items":{"$ref":"#/$defs/o"}}]}},"$defs":{"o":{"type":"object","properties":{"a":{}}}}}`,
			[]string{`{m{a}}`},
			[]string{`{m{b}}`},
		},
		{"object or array of anything", `{"type":["object","array"],"properties":{"a":{}}}`, []string{`{a b}`}, nil},
		{"object or array of a kind", `{"type":["object","array"],"properties":{"a":{}},"items":{"properties":{"b":{}}}}`, []string{`{a b}`}, []string{`{c}`}},
		{"array of scalars in a branch", `{"anyOf":[{"items":{"type":"string"}},{"properties":{"a":{}}}]}`, []string{`{a}`}, []string{`{b}`}},
		{"references", `{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"properties":{"a":{"$ref":"#"}}}},"properties":{"c":{}}}`, []string{`{a{a{c}} c}`}, []string{`{a{b}}`}},
		{"references into a list", `{"properties":{"x":{"$ref":"#/anyOf/1"}},"anyOf":[{},{"properties":{"a":{}}}]}`, []string{`{x{a} a}`}, []string{`{x{b}}`}},
		{"references by anchor", `{"$ref":"#here","$defs":{"x":{"$anchor":"here","properties":{"a":{}}}}}`, []string{`{a}`}, []string{`{b}`}},
		{
			"references by $id", `{"$id":"https://x.test/s/root.json","$ref":"b.json#/$defs/c","properties":{"self":{"$ref":"root.json"}},` +
				`"$defs":{"b":{"$id":"b.json","$defs":{"c":{"properties":{"a":{"$ref":"#in"},"up":{"$ref":"/s/root.json#/$defs/d"}}},` +
				`"e":{"$anchor":"in","properties":{"i":{}}}}},"d":{"properties":{"d":{}}}}}`,
			[]string{`{a{i} up{d} self{self{a{i}}}}`},
			[]string{`{b}`, `{a{x}}`, `{up{x}}`, `{self{x}}`},
		},
		{
			"references by urn", `{"$id":"urn:example:a","properties":{"a":{"$ref":"urn:example:a#/$defs/b"}},"$defs":{"b":{"properties":{"c":{}}}}}`,
			[]string{`{a{c}}`},
			[]string{`{a{d}}`},
		},
		{
			"old references and ids", `{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x.test/","properties":{"a":{"$ref":"#b"},` +
				`"c":{"$ref":"d.json"},"$id":{"type":"string"}},"definitions":{"b":{"id":"#b","properties":{"x":{}}},"d":{"id":"d.json","properties":{"y":{}}}}}`,
			[]string{`{a{x} c{y} id @member(name:"$id")}`},
			[]string{`{a{y}}`, `{c{x}}`},
		},
		{
			"nothing counts beside old references", `{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#/definitions/b","properties":{"x":{}},"$id":"#x"}},"definitions":{"b":{"properties":{"y":{}}}}}`,
			[]string{`{a{y}}`},
			[]string{`{a{x}}`},
		},
		{
			"dynamic references", `{"$dynamicAnchor":"n","properties":{"a":{"$dynamicRef":"#n"},"b":{"$recursiveRef":"#"}}}`,
			[]string{`{a{b{a}}}`},
			[]string{`{a{x}}`, `{b{x}}`},
		},
		{
			"dynamic references between several", `{"properties":{"a":{"$dynamicRef":"#n"}},"$defs":{"x":{"$id":"x","$dynamicAnchor":"n","properties":{"b":{}}}}}`,
			[]string{`{a{x}}`},
			nil,
		},
		{
			"references that lead nowhere", `{"properties":{"a":{"$ref":"https://x.test/y"},"b":{"$ref":"#/x"},"c":{"$ref":"#x"},"d":{"$ref":"#/properties/1"},` +
				`"e":{"$ref":"%zz"},"f":{"$ref":1},"g":{"$ref":"#/anyOf/9"},"h":{"$ref":"#/anyOf/x"},"i":{"$ref":"#/x/y/z"}},"anyOf":[{}]}`,
			[]string{`{a{x} b{x} c{x} d{x} e{x} f{x} g{x} h{x} i{x}}`},
			[]string{`{x}`},
		},
		{"unknown beside what is listed", `{"$ref":"https://x.test/y","properties":{"a":{}}}`, []string{`{a b{c}}`}, nil},
		{"names that stand for two things", `{"$ref":"#a","$defs":{"x":{"$anchor":"a","properties":{"b":{}}},"y":{"$anchor":"a"}}}`, []string{`{c}`}, nil},
		{"recursion", `{"properties":{"a":{"$ref":"#"},"l":{"type":"array","items":{"$ref":"#"}}}}`, []string{`{a{a{l{a{l{a}}}}}}`}, []string{`{a{a{l{a{l{b}}}}}}`}},
		{"schema that leads to itself", `{"$ref":"#","allOf":[{"$ref":"#"}],"properties":{"a":{}}}`, []string{`{a b}`}, nil},
		{"branches that lead to each other", `{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"properties":{"x":{}}}]},"b":{"anyOf":[{"$ref":"#/$defs/a"},{"properties":{"y":{}}}]}}}`, []string{`{x y}`}, nil},
		{"arrays without end", `{"type":"array","items":{"$ref":"#"}}`, nil, []string{`{a}`}},
		{"arrays in arrays", `{"type":["object","array"],"properties":{"a":{}},"items":{"$ref":"#"}}`, []string{`{a}`}, []string{`{b}`}},
		{"keywords of the wrong type", `{"properties":[1],"required":"a","allOf":{},"anyOf":1,"items":2,"patternProperties":[],"enum":{},"type":3,"$ref":[]}`, []string{`{a{b}}`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			for _, query := range tt.has {
				require.NoError(t, parse(t, query).Check([]byte(tt.schema)), query)
			}

			for _, query := range tt.lacks {
				err := parse(t, query).Check([]byte(tt.schema))
				problems, ok := errors.AsType[payloadquery.Problems](err)
				require.True(t, ok, query)
				require.Len(t, problems, 1, query)
			}
		})
	}
}

func TestQuery_CheckRefusesASchemaThatIsNoJSON(t *testing.T) {
	t.Parallel()

	for _, schema := range []string{"", "{", `{"a":1,}`, "{} {}", "{}]"} {
		err := parse(t, "{ a }").Check([]byte(schema))
		require.ErrorContains(t, err, "read JSON Schema", schema)

		_, ok := errors.AsType[payloadquery.Problems](err)
		require.False(t, ok)
	}
}

func TestQuery_CheckSuggestsNothingAmongTooManyNames(t *testing.T) {
	t.Parallel()

	names := []string{}
	for n := range 201 {
		names = append(names, fmt.Sprintf(`"name%d":{}`, n))
	}

	few := `{"properties":{` + strings.Join(names[:200], ",") + `}}`
	require.ErrorContains(t, parse(t, "{ nme1 }").Check([]byte(few)), "did you mean name1")

	many := `{"properties":{` + strings.Join(names, ",") + `}}`
	require.EqualError(t, parse(t, "{ nme1 }").Check([]byte(many)), "1:3: the schema has no field nme1")
	require.ErrorContains(t, parse(t, "{ "+strings.Repeat("n", 100)+" }").Check([]byte(few)), "n")
}

// hostile are schemas that would take for ever, or at least too long, if each way through them were taken.
func hostile() map[string]string {
	doubled := func(keyword, place string) string {
		definitions := []string{}
		for n := range 500 {
			next := fmt.Sprintf(`{"$ref":"#/$defs/%d"}`, (n+1)%500)
			definitions = append(definitions, fmt.Sprintf(place, n, keyword, next, next, n))
		}

		return `{"$ref":"#/$defs/0","$defs":{` + strings.Join(definitions, ",") + `}}`
	}

	long := []string{}
	for n := range 600 {
		long = append(long, fmt.Sprintf(`"^%s(a|b){%d}c*d*$":{}`, strings.Repeat("(x+x+)+", n%10), 900-n))
	}

	branches := strings.TrimSuffix(strings.Repeat(`{"properties":{"a":{"$ref":"#"}}},`, 1800), ",")

	return map[string]string{
		"all of the same twice": doubled("allOf", `"%d":{"%s":[%s,%s],"properties":{"a%d":{}}}`),
		"any of the same twice": doubled("anyOf", `"%d":{"%s":[%s,{"properties":{"a":%s}}],"properties":{"b%d":{}}}`),
		"each member anew":      doubled("oneOf", `"%d":{"properties":{"a":{"%s":[%s,{"allOf":[%s,{"minProperties":%d}]}]}}}`),
		"items anew":            doubled("anyOf", `"%d":{"%s":[{"items":%s},{"prefixItems":[%s]}],"required":["a%d"]}`),
		"many branches":         `{"anyOf":[` + branches + `]}`,
		"many patterns":         `{"patternProperties":{` + strings.Join(long, ",") + `}}`,
		"deep":                  strings.Repeat(`{"allOf":[`, 4900) + strings.Repeat("]}", 4900),
		"deep references":       strings.Repeat(`{"not":{},"items":{"properties":{"a":`, 1000) + `{"$ref":"#"}` + strings.Repeat("}}}", 1000),
		"many requirements":     `{"required":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 16_000), ",") + `],"properties":{"a":{"$ref":"#"}}}`,
	}
}

func hostileQuery() string {
	return "{" + strings.Repeat("a{", 10) + "z" + strings.Repeat("}", 10) +
		" x1 @member(name:\"" + strings.Repeat("x", 1000) + "\") " +
		strings.Repeat("a{a{b c d e f g}} aa bb cc dd ee ff gg b0:a{a1 a2 a3} ", 8) + "}"
}

func TestQuery_CheckEndsWithHostileSchemas(t *testing.T) {
	t.Parallel()

	// It ends: that is all there is to see. Without the bound it would not within the time of a test.
	for name, schema := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.LessOrEqual(t, len(schema), 80*1024)

			if err := parse(t, hostileQuery()).Check([]byte(schema)); err != nil {
				problems, ok := errors.AsType[payloadquery.Problems](err)
				require.True(t, ok)
				require.LessOrEqual(t, len(problems), 20)
			}
		})
	}
}

func FuzzQuery_Check(f *testing.F) {
	f.Add(`{ item { name { x } } elements { name } }`, inspectionSchema)
	f.Add(`{ a { a { b } } }`, `{"anyOf":[{"$ref":"#"},{"items":{"$ref":"#/anyOf/0"}}],"properties":{"a":{"$id":"x","$ref":"x"}}}`)
	f.Add(`{ a @member(name: "b-c") }`, `{"patternProperties":{"^b":false},"if":true,"unevaluatedProperties":{"type":"null"}}`)

	f.Fuzz(func(t *testing.T, text, schema string) {
		query, err := payloadquery.Parse(text)
		if err != nil {
			return
		}

		first := query.Check([]byte(schema))
		require.Equal(t, first, query.Check([]byte(schema)), "the order of maps must not show")
	})
}

func BenchmarkQuery_Check(b *testing.B) {
	schemas := hostile()
	schemas["inspection"] = inspectionSchema

	for name, schema := range schemas {
		query := hostileQuery()
		if name == "inspection" {
			query = `{ id item { nme } elements { name value } }`
		}

		b.Run(name, func(b *testing.B) {
			parsed := parse(b, query)

			for b.Loop() {
				_ = parsed.Check([]byte(schema))
			}
		})
	}
}
