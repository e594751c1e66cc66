package expression_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestRender_WritesValuesAsJSON(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name string
		text string
		want string
	}{
		{"conditional", `event.data.paid ? {"a": 1} : {"b": 2}`, `{"a":1}`},
		{"context", `[webhook.id, webhook.name, organization.id, organization.name, organization.slug, delivery.id]`, `["whk_1","Orders","org_1","Acme","acme","dlv_1"]`},
		{"double", `[0.1, 1.0, 1.5e300, 1e20, 1e21, -0.0000001, 100000.0 * 100000.0]`, `[0.1,1,1.5e+300,100000000000000000000,1e+21,-1e-7,10000000000]`},
		{"double of a payload", `event.data.amount`, `10.5`},
		{"event", `[event.id, event.type, event.timestamp, event.createdAt, event.test, event.resourceIds]`, `["evt_1","invoice.paid","2026-03-01T11:30:45.12Z","2026-03-01T11:30:46Z",true,["in_1","cus_1"]]`},
		{"int", `[0, -1, 9223372036854775807]`, `[0,-1,9223372036854775807]`},
		{"lists that were added", `[1] + event.data.lines.map(l, l.qty) + []`, `[1,1,2]`},
		{"lists that were sorted by a key", `event.data.lines.sortBy(l, -l.qty).map(l, l.sku)`, `["b","a"]`},
		{"members with names that are no strings", `{1: "a", 2u: "b", true: "c"}`, `{"1":"a","2":"b","true":"c"}`},
		{"null", `event.data.note`, `null`},
		{"optional member that is missing", `{?"a": event.data.?a, "b": 1}`, `{"b":1}`},
		{"optional member that is there", `{?"a": event.data.?amount, "b": 1}`, `{"a":10.5,"b":1}`},
		{"optional item", `[?event.data.?a, ?event.data.?id]`, `["in_1"]`},
		{"optional result that is missing", `event.data.?a`, `null`},
		{"optional result that is there", `event.data.?customer.optMap(c, c.name)`, `"Zoë"`},
		{"string", `"<a href='x'>&</a> \" \\ \n \u0001 \u2028 ä 🙂"`, `"<a href='x'>&</a> \" \\ \n \u0001 \u2028 ä 🙂"`},
		{"string of JSON", `json.encode({"b": event.data.customer, "a": 1.0})`, `"{\"b\":{\"name\":\"Zoë\",\"email\":\"z@example.com\"},\"a\":1}"`},
		{"strings that were formatted", `"%s: %.2f %s".format([event.type, event.data.amount, event.data.currency.upperAscii()])`, `"invoice.paid: 10.50 EUR"`},
		{"uint", `18446744073709551615u`, `18446744073709551615`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := render(t, tt.text, invoice)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// fidelity has all that is lost when JSON is read and written again.
const fidelity = ` { "z" : 1.10 , "a":12345678901234567890, "e" : 1E+2, "n": -0.0,
	"u": "\u00e9\ud83d\ude00\/ <&>", "l": [ 3.00 , { "y":1, "x":[ ], "y":2 } ], "z2" : { } } `

func TestRender_LeavesObjectsAndListsOfThePayloadAsTheyAre(t *testing.T) {
	t.Parallel()

	const (
		list  = `[3.00,{"y":1,"x":[],"y":2}]`
		whole = `{"z":1.10,"a":12345678901234567890,"e":1E+2,"n":-0.0,"u":"\u00e9\ud83d\ude00\/ <&>","l":` + list + `,"z2":{}}`
	)

	for text, want := range map[string]string{
		`[1].map(x, event.data.l)`:                            `[` + list + `]`,
		`event.data`:                                          whole,
		`event.data.?l.orValue([])`:                           list,
		`event.data.a > 1 ? event.data : {}`:                  whole,
		`event.data.l`:                                        list,
		`event.data.l + [event.data.z2]`:                      `[3,{"y":1,"x":[],"y":2},{}]`,
		`event.data.l.filter(i, i != 3)`:                      `[{"y":1,"x":[],"y":2}]`,
		`event.data.l[1]`:                                     `{"y":1,"x":[],"y":2}`,
		`json.encode(event.data.l)`:                           `"[3.00,{\"y\":1,\"x\":[],\"y\":2}]"`,
		`{"data": event.data, "list": [event.data.l, "end"]}`: `{"data":` + whole + `,"list":[` + list + `,"end"]}`,
	} {
		got, err := render(t, text, fidelity)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestRender_ReadsScalarsOfThePayload(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`[event.data.z, event.data.a, event.data.e, event.data.n]`: `[1.1,12345678901234567000,100,-0]`,
		`event.data.l[1].y`:         `2`,
		`event.data.l[1].size()`:    `2`,
		`event.data.l[1]`:           `{"y":1,"x":[],"y":2}`,
		`event.data.u`:              `"é😀/ <&>"`,
		`event.data.u.size()`:       `7`,
		`event.data.u == "é😀/ <&>"`: `true`,
	} {
		got, err := render(t, text, fidelity)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestRender_WritesMembersInTheOrderOfTheExpression(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		`[{"b": 1, "a": 2}].map(x, {"second": x, "b": 1, "a": 2, "first": 3})`:              `[{"second":{"b":1,"a":2},"b":1,"a":2,"first":3}]`,
		`event.data.m.map(k, {k: 1, "a": 2})`:                                               `[{"b":1,"a":2},{"a":2}]`,
		`json.encode({"b": 1, "a": 2})`:                                                     `"{\"b\":1,\"a\":2}"`,
		`{"b": 1, "a": 2, "b": 3}`:                                                          `{"b":3,"a":2}`,
		`{"d": 1, "b": 2, "c": 3, "a": 4}.map(k, k)`:                                        `["d","b","c","a"]`,
		`{"event": event.type, "timestamp": 1, "data": {"z": 1, "event": 2}}`:               `{"event":"invoice.paid","timestamp":1,"data":{"z":1,"event":2}}`,
		`{"x": 1, "i": 2, "h": 3, "g": 4, "f": 5, "e": 6, "d": 7, "c": 8, "b": 9, "a": 10}`: `{"x":1,"i":2,"h":3,"g":4,"f":5,"e":6,"d":7,"c":8,"b":9,"a":10}`,
		`{event.type: 1, "z": 2, "de" + "f": 3, event.id: 4}`:                               `{"invoice.paid":1,"z":2,"def":3,"evt_1":4}`,
		`{?"c": event.data.?m, ?"b": event.data.?x, "a": 1, ?"c": event.data.?y}`:           `{"c":{"b":1,"a":2},"a":1}`,
	} {
		for range 20 {
			got, err := render(t, text, `{"m": {"b": 1, "a": 2}}`)
			require.NoError(t, err, text)
			require.Equal(t, want, got, text)
		}
	}
}

func TestRender_RefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()

	for text, message := range map[string]string{
		`-1.0 / 0.0`:                        "there is no JSON for the number -Inf",
		`0.0 / 0.0`:                         "there is no JSON for the number NaN",
		`[bytes(event.id)]`:                 "there is no JSON for type bytes",
		`double("inf")`:                     "there is no JSON for the number +Inf",
		`duration("1s")`:                    "there is no JSON for type google.protobuf.Duration",
		`event.data.huge`:                   "there is no JSON for the number +Inf",
		`event.timestamp - event.createdAt`: "there is no JSON for type google.protobuf.Duration",
		`type(1)`:                           "there is no JSON for type type",
		`{"a": int}`:                        "there is no JSON for type type",
		`{"1": "a", 1: "b"}`:                `there are two members of the name "1"`,
		`{dyn(1.5): "a"}`:                   "the name of a member cannot be of type double",
	} {
		_, err := render(t, text, `{"huge": 1e999}`)
		require.Equal(t, message, requireKind(t, expression.Failed, err), text)
	}
}

func TestRender_RefusesOptionalsInsideOthers(t *testing.T) {
	t.Parallel()

	for text, message := range map[string]string{
		`[dyn(event.data.?a)]`:                         "a value that may be missing cannot be an item",
		`{"a": dyn(optional.none())}`:                  "a value that may be missing cannot be an item",
		`[?dyn(event.data.a)]`:                         "what follows a ? must be a value that may be missing",
		`{?"a": optional.of(optional.of(1))}`:          "what follows a ? must be a value that may be missing",
		`{?"a": event.data}`:                           "what follows a ? must be a value that may be missing",
		`event.data.map(k, dyn(event.data[?k]))`:       "a value that may be missing cannot be an item",
		`event.data.map(k, {"a": dyn(event.data.?a)})`: "a value that may be missing cannot be an item",
	} {
		_, err := render(t, text, `{"a": 1}`)
		require.Contains(t, requireKind(t, expression.Failed, err), message, text)
	}

	got, err := render(t, `{?"a": event.data[?string("a")], ?"b": event.data.?b}`, `{"a": 1}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"a": 1}`, got)
}

func TestRender_RefusesMoreThanTheLimit(t *testing.T) {
	t.Parallel()

	payload := func(bytes int) string { return `{"s":"` + strings.Repeat("a", bytes) + `","i":[1,2,3,4,5]}` }

	got, err := render(t, `event.data.s`, payload(expression.MaxOutput-2))
	require.NoError(t, err)
	require.Len(t, got, expression.MaxOutput)

	for text, bytes := range map[string]int{
		`[event.data.s]`:                         expression.MaxOutput - 3,
		`event.data`:                             expression.MaxOutput,
		`event.data.i.map(i, event.data)`:        1 << 18,
		`event.data.s`:                           expression.MaxOutput - 1,
		`{"a": event.data.s, "b": event.data.s}`: 1 << 19,
		`{event.data.s: event.data.s}`:           1 << 19,
	} {
		_, err := render(t, text, payload(bytes))
		requireKind(t, expression.TooLarge, err)
	}
}

// envelope is the code by which requests were written before they had shapes.
func envelope(t *testing.T, eventType string, occurredAt time.Time, payload string) string {
	t.Helper()

	var out bytes.Buffer

	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	require.NoError(t, encoder.Encode(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{eventType, occurredAt.UTC(), json.RawMessage(payload)}))

	return strings.TrimSuffix(out.String(), "\n")
}

func TestRender_WritesTheStandardEnvelopeAsItAlwaysWas(t *testing.T) {
	t.Parallel()

	zone := time.FixedZone("", -5*3600)

	for _, payload := range []string{
		"{\"a\":\"\xff\", \"b\u2028\": \"\u2029\"}",
		fidelity,
		invoice,
		`{"": {"": [[], {}, [{}]]}}`,
		`{"a": "</script><!-- & -->", "\u0000": "\ud800", "b": 1e400}`,
		`{"type": "x", "timestamp": 1, "data": {"data": true}, "data": false}`,
		`{}`,
		strings.Repeat(`{"a":`, 5000) + `[]` + strings.Repeat(`}`, 5000),
	} {
		for _, at := range []time.Time{
			time.Unix(0, 0), time.Date(2026, 12, 31, 23, 59, 59, 999_999_999, zone), time.Date(2026, 1, 2, 3, 4, 5, 100, zone),
		} {
			for _, eventType := range []string{"invoice.paid", `<&>"\` + "\u2028\x01é🙂\xff"} {
				context := about(payload)
				context.Event.Type = eventType
				context.Event.OccurredAt = at

				shape, err := expression.CompileShape(expression.StandardEnvelope)
				require.NoError(t, err)

				got, err := shape.Render(context)
				require.NoError(t, err)
				require.Equal(t, envelope(t, eventType, at, payload), string(got))
			}
		}
	}
}
