package expression_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

// size is that of the largest payload.
const size = 256 * 1024

func list(item string, bytes int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", bytes/(len(item)+1)), ",") + "]"
}

// attacks are payloads that are as bad as they can be, and expressions that try to spend all there is over them.
//
//nolint:gochecknoglobals // A table.
var attacks = []struct {
	name        string
	payload     string
	expressions map[string]expression.Kind
}{
	{
		"long strings",
		`{"s":"` + strings.Repeat("a", size) + `","t":"` + strings.Repeat("a", size/2) + `b","i":` + list("0", size) + `}`,
		map[string]expression.Kind{
			`"%.100f".format([event.data.i]) == ""`:                                    expression.Failed,
			`("%.101" + "f").format([1.0])`:                                            expression.Failed,
			`[event.data.s].map(s, s + s).map(s, s + s).map(s, s + s)`:                 expression.TooLarge,
			`event.data.i.all(x, !event.data.s.matches("(a|b|ab)*c(d|e)*f"))`:          expression.TooExpensive,
			`event.data.i.all(x, "%s%x".format([event.data.s, event.data.s]) != "")`:   expression.TooExpensive,
			`event.data.i.all(x, base64.encode(bytes(event.data.s)) != "")`:            expression.TooExpensive,
			`event.data.i.all(x, event.data.s + "a" != event.data.s + "b")`:            expression.TooExpensive,
			`event.data.i.all(x, event.data.s.charAt(x) != "")`:                        expression.TooExpensive,
			`event.data.i.all(x, event.data.s.contains("c") == false)`:                 expression.TooExpensive,
			`event.data.i.all(x, event.data.s.indexOf("aaaaaaaaaaaaaaab") < 0)`:        expression.TooExpensive,
			`event.data.i.all(x, event.data.s.lowerAscii() != "")`:                     expression.TooExpensive,
			`event.data.i.all(x, event.data.s.replace("b", "c") != "")`:                expression.TooExpensive,
			`event.data.i.all(x, event.data.s.reverse() != "")`:                        expression.TooExpensive,
			`event.data.i.all(x, event.data.s.split("").size() > 0)`:                   expression.TooExpensive,
			`event.data.i.all(x, event.data.s.substring(1).size() > 0)`:                expression.TooExpensive,
			`event.data.i.all(x, event.data.s < event.data.t)`:                         expression.TooExpensive,
			`event.data.i.all(x, json.encode(event.data.s) != "")`:                     expression.TooExpensive,
			`event.data.i.all(x, size(event.data.s) > 0)`:                              expression.TooExpensive,
			`event.data.i.all(x, strings.quote(event.data.s) != "")`:                   expression.TooExpensive,
			`event.data.i.all(x, {event.data.s: 1}.size() > 0)`:                        expression.TooExpensive,
			`event.data.i.exists(x, [?dyn(event.data.s)] == [])`:                       expression.TooExpensive,
			`event.data.i.exists(x, event.data.s in ["a", "b"])`:                       expression.TooExpensive,
			`event.data.i.exists(x, event.data.s in {"a": 1})`:                         expression.TooExpensive,
			`event.data.i.exists(x, event.data[event.data.s] == 1)`:                    expression.TooExpensive,
			`event.data.i.exists(x, event.data[?event.data.s] == optional.of(1))`:      expression.TooExpensive,
			`event.data.i.exists(x, event.data[event.data.s + "a"] == 1)`:              expression.TooExpensive,
			`event.data.i.exists(x, event.timestamp.getHours("Europe/Berlin") == 25)`:  expression.TooExpensive,
			`event.data.i.exists(x, event.timestamp.getHours(event.data.s) == 25)`:     expression.TooExpensive,
			`event.data.i.exists(x, int(event.data.s) == 1)`:                           expression.TooExpensive,
			`event.data.i.exists(x, timestamp(event.data.s) == event.timestamp)`:       expression.TooExpensive,
			`lists.range(10).map(x, event.data.s).join()`:                              expression.TooLarge,
			`event.data.i.map(x, event.data.s + string(x))`:                            expression.TooExpensive,
			`event.data.s + event.data.s + event.data.s + event.data.s + event.data.s`: expression.TooLarge,
			`event.data.s.indexOf(event.data.t)`:                                       expression.TooExpensive,
			`event.data.s.lastIndexOf(event.data.t)`:                                   expression.TooExpensive,
			`event.data.s.replace("", event.data.s)`:                                   expression.TooLarge,
			`event.data.s.replace("a", event.data.s)`:                                  expression.TooLarge,
			`event.data.s.replace("a", event.data.s, 9)`:                               expression.TooLarge,
			`event.data.s.split("").join(event.data.s)`:                                expression.TooLarge,
		},
	},
	{
		"long lists",
		`{"l":` + list("0", size) + `,"o":` + list(`{"a":1,"b":"x"}`, size) + `,"k":{"` + strings.Repeat("k", size) +
			`":1},"ks":"` + strings.Repeat("k", size) + `","f":"` + strings.Repeat("%.99f", size/5) + `"}`,
		map[string]expression.Kind{
			`[lists.range(10000)].all(l, event.data.l.all(x, (l + l + l)[0] == 0))`: expression.TooExpensive,
			`event.data.f.format(event.data.l)`:                                     expression.TooExpensive,
			`event.data.l.all(x, event.data.l.all(y, x == y))`:                      expression.TooExpensive,
			`event.data.l.all(x, event.data.k[event.data.ks] == 1)`:                 expression.TooExpensive,
			`event.data.l.all(x, event.data.ks in event.data.k)`:                    expression.TooExpensive,
			`event.data.l.all(x, event.data.l == event.data.l)`:                     expression.TooExpensive,
			`event.data.l.all(x, json.encode(event.data.l) != "")`:                  expression.TooExpensive,
			`event.data.l.all(x, x + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 == x)`:       expression.TooExpensive,
			`event.data.l.distinct()`:                                               expression.TooExpensive,
			`event.data.l.exists(x, event.data == event.data && false)`:             expression.TooExpensive,
			`event.data.l.exists(x, event.data.o in event.data.l)`:                  expression.TooExpensive,
			`event.data.l.exists(x, 1 in event.data.l)`:                             expression.TooExpensive,
			`event.data.l.exists(x, [?dyn(event.data.l)] == [])`:                    expression.TooExpensive,
			`event.data.l.exists(x, {?"a": dyn(event.data.l)} == {})`:               expression.TooExpensive,
			`event.data.l.map(x, [x])`:                                              expression.TooExpensive,
			`event.data.l.map(x, {"a": x})`:                                         expression.TooExpensive,
			`event.data.l.map(x, lists.range(10000))`:                               expression.TooExpensive,
			`event.data.l.sort()`:                                                   expression.TooExpensive,
			`event.data.l.sortBy(x, -x)`:                                            expression.TooExpensive,
			`lists.range(1000000000000)`:                                            expression.TooExpensive,
			`lists.range(10000).map(x, event.data)`:                                 expression.TooLarge,
		},
	},
	{
		"deep values",
		`{"d":` + strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000) + `,"l":` + strings.Repeat("[", 9000) +
			strings.Repeat("1,", 50_000) + "1" + strings.Repeat("]", 9000) + `}`,
		map[string]expression.Kind{
			`"%s".format([event.data.d])`:                               expression.Failed,
			`[event.data.d].join()`:                                     expression.Failed,
			`dyn(event.data.l).flatten(9000)`:                           expression.TooExpensive,
			`event.data.l.flatten(9223372036854775807)`:                 expression.TooExpensive,
			`event.data.l.flatten(-1)`:                                  expression.Failed,
			`lists.range(100).all(x, event.data.d == event.data.d)`:     expression.TooExpensive,
			`lists.range(100).all(x, event.data.l != event.data.l + 1)`: expression.Failed,
		},
	},
	{
		"values inside themselves",
		`{"i":` + list("0", size) + `}`,
		map[string]expression.Kind{
			`[1]` + strings.Repeat(".map(a, [a, a, a, a, a, a])", 8):                                             expression.TooLarge,
			`[1]` + strings.Repeat(".map(a, {'a': a, 'b': a, 'c': a, 'd': a, 'e': a})", 8):                       expression.TooLarge,
			`[` + tree + `].all(d, event.data.i.all(x, d == d))`:                                                 expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.all(x, d in [d, d]))`:                                            expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.all(x, d.flatten(5) == d.flatten(6)))`:                           expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.exists(x, [?dyn(d)] == []))`:                                     expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.exists(x, [dyn(d)].join() == ""))`:                               expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.exists(x, {?"a": dyn(d)} == {}))`:                                expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.all(x, optional.of(d) == optional.of(d)))`:                       expression.TooExpensive,
			`[` + tree + `].all(d, event.data.i.all(x, json.encode(d) != ""))`:                                   expression.TooExpensive,
			`[` + tree + `].map(d, [d, d, d, d, d, d, d, d, d, d, d]).map(d, [d, d, d, d, d, d, d, d, d, d, d])`: expression.TooLarge,
		},
	},
}

