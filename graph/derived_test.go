package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

const (
	makeEventType = `mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) {
		eventType { id name derivedFrom when schemaValidation deprecation schema { version schema } }
		userErrors { code message field line column } } }`

	changeEventType = `mutation ($input: UpdateEventTypeInput!) { updateEventType(input: $input) {
		eventType { when schemaValidation deprecation } userErrors { code message field line column } } }`

	publishWhole = `mutation ($input: PublishEventInput!) { publishEvent(input: $input) {
		event { id type resourceIds quarantinedAt schemaMismatch sourceEvent { id } derivedEvents { id } }
		derivedEvents { id type payload occurredAt idempotencyKey resourceIds sourceEvent { id type } derivedEvents { id } }
		duplicate matchedWebhookCount userErrors { code message field } } }`
)

// eventType makes an event type of the tenant and returns its id.
func (b *testBundle) eventType(name string, members vars) string {
	b.t.Helper()

	return b.admin(makeEventType, vars{"input": with(vars{"organizationId": b.mine.org, "name": name}, members)}).
		text("createEventType.eventType.id")
}

// published publishes as the tenant's publisher.
func (b *testBundle) published(eventType string, payload any, members vars) response {
	b.t.Helper()

	return b.as(apikey.Publisher, publishWhole, vars{"input": with(vars{
		"organizationId": b.mine.org, "eventType": eventType, "payload": payload,
	}, members)})
}

func TestEventType_MayBeDerived(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.eventType("order.paid", vars{"schema": vars{"properties": vars{"amount": vars{"type": "integer"}}}})

	derived := vars{"organizationId": b.mine.org, "name": "order.big", "derivedFrom": "order.paid"}

	out := b.admin(makeEventType, vars{"input": with(derived, vars{"when": "event.data.amount > 100"})})
	require.Equal(t, "order.paid", out.at("createEventType.eventType.derivedFrom"))
	require.Equal(t, "event.data.amount > 100", out.at("createEventType.eventType.when"))
	require.EqualValues(t, 1, out.at("createEventType.eventType.schema.version"), "it has that of its source")

	changed := b.admin(changeEventType, vars{"input": vars{
		"id": out.at("createEventType.eventType.id"), "when": "event.data.amount > 200",
	}})
	require.Equal(t, "event.data.amount > 200", changed.at("updateEventType.eventType.when"))

	before := b.rows()

	for name, test := range map[string]struct {
		change       vars
		code, field  string
		line, column any
	}{
		"condition alone":            {vars{"derivedFrom": nil, "when": "true"}, "INVALID", "when", nil, nil},
		"condition that fails":       {vars{"when": "event.data.amount >\n event.nope"}, "INVALID_EXPRESSION", "when", 2.0, 2.0},
		"condition that is none":     {vars{"when": "'text'"}, "INVALID_EXPRESSION", "when", nil, nil},
		"from one that is derived":   {vars{"derivedFrom": "order.big", "when": "true"}, "INVALID", "derivedFrom", nil, nil},
		"from one that there is not": {vars{"derivedFrom": "no.such", "when": "true"}, "UNKNOWN_EVENT_TYPE", "derivedFrom", nil, nil},
		"from itself":                {vars{"derivedFrom": "order.other", "when": "true"}, "UNKNOWN_EVENT_TYPE", "derivedFrom", nil, nil},
		"with a schema":              {vars{"when": "true", "schema": vars{}}, "INVALID", "schema", nil, nil},
		"without a condition":        {vars{}, "REQUIRED", "when", nil, nil},
		"with an empty condition":    {vars{"when": ""}, "REQUIRED", "when", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, makeEventType, vars{
				"input": with(with(derived, vars{"name": "order.other"}), test.change),
			})
			out.refused("createEventType", test.code, test.field)
			require.Nil(t, out.at("createEventType.eventType"))

			if test.line != nil {
				require.Equal(t, test.line, out.at("createEventType.userErrors.0.line"), out.rawBody)
				require.Equal(t, test.column, out.at("createEventType.userErrors.0.column"), out.rawBody)
			}

			require.Equal(t, before, b.rows())
		})
	}
}

func TestEventType_SaysHowItIsCheckedAndThatItIsDeprecated(t *testing.T) {
	t.Parallel()

	b := setup(t)

	usual := b.admin(makeEventType, vars{"input": vars{"organizationId": b.mine.org, "name": "usual"}})
	require.Equal(t, "REJECT", usual.at("createEventType.eventType.schemaValidation"))
	require.Nil(t, usual.at("createEventType.eventType.deprecation"))
	require.Nil(t, usual.at("createEventType.eventType.derivedFrom"))
	require.Nil(t, usual.at("createEventType.eventType.when"))

	out := b.admin(makeEventType, vars{"input": vars{
		"organizationId": b.mine.org, "name": "old", "schemaValidation": "WARN", "deprecation": "use usual",
	}})
	require.Equal(t, "WARN", out.at("createEventType.eventType.schemaValidation"))
	require.Equal(t, "use usual", out.at("createEventType.eventType.deprecation"))

	change := func(members vars) any {
		t.Helper()

		return b.admin(changeEventType, vars{
			"input": with(vars{"id": out.at("createEventType.eventType.id")}, members),
		}).at("updateEventType.eventType")
	}

	require.Equal(t, vars{"when": nil, "schemaValidation": "QUARANTINE", "deprecation": "use usual"},
		change(vars{"schemaValidation": "QUARANTINE"}))
	require.Equal(t, vars{"when": nil, "schemaValidation": "QUARANTINE", "deprecation": nil},
		change(vars{"schemaValidation": nil, "deprecation": nil}))
	require.Equal(t, vars{"when": nil, "schemaValidation": "OFF", "deprecation": "again"},
		change(vars{"schemaValidation": "OFF", "deprecation": "again"}))

	// A deprecated one is published all the same.
	b.published("old", vars{}, nil).ok()

	before := b.rows()
	b.as(apikey.Admin, changeEventType, vars{"input": vars{"id": out.at("createEventType.eventType.id"), "when": "true"}}).
		refused("updateEventType", "INVALID", "when")
	require.Equal(t, before, b.rows())
}

