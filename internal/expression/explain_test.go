package expression_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

// explain returns what Explain says, which must go with what Match says.
func explain(t *testing.T, text, payload string) string {
	t.Helper()

	condition, err := expression.CompileCondition(text)
	require.NoError(t, err, text)

	event := about(payload).Event
	said, err := condition.Explain(event)
	require.NoError(t, err, text)
	require.LessOrEqual(t, len(said), 300, text)
	require.True(t, utf8.ValidString(said), text)

	held, err := condition.Match(event)
	if err != nil {
		requireKind(t, expression.MissingData, err, text)
	}

	require.Equal(t, held, said == "", "%s: %s", text, said)

	return said
}

func TestExplain_NamesTheValueThatDecided(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`event.data.currency == "usd"`: `event.data.currency == "usd" is false: event.data.currency is "eur"`,

		`event.data.paid && event.data.currency == 'usd' && event.data.amount > 3`: `event.data.currency == "usd" is false: ` +
			`event.data.currency is "eur"`,
		`event.data.amount > 20 || (event.test && event.type == "x")`: `event.data.amount > 20 is false: ` +
			`event.data.amount is 10.5; event.type == "x" is false: event.type is "invoice.paid"`,
		`!(event.data.paid && event.data.amount > 3)`: `event.data.paid is true; ` +
			`event.data.amount > 3 is true: event.data.amount is 10.5`,
		`!(event.test || event.data.nope == 1)`: `event.test is true`,
		`!!event.data.customer.name.startsWith("z")`: `event.data.customer.name.startsWith("z") is false: ` +
			`event.data.customer.name is "Zoë"`,
		`event.test ? event.id == "x" : event.id == "y"`: `event.id == "x" is false: event.id is "evt_1"; event.test is true`,

		// What several values made false.
		`event.data.id == event.data.currency`: `event.data.id == event.data.currency is false: event.data.id is "in_1", ` +
			`event.data.currency is "eur"`,
		`event.data.currency in ["usd", "chf"]`: `event.data.currency in ["usd", "chf"] is false: event.data.currency is "eur"`,
		`"a" in event.resourceIds`:              `"a" in event.resourceIds is false: event.resourceIds is ["in_1","cus_1"]`,
		`event.data.lines.size() > 2`:           `event.data.lines.size() > 2 is false: event.data.lines.size() is 2`,
		`event.data.customer == {}`: `event.data.customer == {} is false: event.data.customer is ` +
			`{"name":"Zoë","email":"z@example.com"}`,
		`event.data.note != null`: `event.data.note != null is false: event.data.note is null`,
		`event.createdAt - event.timestamp > duration("1s")`: `event.createdAt - event.timestamp > duration("1s") is false: ` +
			`event.createdAt - event.timestamp is 880ms`,
		`event.timestamp < timestamp("2026-01-01T00:00:00Z")`: `event.timestamp < timestamp("2026-01-01T00:00:00Z") is false: ` +
			`event.timestamp is "2026-03-01T11:30:45.12Z"`,
		`bytes(event.id) == b"x"`:                       `bytes(event.id) == b"\170" is false: bytes(event.id) is of type bytes`,
		`type(event.data.amount) == int`:                `type(event.data.amount) == int is false: type(event.data.amount) is double`,
		`matches(event.type, "^order")`:                 `matches(event.type, "^order") is false: event.type is "invoice.paid"`,
		`event.data.?customer.?phone.hasValue()`:        `event.data.?customer.?phone.hasValue() is false: event.data.?customer.?phone is missing`,
		`event.data.?customer.?phone.orValue("") != ""`: `event.data.?customer.?phone.orValue("") != "" is false: event.data.?customer.?phone.orValue("") is ""`,

		// Parts that are values themselves.
		`event.test && !event.data.paid`:                 `event.data.paid is true`,
		`event.data["paid"] == false`:                    `event.data["paid"] == false is false: event.data["paid"] is true`,
		`event.test && !event.data["paid"]`:              `event.data["paid"] is true`,
		`has(event.data.customer.phone)`:                 `has(event.data.customer.phone) is false`,
		`false`:                                          `false is always false`,
		`event.test && size("a") == 2`:                   `size("a") == 2 is always false`,
		`event.data.lines.exists(l, l.sku == "c")`:       `event.data.lines.exists(l, l.sku == "c") is false: event.data.lines has 2 items`,
		`event.data.lines[0].qty > 1 && event.data.nope`: `event.data.lines[0].qty > 1 is false: event.data.lines[0].qty is 1`,

		// Macros.
		`event.data.lines.filter(l, l.qty > 2).exists(l, l.qty > 1)`: `event.data.lines.filter(l, l.qty > 2).exists(l, l.qty > 1) is false: ` +
			`event.data.lines.filter(l, l.qty > 2) has 0 items`,
		`event.data.lines.exists_one(l, l.qty > 0)`:                         `event.data.lines.exists_one(l, l.qty > 0) is false: event.data.lines has 2 items`,
		`event.data.lines.all(l, l.qty > 1)`:                                `event.data.lines.all(l, l.qty > 1) is false: not for {"sku":"a","qty":1}`,
		`event.data.customer.all(name, name == "name")`:                     `event.data.customer.all(name, name == "name") is false: not for "email"`,
		`event.data.lines.all(l, ["a"].exists(s, s == l.sku) && !false)`:    `event.data.lines.all(l, ["a"].exists(s, s == l.sku) && !false) is false: not for {"sku":"b","qty":2}`,
		`(event.data.lines + event.data.lines).all(l, l.qty < 2 || 1 == 2)`: `(event.data.lines + event.data.lines).all(l, l.qty < 2 || 1 == 2) is false: not for {"sku":"b","qty":2}`,
		`![1].exists(x, x in [event.data.lines[0].qty])`:                    `[1].exists(x, x in [event.data.lines[0].qty]) is true: [1] has 1 item`,

		// What the event does not have.
		`event.data.customer.phone == ""`: `event.data.customer.phone == "" lacks data: no such key: phone`,
		`event.data.nope == 1 || event.data.amount == 1`: `event.data.nope == 1 lacks data: no such key: nope; ` +
			`event.data.amount == 1 is false: event.data.amount is 10.5`,
		`event.data.nope == 1 && event.data.amount == 1`: `event.data.amount == 1 is false: event.data.amount is 10.5`,
		`event.data.amount == 10.5 && event.data.nope`:   `event.data.nope lacks data: no such key: nope`,
		`event.data.nope ? event.test : true`:            `event.data.nope lacks data: no such key: nope`,
		`event.data.nope == 1 || 1 / event.data.z == 0`:  `event.data.nope == 1 lacks data: no such key: nope; 1 / event.data.z == 0 lacks data: no such key: z`,

		// What is true.
		`event.data.nope == 1 || event.test`:                          ``,
		`event.test ? event.data.paid == true : event.data.nope == 1`: ``,
		`event.data.lines.exists(l, l.sku == "b") || !(1 == 1)`:       ``,
	} {
		require.Equal(t, want, explain(t, text, invoice), text)
	}
}

