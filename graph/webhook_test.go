package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/id"
)

const createWebhook = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
	webhook { id organization { id } name description url status disabledReason disabledAt
		settings { timeoutSeconds retryPolicy { delaysSeconds jitterPercent } } customHeaders { name value }
		secrets { id hint createdAt expiresAt } eventTypes
		subscriptions { nodes { eventType enabled } } heldDeliveryCount deletedAt }
	signingSecret userErrors { code message field line column } } }`

func TestCreateWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	t.Run("takes what it is told", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.admin(createWebhook, vars{"input": vars{
			"organizationId": b.mine.org, "name": "Shop", "description": "For the shop",
			"url": "https://example.com/in", "enabled": false,
			"customHeaders": []any{vars{"name": "X-Key", "value": "s3cret"}},
			"settings": vars{
				"timeoutSeconds": 3, "retryPolicy": vars{"delaysSeconds": []any{1, 2}, "jitterPercent": 0},
			},
			"eventTypes":    []any{"item.created", "item.*"},
			"signingSecret": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz",
		}})
		require.Equal(t, "DISABLED", out.at("createWebhook.webhook.status"))
		require.Equal(t, "MANUAL", out.at("createWebhook.webhook.disabledReason"))
		require.NotNil(t, out.at("createWebhook.webhook.disabledAt"))
		require.EqualValues(t, 3, out.at("createWebhook.webhook.settings.timeoutSeconds"))
		require.Equal(t, []any{vars{"name": "X-Key", "value": "***"}}, out.at("createWebhook.webhook.customHeaders"))
		require.Equal(t, vars{"delaysSeconds": []any{1.0, 2.0}, "jitterPercent": 0.0},
			out.at("createWebhook.webhook.settings.retryPolicy"))
		require.Equal(t, []any{"item.*", "item.created"}, out.at("createWebhook.webhook.eventTypes"))
		require.Len(t, out.at("createWebhook.webhook.subscriptions.nodes"), 2)
		require.Equal(t, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", out.at("createWebhook.signingSecret"))
		require.Equal(t, "MTIz", out.at("createWebhook.webhook.secrets.0.hint"))
		require.Nil(t, out.at("createWebhook.webhook.secrets.0.expiresAt"))
	})

	t.Run("has defaults for the rest", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.admin(createWebhook, vars{"input": vars{
			"organizationId": b.mine.org, "name": "Plain", "url": "https://example.com/in",
			"settings": vars{"retryPolicy": vars{"delaysSeconds": nil}},
		}})
		require.Equal(t, "ENABLED", out.at("createWebhook.webhook.status"))
		require.Nil(t, out.at("createWebhook.webhook.disabledReason"))
		require.Nil(t, out.at("createWebhook.webhook.disabledAt"))
		require.EqualValues(t, 15, out.at("createWebhook.webhook.settings.timeoutSeconds"))
		require.Len(t, out.at("createWebhook.webhook.settings.retryPolicy.delaysSeconds"), 9)
		require.Empty(t, out.at("createWebhook.webhook.eventTypes"))
		require.Empty(t, out.at("createWebhook.webhook.customHeaders"))
		require.Contains(t, out.text("createWebhook.signingSecret"), "whsec_")
		require.EqualValues(t, 0, out.at("createWebhook.webhook.heldDeliveryCount"))
	})

	t.Run("names everything that is wrong at once", func(t *testing.T) {
		t.Parallel()

		b := b.in(t)

		out := b.as(apikey.Admin, createWebhook, vars{"input": vars{
			"organizationId": b.mine.org, "name": "", "url": "ftp://example.com", "eventTypes": []any{"no.such"},
		}})
		require.Empty(t, out.Errors)
		require.Nil(t, out.at("createWebhook.webhook"))
		require.Nil(t, out.at("createWebhook.signingSecret"))

		var fields []any
		for _, one := range out.at("createWebhook.userErrors").([]any) {
			fields = append(fields, one.(vars)["field"])
		}

		require.ElementsMatch(t, []any{[]any{"name"}, []any{"url"}, []any{"eventTypes", "0"}}, fields)
	})
}

func TestUpdateWebhook_TellsNullFromLeftOut(t *testing.T) {
	t.Parallel()

	const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) {
		webhook { name description url customHeaders { name } settings { timeoutSeconds retryPolicy { delaysSeconds } } }
		userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(update, vars{"input": vars{
		"id": b.mine.webhook, "description": "D",
		"settings": vars{"timeoutSeconds": 5, "retryPolicy": vars{"delaysSeconds": []any{}}},
	}})
	require.Equal(t, "Hook", out.at("updateWebhook.webhook.name"))
	require.Equal(t, "D", out.at("updateWebhook.webhook.description"))
	require.Len(t, out.at("updateWebhook.webhook.customHeaders"), 1)
	require.Empty(t, out.at("updateWebhook.webhook.settings.retryPolicy.delaysSeconds"))

	out = b.admin(update, vars{"input": vars{
		"id": b.mine.webhook, "name": nil, "description": nil, "settings": vars{"retryPolicy": nil},
		"customHeaders": []any{},
	}})
	require.Equal(t, "Hook", out.at("updateWebhook.webhook.name"))
	require.Nil(t, out.at("updateWebhook.webhook.description"))
	require.EqualValues(t, 5, out.at("updateWebhook.webhook.settings.timeoutSeconds"))
	require.Empty(t, out.at("updateWebhook.webhook.customHeaders"))
	require.Len(t, out.at("updateWebhook.webhook.settings.retryPolicy.delaysSeconds"), 9)

	b.as(apikey.Admin, update, vars{"input": vars{"id": b.mine.webhook, "settings": vars{"timeoutSeconds": 61}}}).
		refused("updateWebhook", "INVALID", "settings", "timeoutSeconds")
}

func TestDeleteWebhook(t *testing.T) {
	t.Parallel()

	const remove = `mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) {
		webhook { id deletedAt } canceledDeliveryCount userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	out := b.admin(remove, vars{"input": vars{"id": b.mine.webhook}})
	require.NotNil(t, out.at("deleteWebhook.webhook.deletedAt"))
	require.EqualValues(t, 1, out.at("deleteWebhook.canceledDeliveryCount"))

	gone := b.admin(`query ($hook: ID!, $dlv: ID!) { webhook(id: $hook) { id } node(id: $hook) { id }
		delivery(id: $dlv) { status webhook { id deletedAt secrets { id } } subscription { id } } }`,
		vars{"hook": b.mine.webhook, "dlv": b.mine.dlv})
	require.Nil(t, gone.at("webhook"))
	require.Nil(t, gone.at("node"))
	require.Equal(t, "CANCELED", gone.at("delivery.status"))
	require.Equal(t, b.mine.webhook.String(), gone.at("delivery.webhook.id"))
	require.NotNil(t, gone.at("delivery.webhook.deletedAt"))
	require.Empty(t, gone.at("delivery.webhook.secrets"))
	require.Nil(t, gone.at("delivery.subscription"))

	b.as(apikey.Admin, remove, vars{"input": vars{"id": b.mine.webhook}}).refused("deleteWebhook", "NOT_FOUND", "id")
}

