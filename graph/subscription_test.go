package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWebhookSubscription_KeepsAllThatItMayHave(t *testing.T) {
	t.Parallel()

	const whole = `subscription { id eventType filter resourceIds payloadQuery enabled } userErrors { code message field }`

	const create = `mutation ($input: CreateWebhookSubscriptionInput!) {
		createWebhookSubscription(input: $input) { ` + whole + ` } }`

	const update = `mutation ($input: UpdateWebhookSubscriptionInput!) {
		updateWebhookSubscription(input: $input) { ` + whole + ` } }`

	b := setup(t).founded(t, "kuviq")
	hook := b.created(nil)

	given := vars{
		"eventType": "inspection.passed", "filter": `event.data.item.id == "1"`, "resourceIds": []any{"a", "b,\"c\" {d}"},
		"payloadQuery": "{ inspection: id item { name } }", "enabled": false,
	}

	made := b.admin(create, vars{"input": with(given, vars{"webhookId": hook})})
	sub := made.at("createWebhookSubscription.subscription.id")
	require.Equal(t, with(given, vars{"id": sub}), made.at("createWebhookSubscription.subscription"))

	change := func(members vars) any {
		t.Helper()

		return b.admin(update, vars{"input": with(vars{"id": sub}, members)}).at("updateWebhookSubscription.subscription")
	}

	require.Equal(t, with(given, vars{"id": sub}), change(nil), "what is left out stays")
	require.Equal(t, with(given, vars{"id": sub, "enabled": true, "resourceIds": []any{}}),
		change(vars{"enabled": true, "resourceIds": []any{}}))
	require.Equal(t, vars{
		"id": sub, "eventType": "inspection.passed", "filter": nil, "resourceIds": []any{}, "payloadQuery": nil,
		"enabled": true,
	}, change(vars{"filter": nil, "payloadQuery": nil, "resourceIds": nil, "eventType": nil, "enabled": nil}))

	// The same with a new webhook.
	other := b.created(vars{
		"eventTypes": []any{"user.created"}, "subscriptions": []any{given, vars{"eventType": "item.*"}},
	})

	out := b.admin(`query ($id: ID!) { webhook(id: $id) { eventTypes subscriptions { nodes {
		eventType filter resourceIds payloadQuery enabled } } } }`, vars{"id": other})
	require.Equal(t, []any{"item.*", "user.created"}, out.at("webhook.eventTypes"))
	require.Contains(t, out.at("webhook.subscriptions.nodes"), given)
	require.Len(t, out.at("webhook.subscriptions.nodes"), 3)
}

func TestWebhookSubscription_OfASubscriptionThatIsGoneStillNamesTheEventType(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.admin(`mutation ($id: ID!) { deleteWebhookSubscription(input: {id: $id}) { userErrors { code } } }`,
		vars{"id": b.mine.sub})

	out := b.admin(`query ($id: ID!) { delivery(id: $id) { eventType subscription { id } stage stageName } }`,
		vars{"id": b.mine.dlv})
	require.Equal(t, vars{
		"eventType": "item.created", "subscription": nil, "stage": "RETRYING", "stageName": "retrying",
	}, out.at("delivery"))
}
