package payloadquery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/payloadquery"
)

func TestParse_ReadsWhatAQueryMayBe(t *testing.T) {
	t.Parallel()

	tests := []struct{ name, query string }{
		{"anonymous", `{ id }`},
		{"as deep as allowed", strings.Repeat("{a", payloadquery.MaxDepth) + strings.Repeat("}", payloadquery.MaxDepth)},
		{"as long as allowed", `{ id }` + strings.Repeat(" ", payloadquery.MaxBytes-len(`{ id }`))},
		{"as many fields as allowed", "{" + strings.Repeat("a ", payloadquery.MaxFields) + "}"},
		{"byte order mark and commas", "\ufeff{ id, name, }"},
		{"comment", "{ # all of it\n id }"},
		{"described", `"for the ERP" query { id }`},
		{"directive with a block text", `{ a @member(name: """content-type""") }`},
		{"every token a field can use", `{ a: b @member(name: "c") { d } }`},
		{"introspection names are ordinary", `{ __typename __schema { types } }`},
		{"keywords are ordinary", `{ query mutation fragment on true null }`},
		{"named", `query ForTheERP { id }`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			query, err := payloadquery.Parse(tt.query)
			require.NoError(t, err)
			require.NotNil(t, query)
		})
	}
}

func TestParse_RefusesTheRestAndSaysWhere(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name, query string
		want        payloadquery.Problems
	}{
		{"nothing", "", payloadquery.Problems{{1, 1, "the query is empty"}}},
		{"only a comment", "\n# id", payloadquery.Problems{{1, 1, "the query is empty"}}},
		{"empty selection", "{\n  a { }\n}", payloadquery.Problems{{2, 7, "syntax error: expected a name, found }"}}},
		{"no selection", "query", payloadquery.Problems{{1, 6, "syntax error: expected {, found <EOF>"}}},
		{"open selection", "{ a", payloadquery.Problems{{1, 4, "syntax error: expected Name, found <EOF>"}}},
		{"name that is none", "{ content-type }", payloadquery.Problems{
			{1, 11, `syntax error: invalid number, expected digit but got: "t"; a name that GraphQL does not have goes into @member(name: "...")`},
		}},
		{"character of two bytes", "{ naïve }", payloadquery.Problems{
			{1, 5, `syntax error: unexpected character "ï"; a name that GraphQL does not have goes into @member(name: "...")`},
		}},
		{"path with a dot", "{ item.name }", payloadquery.Problems{
			{1, 7, `syntax error: unexpected character "."; a name that GraphQL does not have goes into @member(name: "...")`},
		}},
		{"text that does not end", "{\n a @member(name: \"x", payloadquery.Problems{
			{2, 20, "syntax error: unterminated string"},
		}},
		{"column after characters of several bytes", "{ a @member(name: \"größe\") $ }", payloadquery.Problems{
			{1, 28, "syntax error: expected Name, found $"},
		}},
		{"line after line ends of all kinds", "{\r\n  a\r  $ }", payloadquery.Problems{
			{3, 3, "syntax error: expected Name, found $"},
		}},
		{"text that is not UTF-8", "{\n a # \xff\n}", payloadquery.Problems{{2, 6, "the query must be valid UTF-8"}}},
		{"mutation", "mutation { a }", payloadquery.Problems{{1, 1, "must be a query, not a mutation"}}},
		{"subscription", " subscription { a }", payloadquery.Problems{{1, 2, "must be a query, not a subscription"}}},
		{"several operations", "{ a }\n{ b } query C { c }", payloadquery.Problems{
			{2, 1, "there must be only one query"}, {2, 7, "there must be only one query"},
		}},
		{"fragments", "{ ...F a { ... on T { b } ... { c } } }\nfragment F on T { d }", payloadquery.Problems{
			{1, 6, "fragments are not supported"},
			{1, 16, "fragments are not supported"},
			{1, 31, "fragments are not supported"},
			{2, 1, "fragments are not supported"},
		}},
		{"only a fragment", "fragment F on T { d }", payloadquery.Problems{{1, 1, "fragments are not supported"}}},
		{"variables", "query Q($a: Int, $b: [Int!] = [1]) { a }", payloadquery.Problems{
			{1, 9, "variables are not supported"}, {1, 18, "variables are not supported"},
		}},
		{"arguments", "{ a(first: 1, after: $b) { c(x: {y: [1]}) } }", payloadquery.Problems{
			{1, 5, "arguments are not supported"},
			{1, 15, "arguments are not supported"},
			{1, 30, "arguments are not supported"},
		}},
		{"directive on the query", `query @member(name: "x") { a }`, payloadquery.Problems{
			{1, 8, "directive @member is not allowed here"},
		}},
		{"other directives", "{ a @include(if: true) @skip(if: false) }", payloadquery.Problems{
			{1, 6, "there is no directive @include, only @member"},
			{1, 25, "there is no directive @skip, only @member"},
		}},
		{"directive given twice", `{ a @member(name: "x") @member(name: "y") }`, payloadquery.Problems{
			{1, 25, "there must be only one @member"},
		}},
		{
			"directive without its argument", `{ a @member b @member(as: "x") c @member(name: 1) d @member(name: $e) }`,
			payloadquery.Problems{
				{1, 6, `must be @member(name: "...")`},
				{1, 16, `must be @member(name: "...")`},
				{1, 35, `must be @member(name: "...")`},
				{1, 54, `must be @member(name: "...")`},
			},
		},
		{"two members under one name", "{ a: b\n a: c a @member(name: \"d\") }", payloadquery.Problems{
			{2, 2, `a stands for "b" already, and here for "c"; give one of them an alias`},
			{2, 7, `a stands for "b" already, and here for "d"; give one of them an alias`},
		}},
		{"two members under one name inside what is merged", "{ i { a } i { a: b } }", payloadquery.Problems{
			{1, 15, `a stands for "a" already, and here for "b"; give one of them an alias`},
		}},
		{"whole and in parts", "{ a a { b } c { d } c }", payloadquery.Problems{
			{1, 5, "a is asked for both whole and in parts; give one of them an alias"},
			{1, 21, "c is asked for both whole and in parts; give one of them an alias"},
		}},
		{"too long", "{ id }" + strings.Repeat(" ", 4091), payloadquery.Problems{
			{1, 1, "the query must be at most 4096 bytes"},
		}},
		{"too deep", strings.Repeat("{a", 13) + strings.Repeat("}", 13), payloadquery.Problems{
			{1, 26, "selections must be nested at most 12 deep"},
		}},
		{"far too deep", strings.Repeat("{a", 1300) + strings.Repeat("}", 1300), payloadquery.Problems{
			{1, 2001, "syntax error: exceeded maximum nesting depth of 1000"},
		}},
		{"too many fields", "{" + strings.Repeat("a ", 201) + "}", payloadquery.Problems{
			{1, 402, "there must be at most 200 fields"},
		}},
		{"too many fields on several levels", "{" + strings.Repeat("a{b} ", 101) + "}", payloadquery.Problems{
			{1, 502, "there must be at most 200 fields"},
		}},
		{"too many tokens", "{a" + strings.Repeat("@a", 1500) + "}", payloadquery.Problems{
			{1, 1, "the query must have at most 3000 names and signs"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			query, err := payloadquery.Parse(tt.query)
			require.Nil(t, query)

			problems, ok := errors.AsType[payloadquery.Problems](err)
			require.True(t, ok)
			require.Equal(t, tt.want, problems)
		})
	}
}