func TestDisableAndEnableWebhook_HoldAndReleaseDeliveries(t *testing.T) {
	t.Parallel()

	const disable = `mutation ($input: DisableWebhookInput!) { disableWebhook(input: $input) {
		webhook { status } userErrors { code message field } } }`

	const enable = `mutation ($input: EnableWebhookInput!) { enableWebhook(input: $input) {
		webhook { status heldDeliveryCount } releasedDeliveryCount userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	require.Equal(t, "DISABLED",
		b.admin(disable, vars{"input": vars{"id": b.mine.webhook}}).at("disableWebhook.webhook.status"))

	_, dlv := b.publish(b.mine.org)

	held := b.admin(`query ($id: ID!) { delivery(id: $id) { status heldReason webhook { heldDeliveryCount } } }`,
		vars{"id": dlv})
	require.Equal(t, "HELD", held.at("delivery.status"))
	require.Equal(t, "WEBHOOK_DISABLED", held.at("delivery.heldReason"))
	require.EqualValues(t, 1, held.at("delivery.webhook.heldDeliveryCount"))

	out := b.admin(enable, vars{"input": vars{"id": b.mine.webhook}})
	require.Equal(t, "ENABLED", out.at("enableWebhook.webhook.status"))
	require.EqualValues(t, 1, out.at("enableWebhook.releasedDeliveryCount"))
	require.EqualValues(t, 1, out.at("enableWebhook.webhook.heldDeliveryCount"), "it goes when its turn has come")

	_, err := b.deps.Flow.Step(t.Context(), b.mine.webhook)
	require.NoError(t, err)
	require.Equal(t, "PENDING", b.admin(`query ($id: ID!) { delivery(id: $id) { status } }`, vars{"id": dlv}).
		at("delivery.status"))

	unknown := vars{"input": vars{"id": id.New(id.Webhook)}}
	b.as(apikey.Admin, disable, unknown).refused("disableWebhook", "NOT_FOUND", "id")
	b.as(apikey.Admin, enable, unknown).refused("enableWebhook", "NOT_FOUND", "id")
}

func TestWebhooks_AreFiltered(t *testing.T) {
	t.Parallel()

	const list = `query ($id: ID!, $filter: WebhookFilter) {
		organization(id: $id) { webhooks(filter: $filter) { nodes { id } } } }`

	b := setup(t)
	b.fill(&b.mine)

	for name, test := range map[string]struct {
		filter any
		want   int
	}{
		"by an event type":        {vars{"eventType": "item.created"}, 1},
		"by an unknown type":      {vars{"eventType": "no.such"}, 0},
		"by no status":            {vars{"statuses": []any{}}, 0},
		"by status":               {vars{"statuses": []any{"ENABLED"}}, 1},
		"by status that none has": {vars{"statuses": []any{"DISABLED"}}, 0},
		"not at all":              {nil, 1},
		"with nulls":              {vars{"eventType": nil, "statuses": nil}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.admin(list, vars{"id": b.mine.org, "filter": test.filter})
			require.Len(t, out.at("organization.webhooks.nodes"), test.want)
		})
	}
}

func TestWebhookSecrets_AreRevealedAndRotated(t *testing.T) {
	t.Parallel()

	const reveal = `mutation ($input: RevealWebhookSecretInput!) { revealWebhookSecret(input: $input) {
		secret { id hint } value userErrors { code message field } } }`

	const rotate = `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) {
		webhook { secrets { id expiresAt } } signingSecret userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	first := b.admin(reveal, vars{"input": vars{"webhookId": b.mine.webhook}})
	require.Equal(t, b.mine.secret.String(), first.at("revealWebhookSecret.secret.id"))
	require.Contains(t, first.text("revealWebhookSecret.value"), "whsec_")

	rotated := b.admin(rotate, vars{"input": vars{"webhookId": b.mine.webhook, "overlapSeconds": 60}})
	require.Len(t, rotated.at("rotateWebhookSecret.webhook.secrets"), 2)
	require.Nil(t, rotated.at("rotateWebhookSecret.webhook.secrets.0.expiresAt"))
	require.NotNil(t, rotated.at("rotateWebhookSecret.webhook.secrets.1.expiresAt"))

	now := b.admin(reveal, vars{"input": vars{"webhookId": b.mine.webhook, "secretId": nil}})
	require.Equal(t, rotated.at("rotateWebhookSecret.signingSecret"), now.at("revealWebhookSecret.value"))

	before := b.admin(reveal, vars{"input": vars{"webhookId": b.mine.webhook, "secretId": b.mine.secret}})
	require.Equal(t, first.at("revealWebhookSecret.value"), before.at("revealWebhookSecret.value"))

	b.as(apikey.Admin, reveal, vars{"input": vars{"webhookId": b.mine.webhook, "secretId": id.New(id.Secret)}}).
		refused("revealWebhookSecret", "NOT_FOUND", "secretId")
	b.as(apikey.Admin, rotate, vars{"input": vars{"webhookId": b.mine.webhook, "overlapSeconds": -1}}).
		refused("rotateWebhookSecret", "INVALID", "overlapSeconds")
	b.as(apikey.Viewer, reveal, vars{"input": vars{"webhookId": b.mine.webhook}}).failed("FORBIDDEN")
}

