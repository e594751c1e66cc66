package expression_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestCompile_SaysWhereAnExpressionIsWrong(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		text    string
		line    int
		column  int
		message string
	}{
		{"a bare namespace", `event == 1`, 1, 1, "there is no event"},
		{"a constant that does not convert", "\n  timestamp('bad')", 2, 12, `invalid RFC 3339 timestamp "bad"`},
		{"a function that there is not", `event.type.shout()`, 1, 17, "there is no shout"},
		{"a message of protobuf", `google.protobuf.Value{}`, 1, 22, `there are no messages: write an object as {"name": value}`},
		{"a misspelled variable", `"x" == event.typ`, 1, 8, "there is no event.typ"},
		{"a misspelled variable behind characters of several bytes", `"äöü🙂" == event.typ`, 1, 11, "there is no event.typ"},
		{"a misspelled variable in another line", "event.type ==\n\t event.typ.x", 2, 3, "there is no event.typ"},
		{"an optional as a member", `{"a": event.data.?b}`, 1, 17, "may be missing: append .orValue(...), or put a ? before it and its key"},
		{"an optional as an item", `[event.data.?b]`, 1, 12, "may be missing: append .orValue(...), or put a ? before it and its key"},
		{"an unclosed string", `"abc`, 1, 1, `Syntax error: token recognition error at: '"abc'`},
		{"an unfinished operation", `1 +`, 1, 4, "Syntax error: mismatched input '<EOF>'"},
		{"empty", ``, 1, 1, "must not be empty"},
		{"no UTF-8", "\"\xff\"", 1, 1, "must be UTF-8 without NUL"},
		{"NUL", "event.type == \"\x00\"", 1, 1, "must be UTF-8 without NUL"},
		{"two expressions", `1 2`, 1, 3, "Syntax error: extraneous input '2'"},
		{"types that do not go together", `event.test && event.type`, 1, 20, "expected type 'bool' but found 'string'"},
		{"white space only", " \n\t", 1, 1, "must not be empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			_, err := expression.CompileShape(tt.text)

			var wrong *expression.Error

			require.ErrorAs(t, err, &wrong)
			require.Equal(t, tt.message, wrong.Message)
			require.Equal(t, []int{tt.line, tt.column}, []int{wrong.Line, wrong.Column})
		})
	}
}

func TestCompile_RefusesWhatCostsTooMuch(t *testing.T) {
	t.Parallel()

	nested := func(open, inner, closing string, times int) string {
		return strings.Repeat(open, times) + inner + strings.Repeat(closing, times)
	}

	tests := []struct {
		name string
		text string
	}{
		{"a large pattern", `event.type.matches("(a?){600}b")`},
		{"a pattern of nested repetitions", `event.type.matches("((a{30}b){30}c)")`},
		{"a pattern with many classes", `event.type.matches("` + strings.Repeat(`\\pL`, 500) + `")`},
		{"a long chain of macros", "[1]" + strings.Repeat(".map(a, [a, a])", 9)},
		{"many patterns", `[` + strings.Repeat(`"a".matches("(a?){40}"), `, 10) + `1]`},
		{"deep brackets", nested("(", "1", ")", 2000)},
		{"deep calls", nested("dyn(", "1", ")", 400)},
		{"deep conditionals", nested("true ? (", "1", ") : 2", 300)},
		{"deep lists", nested("[", "1", "]", 2000)},
		{"deep loops", nested("[1].map(x, ", "1", ")", 4)},
		{"deep loops over payloads", nested("event.data.all(x, ", "true", ")", 4)},
		{"deep macros that name values", nested("event.data.?a.optMap(x, ", "1", ")", 9)},
		{"deep maps", nested("{1: ", "1", "}", 700)},
		{"many additions of empty lists", "[" + strings.Repeat("[]+[],", 600) + "1]"},
		{"many calls", "[" + strings.Repeat("dyn(1),", 400) + "1]"},
		{"many empty objects", "[" + strings.Repeat("{},", 1300) + "1]"},
		{"many macros", "[" + strings.Repeat("[].all(x,x),", 300) + "1]"},
		{"many members", "event.data" + strings.Repeat(".a", 1500)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			_, err := expression.CompileShape(tt.text)

			var wrong *expression.Error

			require.ErrorAs(t, err, &wrong)
			require.Contains(t, wrong.Message, "costs too much")
		})
	}
}