func TestParse_TellsTwentyProblemsAtMost(t *testing.T) {
	t.Parallel()

	_, err := payloadquery.Parse("{" + strings.Repeat("a(x:1) ", 30) + "}")

	problems, ok := errors.AsType[payloadquery.Problems](err)
	require.True(t, ok)
	require.Len(t, problems, 20)
}

func TestProblems_NameTheirPlaces(t *testing.T) {
	t.Parallel()

	require.EqualError(t, payloadquery.Problems{{1, 2, "first"}, {3, 4, "second"}}, "1:2: first; 3:4: second")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{ inspection: id item { name } }`, `query Q { a: b @member(name: "c-d") { e } }`, "{ a(b: 1) ...F }",
		"{\r\n a # x\n }", `{ a @member(name: """x""") }`, "{ \xff }", `"""d""" query{a}`, "{ a: a a: b }", "{\ufeff",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		query, err := payloadquery.Parse(text)
		if err == nil {
			result, err := query.Apply([]byte(`{}`))
			require.NoError(t, err)
			require.NotEqual(t, "{}", string(result))

			return
		}

		require.Nil(t, query)

		problems, ok := errors.AsType[payloadquery.Problems](err)
		require.True(t, ok)
		require.NotEmpty(t, problems)

		for _, one := range problems {
			require.Positive(t, one.Line)
			require.Positive(t, one.Column)
			require.NotEmpty(t, one.Message)
		}
	})
}