func TestWebhookSubscriptions(t *testing.T) {
	t.Parallel()

	const create = `mutation ($input: CreateWebhookSubscriptionInput!) { createWebhookSubscription(input: $input) {
		subscription { id eventType enabled webhook { id } } userErrors { code message field } } }`

	const update = `mutation ($input: UpdateWebhookSubscriptionInput!) { updateWebhookSubscription(input: $input) {
		subscription { eventType enabled webhook { eventTypes } } userErrors { code message field } } }`

	const remove = `mutation ($input: DeleteWebhookSubscriptionInput!) { deleteWebhookSubscription(input: $input) {
		deletedId webhook { subscriptions { nodes { id } } } userErrors { code message field } } }`

	b := setup(t)
	b.fill(&b.mine)

	made := b.admin(create, vars{"input": vars{"webhookId": b.mine.webhook, "eventType": "*"}})
	require.Equal(t, true, made.at("createWebhookSubscription.subscription.enabled"))
	require.Equal(t, b.mine.webhook.String(), made.at("createWebhookSubscription.subscription.webhook.id"))

	sub := made.at("createWebhookSubscription.subscription.id")

	off := b.admin(update, vars{"input": vars{"id": sub, "enabled": false, "eventType": nil}})
	require.Equal(t, false, off.at("updateWebhookSubscription.subscription.enabled"))
	require.Equal(t, "*", off.at("updateWebhookSubscription.subscription.eventType"))
	require.Equal(t, []any{"item.created"}, off.at("updateWebhookSubscription.subscription.webhook.eventTypes"))

	gone := b.admin(remove, vars{"input": vars{"id": sub}})
	require.Equal(t, sub, gone.at("deleteWebhookSubscription.deletedId"))
	require.Len(t, gone.at("deleteWebhookSubscription.webhook.subscriptions.nodes"), 1)

	b.as(apikey.Admin, create, vars{"input": vars{"webhookId": b.mine.webhook, "eventType": "item.created"}}).
		refused("createWebhookSubscription", "ALREADY_EXISTS", "eventType")
	b.as(apikey.Admin, update, vars{"input": vars{"id": b.mine.sub, "eventType": "no.such"}}).
		refused("updateWebhookSubscription", "UNKNOWN_EVENT_TYPE", "eventType")

	out := b.as(apikey.Admin, remove, vars{"input": vars{"id": sub}}).
		refused("deleteWebhookSubscription", "NOT_FOUND", "id")
	require.Nil(t, out.at("deleteWebhookSubscription.deletedId"))
}
