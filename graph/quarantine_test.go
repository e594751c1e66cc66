package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const release = `mutation ($input: ReleaseQuarantinedEventInput!) { releaseQuarantinedEvent(input: $input) {
	event { id quarantinedAt schemaMismatch derivedEvents { id } } derivedEvents { type sourceEvent { id } }
	matchedWebhookCount userErrors { code message field } } }`

// checked makes an event type whose payload has to have a number n, a type derived from it, and a webhook for both.
func (b *testBundle) checked(validation string) (eventType string) {
	b.t.Helper()

	out := b.eventType("order.paid", vars{
		"schemaValidation": validation, "schema": vars{"properties": vars{"n": vars{"type": "integer"}}, "required": []any{"n"}},
	})
	b.eventType("order.any", vars{"derivedFrom": "order.paid", "when": "true"})
	b.created(vars{"eventTypes": []any{"order.paid", "order.any"}})

	return out
}

func TestSchemaValidation_DecidesWhatBecomesOfAMismatch(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for validation, test := range map[string]struct {
		published, quarantined, noted bool
		matched                       int
	}{
		"OFF":        {published: true, matched: 2},
		"QUARANTINE": {published: true, quarantined: true, noted: true},
		"REJECT":     {},
		"WARN":       {published: true, noted: true, matched: 2},
	} {
		t.Run(validation, func(t *testing.T) {
			t.Parallel()

			b := b.founded(t, "standard")
			b.checked(validation)

			good := b.published("order.paid", vars{"n": 1}, nil).ok()
			require.Nil(t, good.at("publishEvent.event.schemaMismatch"))
			require.Nil(t, good.at("publishEvent.event.quarantinedAt"))
			require.EqualValues(t, 2, good.at("publishEvent.matchedWebhookCount"))

			out := b.published("order.paid", vars{"n": "one"}, nil)

			if !test.published {
				out.refused("publishEvent", "PAYLOAD_SCHEMA_MISMATCH", "payload", "n")

				return
			}

			out.ok()
			require.EqualValues(t, test.matched, out.at("publishEvent.matchedWebhookCount"))
			require.Equal(t, test.quarantined, out.at("publishEvent.event.quarantinedAt") != nil)
			require.Equal(t, test.quarantined, len(out.at("publishEvent.derivedEvents").([]any)) == 0)

			if test.noted {
				require.Contains(t, out.text("publishEvent.event.schemaMismatch"), "payload.n")
			} else {
				require.Nil(t, out.at("publishEvent.event.schemaMismatch"))
			}

			// A test is sent whatever it is.
			sent := b.admin(sendTest, vars{"input": vars{
				"webhookId": b.onlyWebhook(), "eventType": "order.paid", "payload": vars{"n": "one"},
			}})
			require.Equal(t, "PENDING", sent.at("sendTestEvent.delivery.status"))
		})
	}
}

// onlyWebhook is the webhook of a tenant that has one.
func (b *testBundle) onlyWebhook() any {
	b.t.Helper()

	out := b.admin(`query ($id: ID!) { organization(id: $id) { webhooks { nodes { id } } } }`, vars{"id": b.mine.org})
	require.Len(b.t, out.at("organization.webhooks.nodes"), 1)

	return out.at("organization.webhooks.nodes.0.id")
}

func TestReleaseQuarantinedEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	eventType := b.checked("QUARANTINE")

	good := b.published("order.paid", vars{"n": 1}, nil).ok().at("publishEvent.event.id")
	held := b.published("order.paid", vars{"n": "one"}, nil).ok().at("publishEvent.event.id")
	other := b.published("order.paid", vars{"n": "two"}, nil).ok().at("publishEvent.event.id")

	const list = `query ($id: ID!, $quarantined: Boolean) { organization(id: $id) {
		events(filter: {quarantined: $quarantined, eventTypes: ["order.paid"]}) { nodes { id } } } }`

	waiting := func(quarantined any) []string {
		t.Helper()

		return b.admin(list, vars{"id": b.mine.org, "quarantined": quarantined}).texts("organization.events.nodes", "id")
	}

	require.Equal(t, []string{other.(string), held.(string)}, waiting(true))
	require.Equal(t, []string{good.(string)}, waiting(false))
	require.Len(t, waiting(nil), 3)

	before := b.rows()

	b.as(apikey.Admin, release, vars{"input": vars{"eventId": held}}).
		refused("releaseQuarantinedEvent", "PAYLOAD_SCHEMA_MISMATCH", "eventId", "payload", "n")
	b.as(apikey.Admin, release, vars{"input": vars{"eventId": good}}).
		refused("releaseQuarantinedEvent", "CONFLICT", "eventId")
	b.as(apikey.Admin, release, vars{"input": vars{"eventId": id.New(id.Event)}}).
		refused("releaseQuarantinedEvent", "NOT_FOUND", "eventId")
	b.as(apikey.Publisher, release, vars{"input": vars{"eventId": held}}).failed("FORBIDDEN")
	require.Equal(t, before, b.rows())

	// As it is, because somebody says so.
	forced := b.admin(release, vars{"input": vars{"eventId": other, "skipValidation": true}})
	require.Nil(t, forced.at("releaseQuarantinedEvent.event.quarantinedAt"))
	require.NotNil(t, forced.at("releaseQuarantinedEvent.event.schemaMismatch"), "it is told for ever")
	require.EqualValues(t, 2, forced.at("releaseQuarantinedEvent.matchedWebhookCount"))

	// Once the schema is mended.
	b.admin(`mutation ($id: ID!) { addEventTypeSchema(input: {eventTypeId: $id, schema: {required: ["n"]}}) {
		userErrors { code } } }`, vars{"id": eventType})

	offered := len(b.dispatcher.offered())
	out := b.admin(release, vars{"input": vars{"eventId": held}})
	require.Equal(t, held, out.at("releaseQuarantinedEvent.event.id"))
	require.Len(t, out.at("releaseQuarantinedEvent.event.derivedEvents"), 1)
	require.Equal(t, []any{vars{"type": "order.any", "sourceEvent": vars{"id": held}}},
		out.at("releaseQuarantinedEvent.derivedEvents"))
	require.EqualValues(t, 2, out.at("releaseQuarantinedEvent.matchedWebhookCount"))
	require.Len(t, b.dispatcher.offered(), offered+2)
	require.Empty(t, waiting(true))

	b.as(apikey.Admin, release, vars{"input": vars{"eventId": held}}).
		refused("releaseQuarantinedEvent", "CONFLICT", "eventId")
}