func TestExplain_SaysSoWhenAPartFails(t *testing.T) {
	t.Parallel()

	require.Equal(t, `event.data.nope == 1 lacks data: no such key: nope; 1 / event.data.lines.size() > dyn("a") fails: no such overload`,
		explain(t, `event.data.nope == 1 || 1 / event.data.lines.size() > dyn("a")`, invoice))
}

func TestExplain_ShortensWhatIsLong(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("é", 5000)
	payload := `{"a": "` + long + `", "b": [{"c": "` + long + `"}], "d": {"` + long + `": 1}, "e": "\u0000\n\ud800", "f": ` +
		list(`"some"`, 2000) + `, "g": "` + "\xff\xfe" + `"}`

	for text, want := range map[string]string{
		`event.data.a == "b"`:        `event.data.a == "b" is false: event.data.a is "` + strings.Repeat("é", 47) + `…"`,
		`event.data.b == []`:         `event.data.b == [] is false: event.data.b is [{"c":"` + strings.Repeat("é", 45) + `…`,
		`event.data.d == {}`:         `event.data.d == {} is false: event.data.d is {"` + strings.Repeat("é", 47) + `…`,
		`[event.data.a] == []`:       `[event.data.a] == [] is false: [event.data.a] is […`,
		`{"x": event.data.a} == {}`:  `{"x": event.data.a} == {} is false: {"x": event.data.a} is {"x":…`,
		`[1, event.data.b] == []`:    `[1, event.data.b] == [] is false: [1, event.data.b] is [1,…`,
		`event.data.e == ""`:         `event.data.e == "" is false: event.data.e is "\u0000\n�"`,
		`event.data.g == ""`:         `event.data.g == "" is false: event.data.g is "�"`,
		`event.data.f.map(x, x)==[]`: `event.data.f.map(x, x) == [] is false: event.data.f.map(x, x) is ["some"` + strings.Repeat(`,"some"`, 12) + `,"some…`,
	} {
		require.Equal(t, want, explain(t, text, payload), text)
	}
}