func TestPublishEvent_MakesDerivedEvents(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "knoxcall")

	failed := b.created(vars{"eventTypes": []any{"request.error", "request.completed"}})
	b.created(vars{"subscriptions": []any{vars{"eventType": "request.*", "resourceIds": []any{"route_1"}}}})
	b.created(vars{"subscriptions": []any{vars{"eventType": "*", "resourceIds": []any{"route_2"}}}})

	payload := vars{
		"request": vars{"method": "GET", "path": "/"}, "response": vars{"statusCode": 503.0}, "timedOut": false,
	}

	out := b.published("request.completed", payload, vars{
		"resourceIds": []any{"route_1", "tenant_9"}, "idempotencyKey": "k",
	}).ok()

	source := out.at("publishEvent.event.id")
	require.Equal(t, []any{"route_1", "tenant_9"}, out.at("publishEvent.event.resourceIds"))
	require.Nil(t, out.at("publishEvent.event.sourceEvent"))
	require.Len(t, out.at("publishEvent.event.derivedEvents"), 2)
	require.ElementsMatch(t, []string{"request.error", "request.server_error"},
		out.texts("publishEvent.derivedEvents", "type"))
	require.EqualValues(t, 5, out.at("publishEvent.matchedWebhookCount"), "two of the first and three of the second")

	for _, one := range out.at("publishEvent.derivedEvents").([]any) {
		require.Equal(t, vars{"id": source, "type": "request.completed"}, one.(vars)["sourceEvent"])
		require.Equal(t, payload, one.(vars)["payload"])
		require.Equal(t, []any{"route_1", "tenant_9"}, one.(vars)["resourceIds"])
		require.Nil(t, one.(vars)["idempotencyKey"])
		require.Empty(t, one.(vars)["derivedEvents"])
	}

	again := b.published("request.completed", payload, vars{
		"resourceIds": []any{"route_1", "tenant_9"}, "idempotencyKey": "k",
	}).ok()
	require.Equal(t, true, again.at("publishEvent.duplicate"))
	require.ElementsMatch(t, out.texts("publishEvent.derivedEvents", "id"), again.texts("publishEvent.derivedEvents", "id"))

	b.published("request.completed", payload, vars{"resourceIds": []any{"route_2"}, "idempotencyKey": "k"}).
		refused("publishEvent", "IDEMPOTENCY_CONFLICT", "idempotencyKey")

	const list = `query ($id: ID!, $filter: EventFilter) {
		organization(id: $id) { events(filter: $filter) { nodes { id type } } } }`

	derived := b.admin(list, vars{"id": b.mine.org, "filter": vars{"sourceEventIds": []any{source}}})
	require.ElementsMatch(t, out.texts("publishEvent.derivedEvents", "id"), derived.texts("organization.events.nodes", "id"))
	require.Empty(t, b.admin(list, vars{"id": b.mine.org, "filter": vars{"sourceEventIds": []any{}}}).
		at("organization.events.nodes"))

	mine := b.admin(list, vars{"id": b.mine.org, "filter": vars{"webhookIds": []any{failed}}})
	require.ElementsMatch(t, []string{"request.error", "request.completed"}, mine.texts("organization.events.nodes", "type"))
}

func TestPublishEvent_RefusesWhatIsDerived(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "knoxcall")
	before := b.rows()

	out := b.published("request.error", vars{}, nil).refused("publishEvent", "INVALID", "eventType")
	require.Contains(t, out.text("publishEvent.userErrors.0.message"), "request.completed")
	require.Equal(t, []any{}, out.at("publishEvent.derivedEvents"))
	require.Equal(t, before, b.rows())
}

func TestPublishEvents_NameWhatWasDerivedFromEach(t *testing.T) {
	t.Parallel()

	const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) {
		results { derivedEvents { type } matchedWebhookCount userErrors { code } } userErrors { code } } }`

	b := setup(t).founded(t, "knoxcall")
	b.created(vars{"eventTypes": []any{"request.timeout"}})

	one := func(members vars) vars {
		return vars{
			"eventType": "request.completed", "payload": with(vars{"request": vars{"method": "GET", "path": "/"}}, members),
		}
	}

	out := b.as(apikey.Publisher, publish, vars{"input": vars{"organizationId": b.mine.org, "events": []any{
		one(vars{"timedOut": true}), one(vars{"timedOut": "no"}), one(vars{"timedOut": false, "response": vars{"statusCode": 200}}),
	}}}).ok()
	require.ElementsMatch(t, []string{"request.timeout", "request.error"}, out.texts("publishEvents.results.0.derivedEvents", "type"))
	require.EqualValues(t, 1, out.at("publishEvents.results.0.matchedWebhookCount"))
	require.Equal(t, "PAYLOAD_SCHEMA_MISMATCH", out.at("publishEvents.results.1.userErrors.0.code"))
	require.Equal(t, []any{}, out.at("publishEvents.results.1.derivedEvents"))
	require.Equal(t, []string{"request.success"}, out.texts("publishEvents.results.2.derivedEvents", "type"))
}
