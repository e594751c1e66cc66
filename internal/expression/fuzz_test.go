package expression_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func FuzzShape(f *testing.F) {
	for _, text := range []string{
		`"%s %d %.3f %x".format([event.type, 1, 2.5, "a"]) + string(event.timestamp)`,
		`1 in [1, 2] || event.data.a[0] == {"b": 1.0} ? -1 : 2u`,
		`[1, 2].map(x, x > 1, x * 2).exists_one(y, y == 4)`,
		`[3, 1].sort().reverse().flatten(1).distinct().slice(0, 1) + lists.range(3)`,
		`[?event.data.?a[?0], "x"].map(i, {i: event.data})`,
		`base64.encode(bytes(json.encode(event.data)))`,
		`event.data.?a.optMap(v, v.size()).orValue(0)`,
		`event.data.a.sortBy(x, x).all(x, has(x.b)) && event.type.matches("^a(b|c)*$")`,
		`event.type.replace("a", "b", 1).split(".").join("-").indexOf("p")`,
		`{?"a": event.data.?a, event.id: webhook.name, true: null}.map(k, k)`,
		`math.greatest(1, 2.5, event.data.n) / duration("1h").getSeconds()`,
		expression.StandardEnvelope,
	} {
		f.Add(text, `{"a": [{"b": 1}, 2], "n": 1.50, "s": "\u00e9"}`)
	}

	f.Fuzz(func(t *testing.T, text, payload string) {
		shape, err := expression.CompileShape(text)
		if err != nil {
			var wrong *expression.Error

			require.ErrorAs(t, err, &wrong)
			require.Positive(t, wrong.Line)
			require.Positive(t, wrong.Column)
			require.NotEmpty(t, wrong.Message)

			return
		}

		context := about(payload)

		out, err := shape.Render(context)
		again, againErr := shape.Render(context)

		require.Equal(t, string(out), string(again))
		require.Equal(t, err, againErr)

		if failure := (*expression.EvalError)(nil); err != nil {
			require.ErrorAs(t, err, &failure)

			return
		}

		require.True(t, json.Valid(out), "%s", out)
		require.LessOrEqual(t, len(out), expression.MaxOutput)

		members, err := shape.Members(context)
		if err != nil {
			return
		}

		var object map[string]json.RawMessage

		require.NoError(t, json.Unmarshal(out, &object))
		require.Len(t, members, len(object))
	})
}

func FuzzExplain(f *testing.F) {
	for _, text := range []string{
		`!(event.data.a == [1] || event.data.n > 1.0) && event.test`,
		`event.data.?a[?0].?b.orValue(1) in [1, 2u] ? has(event.data.a) : !("n" in event.data)`,
		`event.data.a.all(x, x.b == 1 || event.data.a.exists(y, y == x && !(y in ["\x00é"])))`,
		`(event.data.s + "\u2028").matches(r"^a\b|\x41$") && -event.data.n < 1e30 - -1.0`,
		`event.data.n == 1 || event.data.nope == b'\377' || 1 / 0 > event.data.z`,
		`event.data["a"][0].b == (event.test ? 1 : 2) + 3 * (4 - 5) || !!!event.data.t`,
	} {
		f.Add(text, `{"a": [{"b": 1}, 2], "n": 1.50, "s": "\u00e9", "t": true}`)
	}

	f.Fuzz(func(t *testing.T, text, payload string) {
		condition, err := expression.CompileCondition(text)
		if err != nil {
			return
		}

		event := about(payload).Event

		held, matchErr := condition.Match(event)
		said, err := condition.Explain(event)
		require.LessOrEqual(t, len(said), 300)
		require.True(t, utf8.ValidString(said))

		var failure *expression.EvalError

		switch {
		case err != nil:
			require.ErrorAs(t, err, &failure)
			require.Empty(t, said)
		case matchErr != nil:
			require.ErrorAs(t, matchErr, &failure)
			require.Equal(t, expression.MissingData, failure.Kind)
			require.NotEmpty(t, said)
		default:
			require.Equal(t, held, said == "", said)
		}
	})
}
