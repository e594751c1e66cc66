package expression_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/expression"
)

func TestMatch_TellsWhetherTheConditionHolds(t *testing.T) {
	t.Parallel()

	tests := []struct {
		text string
		want bool
	}{
		{`"cus_1" in event.resourceIds`, true},
		{`"name" in event.data.customer`, true},
		{`event.createdAt - event.timestamp < duration("1s")`, true},
		{`event.data.?customer.?phone.hasValue()`, false},
		{`event.data.amount > 10 && event.data.amount < 11`, true},
		{`event.data.amount in [10.5, 11]`, true},
		{`event.data.amount == 10`, false},
		{`event.data.currency in ["eur", "usd"]`, true},
		{`event.data.customer != {"name": "Zoë", "email": "z@example.com"}`, false},
		{`event.data.customer == {"email": "z@example.com", "name": "Zoë"}`, true},
		{`event.data.customer == {"name": "Zoë"}`, false},
		{`event.data.customer.email.endsWith("@example.com")`, true},
		{`event.data.customer.name.size() == 3`, true},
		{`event.data.lines == [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2.0}]`, true},
		{`[{"qty": 1, "sku": "a"}, event.data.lines[1]] == event.data.lines`, true},
		{`event.data.lines == event.data.lines`, true},
		{`event.data.lines.all(l, l.qty >= 1)`, true},
		{`event.data.lines.exists(l, l.sku == "b" && l.qty > 1)`, true},
		{`event.data.lines.exists_one(l, l.sku == "c")`, false},
		{`event.data.lines.filter(l, l.qty > 1).size() == 1`, true},
		{`event.data.lines.map(l, l.qty).sort() == [1, 2]`, true},
		{`event.data.lines[0] in event.data.lines`, true},
		{`event.data.lines[0].sku + event.data.lines[1].sku == "ab"`, true},
		{`event.data.lines[event.data.lines[0].qty].sku == "b"`, true},
		{`event.data.missing == 1 || true`, true},
		{`event.data.note == null`, true},
		{`event.data.paid == true`, true},
		{`event.data.map(k, k) == ["id", "amount", "currency", "paid", "note", "customer", "lines"]`, true},
		{`event.data["customer"]["na" + "me"] == "Zoë"`, true},
		{`event.id.matches("^evt_[0-9]+$")`, true},
		{`event.data.lines[0].qty.size() == 1 || event.data.paid != false`, true},
		{`event.test`, true},
		{`event.timestamp.getHours() == 11`, true},
		{`event.timestamp.getHours("+02:00") == 13`, true},
		{`event.type == "invoice.paid"`, true},
		{`event.type.startsWith("order.")`, false},
		{`has(event.data.customer.email) && !has(event.data.customer.phone)`, true},
		{`matches(event.type, "^order")`, false},
		{`math.greatest(1, event.data.amount, 3) == 10.5`, true},
		{`size(event.data) == 7`, true},
		{`type(event.data.amount) == double && type(event.data.lines[0].qty) == int && type(event.data) == map`, true},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()

			condition, err := expression.CompileCondition(tt.text)
			require.NoError(t, err)

			got, err := condition.Match(about(invoice).Event)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestMatch_SaysWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()

	tests := []struct {
		text    string
		kind    expression.Kind
		message string
	}{
		{`1 / (event.data.lines[0].qty - 1) == 1`, expression.Failed, "division by zero"},
		{`9223372036854775807 + event.data.lines[0].qty == 1`, expression.Failed, "integer overflow"},
		{`event.data.?a.?b.value() == 1`, expression.MissingData, "optional.none() dereference"},
		{`event.data.amount + "x" == "10x"`, expression.Failed, "no such overload"},
		{`event.data.currency.substring(7) == ""`, expression.MissingData, "index out of range: 7"},
		{`event.data.amount.matches("a")`, expression.Failed, "no such overload"},
		{`event.data.amount.reverse() == ""`, expression.Failed, "no such overload"},
		{`event.data.amount.startsWith("1")`, expression.Failed, "no such overload"},
		{`event.data.customer.phone == ""`, expression.MissingData, "no such key: phone"},
		{`event.data.customer.phone.number == ""`, expression.MissingData, "no such key: phone"},
		{`event.data.id.x == 1`, expression.MissingData, "no such key: x"},
		{`event.data.lines["a"].x == 1`, expression.Failed, "unsupported index type 'string' in list"},
		{`event.data.customer[event.data.nope] == 1`, expression.MissingData, "no such key: nope"},
		{`event.data.customer[?event.data.nope] == optional.none()`, expression.MissingData, "no such key: nope"},
		{`event.data.lines.join("") == ""`, expression.Failed, "join takes strings only"},
		{`event.data.lines.map(l, l.sku).sortBy(s, 1 / 0) == []`, expression.Failed, "division by zero"},
		{`json.encode(bytes(event.id)) == ""`, expression.Failed, "there is no JSON for type bytes"},
		{`string(event.data.customer) == ""`, expression.Failed, "no such overload"},
		{`event.data.lines[-1].x == 1`, expression.MissingData, "index out of bounds: -1"},
		{`event.data.lines[2].sku == "c"`, expression.MissingData, "index out of bounds: 2"},
		{`event.data.note.x == 1`, expression.MissingData, "no such key: x"},
		{`int(event.data.currency) == 1`, expression.Failed, "type conversion error from 'string' to 'int'"},
		{`lists.range(10001) == []`, expression.Failed, "lists.range: size 10001 exceeds maximum allowed (10000)"},
		{`dyn(bytes(event.id)) in dyn({1: 2})`, expression.Failed, "a value is of a type that does not belong there"},
		{`{event.data.amount: 1} == {}`, expression.Failed, "the name of a member cannot be of type double"},
		{`{event.data.customer: 1} == {}`, expression.Failed, "the name of a member cannot be of type map"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()

			condition, err := expression.CompileCondition(tt.text)
			require.NoError(t, err)

			_, err = condition.Match(about(invoice).Event)
			require.Contains(t, requireKind(t, tt.kind, err), tt.message)
		})
	}
}

func TestMatch_SaysSoWhenThereIsNoPayload(t *testing.T) {
	t.Parallel()

	condition, err := expression.CompileCondition(`event.data.a == 1`)
	require.NoError(t, err)

	event := about(invoice).Event
	event.Data = nil

	_, err = condition.Match(event)
	requireKind(t, expression.MissingData, err)
}

func TestMatch_SaysSoWhenThePayloadIsNoObject(t *testing.T) {
	t.Parallel()

	condition, err := expression.CompileCondition(`event.data.a == 1`)
	require.NoError(t, err)

	for _, payload := range []string{``, ` `, `[]`, `[{"a": 1}]`, `1`, `null`, `"a"`, `{`, `{"a": 1`, `{"a": 1}}`, `{"a" 1}`, `{]`} {
		_, err = condition.Match(about(payload).Event)
		require.Contains(t, requireKind(t, expression.Failed, err), "event.data is not a JSON object", payload)
	}
}
