package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const publishEvent = `mutation ($input: PublishEventInput!) { publishEvent(input: $input) {
	event { id type payload idempotencyKey test occurredAt createdAt organization { id } }
	duplicate matchedWebhookCount userErrors { code message field } } }`

func TestPublishEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	input := vars{
		"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1, "text": "<é>"},
		"occurredAt": "2026-01-31T13:00:00.123456789+01:00", "idempotencyKey": "once",
	}

	first := b.as(apikey.Publisher, publishEvent, vars{"input": input}).ok()
	require.Equal(t, "item.created", first.at("publishEvent.event.type"))
	require.Equal(t, vars{"n": 1.0, "text": "<é>"}, first.at("publishEvent.event.payload"))
	require.Equal(t, "2026-01-31T12:00:00.123456Z", first.at("publishEvent.event.occurredAt"))
	require.Equal(t, "once", first.at("publishEvent.event.idempotencyKey"))
	require.Equal(t, false, first.at("publishEvent.event.test"))
	require.Equal(t, false, first.at("publishEvent.duplicate"))
	require.EqualValues(t, 1, first.at("publishEvent.matchedWebhookCount"))
	require.Equal(t, b.mine.org.String(), first.at("publishEvent.event.organization.id"))

	offered := b.dispatcher.offered()
	require.Equal(t, b.mine.webhook, offered[len(offered)-1].WebhookID)

	again := b.as(apikey.Publisher, publishEvent, vars{"input": input}).ok()
	require.Equal(t, first.at("publishEvent.event.id"), again.at("publishEvent.event.id"))
	require.Equal(t, true, again.at("publishEvent.duplicate"))
	require.EqualValues(t, 1, again.at("publishEvent.matchedWebhookCount"))
	require.Len(t, b.dispatcher.offered(), len(offered))

	out := b.as(apikey.Publisher, publishEvent, vars{"input": vars{
		"organizationId": b.mine.org, "eventType": "item.created", "payload": []any{1},
	}}).refused("publishEvent", "INVALID", "payload")
	require.Nil(t, out.at("publishEvent.event"))
	require.EqualValues(t, 0, out.at("publishEvent.matchedWebhookCount"))
}

func TestPublishEvent_KeepsTheDigitsOfNumbers(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	const numbers = `{"a":12345678901234567890123,"b":1.10,"c":0.12345678901234567890,"d":1E+30,"n":-0}`

	out := b.post(b.mine.admin, []byte(`{"query":"mutation ($p: JSON!) { publishEvent(input: {organizationId: \"`+
		b.mine.org.String()+`\", eventType: \"item.created\", payload: $p}) { event { payload } userErrors { message } } }",`+
		`"variables":{"p":`+numbers+`}}`), nil).ok()
	require.Contains(t, out.rawBody, `"payload":`+numbers)
}

func TestPublishEvents(t *testing.T) {
	t.Parallel()

	const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) {
		results { event { id payload } duplicate matchedWebhookCount userErrors { code message field } }
		userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.as(apikey.Publisher, publish, vars{"input": vars{"organizationId": b.mine.org, "events": []any{
		vars{"eventType": "item.created", "payload": vars{"n": 1}},
		vars{"eventType": "no.such", "payload": vars{"n": 2}},
		vars{"eventType": "item.created", "payload": vars{"n": 3}},
	}}}).ok()
	require.Len(t, out.at("publishEvents.results"), 3)
	require.Equal(t, vars{"n": 1.0}, out.at("publishEvents.results.0.event.payload"))
	require.Nil(t, out.at("publishEvents.results.1.event"))
	require.Equal(t, "UNKNOWN_EVENT_TYPE", out.at("publishEvents.results.1.userErrors.0.code"))
	require.EqualValues(t, 1, out.at("publishEvents.results.2.matchedWebhookCount"))

	before := b.rows()

	for _, count := range []int{0, 101} {
		events := make([]any, count)
		for n := range events {
			events[n] = vars{"eventType": "item.created", "payload": vars{"n": 1}}
		}

		out = b.as(apikey.Publisher, publish, vars{"input": vars{"organizationId": b.mine.org, "events": events}}).
			refused("publishEvents", "LIMIT_EXCEEDED", "events")
		require.Empty(t, out.at("publishEvents.results"))
		require.Equal(t, before, b.rows())
	}
}