func TestExplain_CountsPartsForWhichThereIsNoRoom(t *testing.T) {
	t.Parallel()

	said := explain(t, strings.Repeat(`event.data.n == 0 || `, 150)+`event.test && false`, `{"n": 1}`)
	require.Equal(t, strings.Repeat(`event.data.n == 0 is false: event.data.n is 1; `, 3)+`and 148 more`, said)

	said = explain(t, strings.Repeat(`event.data.someLongerName == "`+strings.Repeat("x", 70)+`" || `, 3)+`false`,
		`{"someLongerName": "`+strings.Repeat("y", 70)+`"}`)
	require.True(t, strings.HasSuffix(said, "…"), said)
	require.Greater(t, len(said), 290)
}

func TestExplain_SpendsTheBudgetThatOthersShare(t *testing.T) {
	t.Parallel()

	condition, err := expression.CompileCondition(`event.data.n == 0 && event.test`)
	require.NoError(t, err)

	event := about(`{"n": 1}`).Event
	event.Budget = expression.NewBudget(expression.MaxSteps)

	explained := 0

	for {
		if _, err := condition.Explain(event); err != nil {
			requireKind(t, expression.TooExpensive, err)

			break
		}

		explained++
	}

	require.Greater(t, explained, 50)
	require.Less(t, explained, 1000, "it is not for free")

	_, err = condition.Explain(event)
	requireKind(t, expression.TooExpensive, err, "nothing comes back")

	event.Budget = nil
	said, err := condition.Explain(event)
	require.NoError(t, err)
	require.NotEmpty(t, said)
}

// Each of these would take long, or much memory, if its parts were not bounded as the whole is.
//
//nolint:paralleltest // What the whole process allocates is measured.
func TestExplain_EndsEarlyAndTakesLittleMemory(t *testing.T) {
	const most = 96 << 20

	var texts []string

	for _, attack := range attacks {
		for text := range attack.expressions {
			// All of them is false, or fails.
			texts = append(texts, `type(`+text+`) == string && false`, `event.data.nope || type(`+text+`) == string`)
		}
	}

	texts = append(texts,
		strings.Repeat(`event.data.i.all(x, x == 1)||`, 90)+`false`,
		strings.Repeat(`!event.data.i.exists(x, x == 1)&&`, 90)+`true`,
		`!event.data.i.all(x, event.data.s.indexOf("b") < 0) || event.data.i.exists(y, event.data.i.exists(z, y == z + 10))`,
		strings.Repeat("!(", 45)+`event.data.s == event.data.t`+strings.Repeat(")", 45),
	)

	for _, text := range texts {
		condition, err := expression.CompileCondition(text)
		if err != nil {
			continue // It became too long or too deep.
		}

		event := about(attacks[0].payload).Event

		before, start := allocated(), time.Now()

		said, err := condition.Explain(event)
		if failure := (*expression.EvalError)(nil); err != nil {
			require.ErrorAs(t, err, &failure, text)
		}

		require.LessOrEqual(t, len(said), 300, text)
		require.Less(t, allocated()-before, uint64(most), text)
		require.Less(t, time.Since(start), 5*time.Second, text)
	}
}

func allocated() uint64 {
	var stats runtime.MemStats

	runtime.ReadMemStats(&stats)

	return stats.TotalAlloc
}
