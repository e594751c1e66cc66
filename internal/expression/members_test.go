package expression_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func members(t *testing.T, text, payload string) ([]expression.Member, error) {
	t.Helper()

	shape, err := expression.CompileShape(text)
	require.NoError(t, err)

	return shape.Members(about(payload))
}

func TestMembers_GivesTextsInOrder(t *testing.T) {
	t.Parallel()

	got, err := members(t, `{"z": event.type, "y": 1, "x": 1.0, "w": true, "v": null, "u": event.data.lines,
		"t": {"b": "<", "a": 2}, "s": event.timestamp, "r": "a\"ä", ?"q": event.data.?q, ?"p": event.data.?id, 1: ""}`, invoice)
	require.NoError(t, err)
	require.Equal(t, []expression.Member{
		{"z", "invoice.paid"},
		{"y", "1"},
		{"x", "1"},
		{"w", "true"},
		{"v", ""},
		{"u", `[{"sku":"a","qty":1},{"sku":"b","qty":2}]`},
		{"t", `{"b":"<","a":2}`},
		{"s", "2026-03-01T11:30:45.12Z"},
		{"r", `a"ä`},
		{"p", "in_1"},
		{"1", ""},
	}, got)
}

func TestMembers_GivesThoseOfThePayloadInItsOrder(t *testing.T) {
	t.Parallel()

	got, err := members(t, `event.data`, `{"b": 1, "a": "x", "b": [ 2 ]}`)
	require.NoError(t, err)
	require.Equal(t, []expression.Member{{"b", "[2]"}, {"a", "x"}}, got)

	got, err = members(t, `event.data.?missing.orValue({})`, `{}`)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestMembers_RefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()

	for text, message := range map[string]string{
		`"a"`:          "must be an object, but is of type string",
		`[{"a": 1}]`:   "must be an object, but is of type list",
		`event.data.n`: "must be an object, but is of type null_type",
		`{"a": b"a"}`:  "there is no JSON for type bytes",
		`{"a": [int]}`: "there is no JSON for type type",
	} {
		_, err := members(t, text, `{"n": null}`)
		require.Equal(t, message, requireKind(t, expression.Failed, err), text)
	}

	_, err := members(t, `event.data.x`, `{}`)
	requireKind(t, expression.MissingData, err)
}

func TestMembers_RefusesMoreThanTheLimit(t *testing.T) {
	t.Parallel()

	payload := `{"s": "` + strings.Repeat("a", expression.MaxOutput/2) + `"}`

	_, err := members(t, `{"": event.data.s, " ": event.data.s}`, payload)
	requireKind(t, expression.TooLarge, err)

	_, err = members(t, `{"": event.data.s}`, payload)
	require.NoError(t, err)
}

func TestText_RendersAnyValue(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`"a\"<ä"`:         `a"<ä`,
		`1`:               "1",
		`1.50`:            "1.5",
		`event.data.note`: "",
		`event.data.?x`:   "",
		`event.test`:      "true",
		`event.timestamp`: "2026-03-01T11:30:45.12Z",
		`event.data.?id`:  "in_1",
		`[1, "a"]`:        `[1,"a"]`,
		`{"b": 1}`:        `{"b":1}`,
	} {
		compiled, err := expression.CompileText(text)
		require.NoError(t, err)

		got, err := compiled.Render(about(invoice))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestText_SaysWhyThereIsNone(t *testing.T) {
	t.Parallel()

	for text, kind := range map[string]expression.Kind{
		`b"a"`:           expression.Failed,
		`event.data.nix`: expression.MissingData,
		`event.data.s`:   expression.TooLarge,
		`[event.data.s]`: expression.TooLarge,
	} {
		compiled, err := expression.CompileText(text)
		require.NoError(t, err)

		_, err = compiled.Render(about(`{"s": "` + strings.Repeat("a", expression.MaxOutput+1) + `"}`))
		requireKind(t, kind, err)
	}
}