func TestCompile_AcceptsLongExpressionsOfReasonableParts(t *testing.T) {
	t.Parallel()

	ids := strings.TrimSuffix(strings.Repeat(`"cus_0123456789", `, 200), ", ")
	members := strings.TrimSuffix(strings.Repeat(`"member": event.data.customer.address.?city.orValue(""), `, 60), ", ")

	for _, text := range []string{
		`event.data.customer in [` + ids + `]`,
		`{` + members + `}`,
		strings.TrimSuffix(strings.Repeat(`event.data.customer.id == "cus_0123456789" || `, 80), " || "),
		`event.data.a` + strings.Repeat(` + "x"`, 40),
		`event.data.orders.filter(o, o.lines.exists(l, l.discounts.all(d, d.percent > 10))).map(o, {"id": o.id})`,
	} {
		_, err := expression.CompileShape(text)
		require.NoError(t, err, text)
	}
}

func TestCompile_RefusesTextsOverTheLimit(t *testing.T) {
	t.Parallel()

	longest := `"` + strings.Repeat("a", expression.MaxLength-2) + `"`

	_, err := expression.CompileText(longest)
	require.NoError(t, err)

	_, err = expression.CompileText(longest + " ")
	require.EqualError(t, err, "line 1, column 1: must be at most 4096 bytes")
}

func TestCompile_RefusesPatternsThatAreNotWrittenOut(t *testing.T) {
	t.Parallel()

	for text, message := range map[string]string{
		`event.type.matches("(")`:          "line 1, column 20: error parsing regexp: missing closing ): `(`",
		`event.type.matches("a" + "b")`:    "line 1, column 24: the pattern of matches must be written out as a string",
		`event.type.matches(event.data.p)`: "line 1, column 30: the pattern of matches must be written out as a string",
		`matches("a", event.type)`:         "line 1, column 19: the pattern of matches must be written out as a string",
	} {
		_, err := expression.CompileCondition(text)
		require.EqualError(t, err, message, text)
	}
}

func TestCompileCondition_RefusesWhatIsNotABool(t *testing.T) {
	t.Parallel()

	for text, message := range map[string]string{
		`event.data.paid`: "line 1, column 1: must be true or false, but is of type dyn: compare it with something",
		`event.type`:      "line 1, column 1: must be true or false, but is of type string: compare it with something",
		`[true]`:          "line 1, column 1: must be true or false, but is of type list(bool): compare it with something",
	} {
		_, err := expression.CompileCondition(text)
		require.EqualError(t, err, message, text)
	}
}

func TestCompileCondition_SeesTheEventOnly(t *testing.T) {
	t.Parallel()

	for _, name := range []string{
		"delivery.id", "organization.id", "organization.name", "organization.slug", "webhook.id", "webhook.name",
	} {
		_, err := expression.CompileShape(name)
		require.NoError(t, err)

		_, err = expression.CompileCondition(name + ` == ""`)
		require.EqualError(t, err, "line 1, column 1: there is no "+name)
	}
}

func TestError_IsShort(t *testing.T) {
	t.Parallel()

	_, err := expression.CompileShape(`"` + strings.Repeat("ä", 2000))

	var wrong *expression.Error

	require.ErrorAs(t, err, &wrong)
	require.LessOrEqual(t, len(wrong.Message), 200)
	require.NotContains(t, wrong.Message, "\uFFFD")
	require.Equal(t, "line 1, column 1: "+wrong.Message, err.Error())
}