func TestSendTestEvent(t *testing.T) {
	t.Parallel()

	const send = `mutation ($input: SendTestEventInput!) { sendTestEvent(input: $input) {
		delivery { id status origin subscription { id } event { test payload } } userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(send, vars{"input": vars{"webhookId": b.mine.webhook, "eventType": "item.created", "payload": nil}})
	require.Equal(t, "PENDING", out.at("sendTestEvent.delivery.status"))
	require.Equal(t, "TEST", out.at("sendTestEvent.delivery.origin"))
	require.Nil(t, out.at("sendTestEvent.delivery.subscription"))
	require.Equal(t, vars{"test": true, "payload": vars{"n": 1.0}}, out.at("sendTestEvent.delivery.event"))

	b.as(apikey.Admin, send, vars{"input": vars{
		"webhookId": b.mine.webhook, "eventType": "item.created", "sampleName": "no such",
	}}).refused("sendTestEvent", "NOT_FOUND", "sampleName")
}

func TestEvents_AreFilteredAndSorted(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $filter: EventFilter, $orderBy: EventOrder) {
		organization(id: $id) { events(filter: $filter, orderBy: $orderBy) { nodes { id createdAt } } } }`

	b := setup(t)
	b.fill(&b.mine)

	second, _ := b.publish(b.mine.org)
	keyed := b.admin(publishEvent, vars{"input": vars{
		"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1}, "idempotencyKey": "k",
	}})
	third := keyed.text("publishEvent.event.id")
	all := []string{third, second.String(), b.mine.event.String()}

	for name, test := range map[string]struct {
		filter, orderBy any
		want            []string
	}{
		"after a moment":        {vars{"createdAt": vars{"from": keyed.at("publishEvent.event.createdAt")}}, nil, all[:1]},
		"before a moment":       {vars{"createdAt": vars{"to": "2020-01-01T00:00:00Z"}}, nil, nil},
		"by idempotency key":    {vars{"idempotencyKey": "k"}, nil, all[:1]},
		"by ids":                {vars{"ids": []any{third, b.mine.event, "evt_x"}}, nil, []string{third, b.mine.event.String()}},
		"by no test":            {vars{"testEvents": true}, nil, nil},
		"by no type":            {vars{"eventTypes": []any{}}, nil, nil},
		"by payload":            {vars{"payload": []any{vars{"path": "$.n", "value": 1.0}}}, nil, all},
		"by payload not there":  {vars{"payload": []any{vars{"path": "n", "value": "1"}}}, nil, nil},
		"by payload with null":  {vars{"payload": []any{vars{"path": "n"}}}, nil, nil},
		"by status":             {vars{"deliveryStatuses": []any{"RETRYING"}}, nil, all[2:]},
		"by type":               {vars{"eventTypes": []any{"item.created"}}, nil, all},
		"by unknown webhook":    {vars{"webhookIds": []any{id.New(id.Webhook)}}, nil, nil},
		"by webhook":            {vars{"webhookIds": []any{b.mine.webhook}}, nil, all},
		"in any order":          {nil, nil, all},
		"newest first":          {nil, vars{"field": "CREATED_AT", "direction": "DESC"}, all},
		"oldest first":          {nil, vars{"field": "CREATED_AT", "direction": "ASC"}, []string{all[2], all[1], all[0]}},
		"with nulls":            {vars{"createdAt": nil, "eventTypes": nil, "idempotencyKey": nil}, nil, all},
		"with null for a bound": {vars{"createdAt": vars{"from": nil}}, nil, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			var got []string

			out := b.admin(list, vars{"id": b.mine.org, "filter": test.filter, "orderBy": test.orderBy})
			for _, one := range out.at("organization.events.nodes").([]any) {
				got = append(got, one.(vars)["id"].(string))
			}

			require.Equal(t, test.want, got)
		})
	}
}

func TestLists_RefuseToSearchForWhatMakesNoSense(t *testing.T) {
	t.Parallel()

	const lists = `query ($id: ID!, $payload: [PayloadMatchInput!]) { organization(id: $id) {
		events(filter: {payload: $payload}) { nodes { id } } deliveries(filter: {payload: $payload}) { nodes { id } } } }`

	b := setup(t)
	b.fill(&b.mine)

	for name, test := range map[string]struct {
		payload []any
		says    string
	}{
		"path":     {[]any{vars{"path": "a[1]", "value": 1}}, "filter.payload.0.path: must be a path such as order.id"},
		"value":    {[]any{vars{"path": "a", "value": vars{}}}, "filter.payload.0.value: must be a text"},
		"too many": {make([]any, 6), "filter.payload: must be at most 5, not 6"},
	} {
		for n := range test.payload {
			if test.payload[n] == nil {
				test.payload[n] = vars{"path": "a", "value": 1}
			}
		}

		out := b.as(apikey.Admin, lists, vars{"id": b.mine.org, "payload": test.payload})
		out.failed("BAD_REQUEST")
		require.Contains(t, out.Errors[0].Message, test.says, name)
	}
}

func TestEvent_ShowsItsDeliveries(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	const event = `query ($id: ID!) { event(id: $id) { id deliveries(first: 5) { nodes { id } } } }`

	out := b.admin(event, vars{"id": b.mine.event})
	require.Equal(t, b.mine.dlv.String(), out.at("event.deliveries.nodes.0.id"))
	require.Nil(t, b.admin(event, vars{"id": id.New(id.Event)}).at("event"))
}
