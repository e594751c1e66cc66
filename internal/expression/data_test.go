package expression_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestData_TakesTheLastOfTwoMembersOfOneName(t *testing.T) {
	t.Parallel()

	many := make([]string, 0, 100)
	for place := range 100 {
		many = append(many, fmt.Sprintf(`"k%d": %d`, place%20, place))
	}

	for _, tt := range []struct{ text, payload, want string }{
		{`[event.data.a, event.data.size(), event.data.map(k, k)]`, `{"a": 1, "b": 2, "a": {"c": 3}}`, `[{"c":3},2,["a","b"]]`},
		{`[event.data.k0, event.data.k19, event.data.size()]`, `{` + strings.Join(many, ",") + `}`, `[80,99,20]`},
		{`[event.data.t, event.data.f, event.data.n]`, `{"t":true,"f":false,"n":null}`, `[true,false,null]`},
		{`event.data == {"a": 1}`, `{"a": 2, "\u0061": 1}`, `true`},
	} {
		got, err := render(t, tt.text, tt.payload)
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
	}
}

func TestData_FindsMembersByWhatTheirNamesMean(t *testing.T) {
	t.Parallel()

	payload := `{"": 1, "a\"b\\": 2, "\u00e9": 3, "\ud83d\ude00": 4, "` + "\xff" + `": 5, "}": "]", "[": "\\\"", "x": [ "," ]}`

	got, err := render(t, `[event.data[""], event.data["a\"b\\"], event.data["é"], event.data["😀"], event.data["\uFFFD"],
		event.data["}"], event.data["["], event.data.x, event.data.size(), event.data.?y.hasValue(), 1 in event.data]`, payload)
	require.NoError(t, err)
	require.Equal(t, `[1,2,3,4,5,"]","\\\"",[","],8,false,false]`, got)
}

func TestData_ReadsNumbers(t *testing.T) {
	t.Parallel()

	for digits, want := range map[string]string{
		"-0":                   `[0,"int",true]`,
		"-9223372036854775808": `[-9223372036854775808,"int",true]`,
		"0.1":                  `[0.1,"double",true]`,
		"1":                    `[1,"int",true]`,
		"1.0":                  `[1,"double",true]`,
		"1e2":                  `[100,"double",true]`,
		"9223372036854775807":  `[9223372036854775807,"int",true]`,
		"9223372036854775808":  `[9223372036854776000,"double",true]`,
		"1e-400":               `[0,"double",true]`,
	} {
		got, err := render(t, `[event.data.n, type(event.data.n) == int ? "int" : "double", event.data.n < 1e100]`, `{"n": `+digits+`}`)
		require.NoError(t, err)
		require.Equal(t, want, got, digits)
	}

	got, err := render(t, `[event.data.n > 1e300, event.data.n == event.data.n, event.data.m < 0]`, `{"n": 1e400, "m": -1e400}`)
	require.NoError(t, err)
	require.Equal(t, `[true,true,true]`, got)
}

func TestData_ComparesWithWhatExpressionsMake(t *testing.T) {
	t.Parallel()

	const payload = `{"o": {"a": [1, {"b": null}], "c": "x"}, "l": [1, 2.0, "x", [], {}], "e": {}, "n": []}`

	for text, want := range map[string]string{
		`event.data.e == {} && {} == event.data.e && event.data.n == [] && [] == event.data.n`: `true`,
		`event.data.e == event.data.n || event.data.n == event.data.e || event.data.e == 1`:    `false`,
		`event.data.l == [1.0, 2, "x", [], {}] && [1, 2, "x", [], {}] == event.data.l`:         `true`,
		`event.data.l == [1, 2, "x", []] || event.data.l == [1, 2, "y", [], {}]`:               `false`,
		`event.data.o == event.data.o`:                                                                         `true`,
		`event.data.o == {"c": "x", "a": [1, {"b": null}]}`:                                                    `true`,
		`event.data.o == {"c": "x", "d": [1]} || {"c": "x", "a": 1} == event.data.o`:                           `false`,
		`event.data.o in [1, event.data.o] && [] in event.data.l && !(event.data.o in [event])`:                ``,
		`optional.ofNonZeroValue(event.data.e).hasValue() || optional.ofNonZeroValue(event.data.n).hasValue()`: `false`,
		`type(event.data.o) == map && type(event.data.l) == list && type(dyn(event.data.o)) == map`:            `true`,
		`{"k": event.data.o} == {"k": {"a": [1, {"b": null}], "c": "x"}}`:                                      `true`,
	} {
		if want == `` {
			_, err := expression.CompileShape(text)
			require.Error(t, err)

			continue
		}

		got, err := render(t, text, payload)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestData_IsSafeForManyAtOnce(t *testing.T) {
	t.Parallel()

	cache := expression.NewCache()
	texts := map[string]string{
		`event.data`:                                          `{"a":[{"b":{"c":[1,2,3]}}],"d":{"e":"x"}}`,
		`event.data.a[0].b.c.map(i, i + 1)`:                   `[2,3,4]`,
		`event.data.a == [{"b": {"c": [1, 2, 3]}}]`:           `true`,
		`event.data.d.map(k, {k: event.data.d[k]})`:           `[{"e":"x"}]`,
		`[event.data.a].all(l, event.data.a in [l])`:          `true`,
		`event.data.d.e.matches("x") && !has(event.data.d.f)`: `true`,
		`event.data.nope`:                                     ``,
		`-event.data.d.e`:                                     ``,
		`dyn("a") > event.data.a`:                             ``,
	}

	for range 20 {
		context := about(`{"a": [{"b": {"c": [1, 2, 3]}}], "d": {"e": "x"}}`)

		var group sync.WaitGroup

		for text, want := range texts {
			for range 4 {
				group.Go(func() {
					shape, err := cache.Shape(text)
					if err != nil {
						t.Error(err)

						return
					}

					got, err := shape.Render(context)
					if (err != nil) != (want == ``) || string(got) != want {
						t.Errorf("%s gives %s: %v", text, got, err)
					}
				})
			}
		}

		group.Wait()
	}
}