// tree is a list with 6^5 numbers in it, and no more than 36 items in memory.
const tree = `[1].map(a, [a,a,a,a,a,a]).map(a, [a,a,a,a,a,a]).map(a, [a,a,a,a,a,a]).map(a, [a,a,a,a,a,a]).map(a, [a,a,a,a,a,a])`

// Each of these would take gigabytes, or hours, if only CEL looked after it.
//
//nolint:paralleltest,tparallel // What the whole process allocates is measured.
func TestAttacks_EndEarlyAndTakeLittleMemory(t *testing.T) {
	const most = 48 << 20

	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			for text, kind := range attack.expressions {
				shape, err := expression.CompileShape(text)
				require.NoError(t, err, text)

				context := about(attack.payload)

				var before, after runtime.MemStats

				runtime.ReadMemStats(&before)

				_, err = shape.Render(context)

				runtime.ReadMemStats(&after)
				require.Error(t, err, text)
				requireKind(t, kind, err, text)
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(most), text)
			}
		})
	}
}

func TestAttacks_CannotHideBehindOr(t *testing.T) {
	t.Parallel()

	for text, kind := range map[string]expression.Kind{
		`event.data.s.replace("", event.data.s) == "" || true`:                     expression.TooLarge,
		`true || event.data.s.replace("", event.data.s) == ""`:                     "",
		`[1].exists(x, event.data.i.all(y, event.data.s.reverse() != "")) || true`: expression.TooExpensive,
		`!(event.data.i.all(y, event.data.s.reverse() != "") && false)`:            expression.TooExpensive,
		`event.data.i.all(x, x == 1 || event.data.s.indexOf(event.data.s) >= 0)`:   expression.TooExpensive,
		`[event.data.i].all(l, l.all(x, l.all(y, 1 / y == 0))) || event.id != ""`:  expression.TooExpensive,
	} {
		condition, err := expression.CompileCondition(text)
		require.NoError(t, err)

		got, err := condition.Match(about(attacks[0].payload).Event)
		if kind == "" {
			require.NoError(t, err)
			require.True(t, got)

			continue
		}

		requireKind(t, kind, err)
	}
}

func TestLimits_LeaveRoomForLargePayloads(t *testing.T) {
	t.Parallel()

	payload := `{"text":"` + strings.Repeat("a", size/2) + `","lines":` + list(`{"sku":"abc","qty":12,"price":9.99}`, size/2) + `}`

	for text, want := range map[string]string{
		`event.data == event.data`:                               `true`,
		`event.data.lines.all(l, l.qty > 1 && l.sku == "abc")`:   `true`,
		`event.data.lines.filter(l, l.price > 10.0)`:             `[]`,
		`event.data.lines.exists(l, l.sku.matches("^[x-z]+$"))`:  `false`,
		`event.data.lines.map(l, {"sku": l.sku})[1600].sku`:      `"abc"`,
		`event.data.text.matches("b$")`:                          `false`,
		`event.data.text.upperAscii().replace("A", "b").size()`:  `131072`,
		`(event.data.text + event.data.text).size()`:             `262144`,
		`json.encode(event.data).size() > 0`:                     `true`,
		`[event.data, event.data, {"again": event.data}].size()`: `3`,
	} {
		got, err := render(t, text, payload)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}
