package graph_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const decisions = `query ($id: ID!, $first: Int, $after: String, $last: Int) { event(id: $id) {
	decisions(first: $first, after: $after, last: $last) {
		nodes { webhook { id name } subscription { id eventType } subscribedTo matched reason detail delivery { id status } }
		edges { cursor node { webhook { id } } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`

func TestEventDecisions(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	picky, sub, _ := b.makeWebhook(b.mine.org, "*")
	b.admin(`mutation ($id: ID!) { updateWebhookSubscription(input: {id: $id, filter: "event.data.n == 2"}) {
		userErrors { code message } } }`, vars{"id": sub})

	published, dlv := b.publish(b.mine.org)

	// What came before the event and what comes after it is told apart by the millisecond.
	for !time.Now().After(published.Time().Add(time.Millisecond)) {
		runtime.Gosched()
	}

	b.admin(`mutation ($id: ID!) { deleteWebhookSubscription(input: {id: $id}) { userErrors { code message } } }`,
		vars{"id": sub})

	for _, role := range []apikey.Role{apikey.Operator, apikey.Admin, apikey.Developer, apikey.Viewer} {
		out := b.as(role, decisions, vars{"id": published}).ok()
		require.Equal(t, []any{
			vars{
				"webhook": vars{"id": picky.String(), "name": "Hook"}, "subscription": nil, "subscribedTo": "*",
				"matched": false, "reason": "FILTER_MISMATCH", "detail": "event.data.n == 2 is false: event.data.n is 1",
				"delivery": nil,
			},
			vars{
				"webhook":      vars{"id": b.mine.webhook.String(), "name": "Hook"},
				"subscription": vars{"id": b.mine.sub.String(), "eventType": "item.created"}, "subscribedTo": "item.created",
				"matched": true, "reason": "MATCHED", "detail": nil,
				"delivery": vars{"id": dlv.String(), "status": "PENDING"},
			},
		}, out.at("event.decisions.nodes"))
	}

	b.as(apikey.Publisher, decisions, vars{"id": published}).failed("FORBIDDEN")
	require.Nil(t, b.admin(decisions, vars{"id": b.foreign.event}).at("event"))

	first := b.admin(decisions, vars{"id": published, "first": 1})
	require.Equal(t, picky.String(), first.at("event.decisions.edges.0.node.webhook.id"))
	require.Equal(t, true, first.at("event.decisions.pageInfo.hasNextPage"))

	next := b.admin(decisions, vars{"id": published, "first": 1, "after": first.at("event.decisions.pageInfo.endCursor")})
	require.Equal(t, b.mine.webhook.String(), next.at("event.decisions.edges.0.node.webhook.id"))
	require.Equal(t, false, next.at("event.decisions.pageInfo.hasNextPage"))
	require.Equal(t, true, next.at("event.decisions.pageInfo.hasPreviousPage"))

	last := b.admin(decisions, vars{"id": published, "last": 1})
	require.Equal(t, next.at("event.decisions.edges"), last.at("event.decisions.edges"))

	b.as(apikey.Admin, decisions, vars{"id": published, "first": 101}).failed("BAD_REQUEST")
	b.as(apikey.Admin, decisions, vars{"id": published, "first": 1, "last": 1}).failed("BAD_REQUEST")
}

// However many webhooks there are, the number of statements is the same.
func TestEventDecisions_LoadEachKindOfThingOnce(t *testing.T) {
	t.Parallel()

	b := setup(t, patient)
	b.fill(&b.mine)

	ask := func() int {
		published, _ := b.publish(b.mine.org)
		b.tracer.take()
		b.admin(decisions, vars{"id": published})

		return len(b.tracer.take())
	}

	ask() // Statements are prepared once.

	few := ask()

	for range 5 {
		b.makeWebhook(b.mine.org, "*")
	}

	require.Equal(t, few, ask())
}

func TestEventDecisions_CostEnoughToBeAskedOfFewEventsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)

	ask := func(first int) response {
		return b.as(apikey.Admin, `query ($id: ID!, $first: Int) { organization(id: $id) { events(first: $first) {
			nodes { decisions(first: 1) { nodes { reason } } } } } }`, vars{"id": b.mine.org, "first": first})
	}

	ask(15).ok()
	ask(25).failed("COMPLEXITY_LIMIT_EXCEEDED")
}

func TestPublishEvent_ForNamedWebhooksOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	other, _, _ := b.makeWebhook(b.mine.org, "*")
	input := vars{"organizationId": b.mine.org, "eventType": "item.created", "payload": vars{"n": 1}, "webhookIds": []id.ID{other}}

	out := b.as(apikey.Publisher, publishEvent, vars{"input": input}).ok()
	require.EqualValues(t, 1, out.at("publishEvent.matchedWebhookCount"))

	found := b.admin(decisions, vars{"id": out.at("publishEvent.event.id")})
	require.Equal(t, "MATCHED", found.at("event.decisions.nodes.0.reason"))
	require.Equal(t, other.String(), found.at("event.decisions.nodes.0.webhook.id"))
	require.Equal(t, "NOT_TARGETED", found.at("event.decisions.nodes.1.reason"))
	require.Nil(t, found.at("event.decisions.nodes.1.subscription"))

	before := b.rows()

	for _, unknown := range []any{b.foreign.webhook, id.New(id.Webhook), "nonsense", b.mine.event} {
		input["webhookIds"] = []any{other, unknown}
		b.as(apikey.Publisher, publishEvent, vars{"input": input}).refused("publishEvent", "NOT_FOUND", "webhookIds", "1")
	}

	require.Equal(t, before, b.rows())

	many := b.as(apikey.Publisher, `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) {
		results { matchedWebhookCount userErrors { code field } } userErrors { code } } }`, vars{"input": vars{
		"organizationId": b.mine.org, "events": []any{
			vars{"eventType": "item.created", "payload": vars{"n": 1}, "webhookIds": []any{b.foreign.webhook}},
			vars{"eventType": "item.created", "payload": vars{"n": 1}, "webhookIds": []any{other, b.mine.webhook}},
			vars{"eventType": "item.created", "payload": vars{"n": 1}, "webhookIds": []any{}},
			vars{"eventType": "item.created", "payload": vars{"n": 1}, "webhookIds": nil},
		},
	}}).ok()
	require.Equal(t, []any{vars{"code": "NOT_FOUND", "field": []any{"webhookIds", "0"}}},
		many.at("publishEvents.results.0.userErrors"))

	for n, want := range []int{0, 2, 0, 2} {
		require.EqualValues(t, want, many.at("publishEvents.results").([]any)[n].(vars)["matchedWebhookCount"])
	}
}
