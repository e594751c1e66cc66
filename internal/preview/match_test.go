package preview_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/preview"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// to is a subscription to an event type.
func to(eventType string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Enabled: true}
}

func filtered(eventType, filter string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, Filter: &filter, Enabled: true}
}

func off(eventType string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType}
}

func listed(eventType string, ids ...string) webhook.SubscriptionInput {
	return webhook.SubscriptionInput{EventType: eventType, ResourceIDs: ids, Enabled: true}
}

func TestService_PreviewSaysWhyAnEventMatchesOrNot(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for name, test := range map[string]struct {
		subscriptions []webhook.SubscriptionInput
		event         *preview.EventInput
		reason        matching.Reason
		decided       string
		detailed      bool
	}{
		"no subscriptions": {nil, made("order.paid", `{}`), matching.NotSubscribed, "", false},
		"another type": {
			[]webhook.SubscriptionInput{to("order.sent"), to("item.*")}, made("order.paid", `{}`), matching.NotSubscribed, "", false,
		},
		"the type":      {[]webhook.SubscriptionInput{to("order.paid")}, made("order.paid", `{}`), matching.Matched, "order.paid", false},
		"a pattern":     {[]webhook.SubscriptionInput{to("order.*")}, made("order.x.y", `{}`), matching.Matched, "order.*", false},
		"everything":    {[]webhook.SubscriptionInput{to("*")}, made("unknown", `{}`), matching.Matched, "*", false},
		"turned off":    {[]webhook.SubscriptionInput{off("order.paid")}, made("order.paid", `{}`), matching.SubscriptionDisabled, "order.paid", false},
		"no resource":   {[]webhook.SubscriptionInput{listed("*", "a", "b")}, made("order.paid", `{}`), matching.ResourceNotListed, "*", false},
		"KX4 not in it": {[]webhook.SubscriptionInput{listed("*", "a", "b")}, made("order.paid", `{}`, "c"), matching.ResourceNotListed, "*", false},
		"KX4 in it":     {[]webhook.SubscriptionInput{listed("*", "a", "b")}, made("order.paid", `{}`, "c", "b"), matching.Matched, "*", false},
		"filter passed": {
			[]webhook.SubscriptionInput{filtered("*", "event.data.n > 1")}, made("order.paid", `{"n":2}`), matching.Matched, "*", false,
		},
		"filter not passed": {
			[]webhook.SubscriptionInput{filtered("*", "event.data.n > 1")},
			made("order.paid", `{"n":1}`), matching.FilterMismatch, "*", true,
		},
		"filter on what is missing": {
			[]webhook.SubscriptionInput{filtered("*", "event.data.n > 1")},
			made("order.paid", `{}`), matching.FilterMismatch, "*", true,
		},
		"filter that fails lets the event through": {
			[]webhook.SubscriptionInput{filtered("*", "event.data.n > 1")},
			made("order.paid", `{"n":"text"}`), matching.FilterFailed, "*", true,
		},
		"the exact type goes before a pattern": {
			[]webhook.SubscriptionInput{to("*"), to("order.paid")}, made("order.paid", `{}`), matching.Matched, "order.paid", false,
		},
		"a pattern stands in for the exact type": {
			[]webhook.SubscriptionInput{filtered("order.paid", "false"), to("*")},
			made("order.paid", `{}`), matching.Matched, "*", false,
		},
		"of two patterns the older one decides": {
			[]webhook.SubscriptionInput{to("*"), to("order.*")}, made("order.paid", `{}`), matching.Matched, "*", false,
		},
		"of two that do not match the first is told": {
			[]webhook.SubscriptionInput{off("*"), filtered("order.paid", "false")},
			made("order.paid", `{}`), matching.FilterMismatch, "order.paid", true,
		},
		"patterns are not for operational events": {
			[]webhook.SubscriptionInput{to("*"), to("webhook.*")},
			made("webhook.disabled", `{}`), matching.NotSubscribed, "", false,
		},
		"an operational event by its name": {
			[]webhook.SubscriptionInput{to("webhook.disabled")},
			made("webhook.disabled", `{}`), matching.Matched, "webhook.disabled", false,
		},
	} {
		got := b.one(t, b.fresh(test.subscriptions...), test.event)

		require.Equal(t, test.reason, got.Reason, name)
		require.Equal(t, test.reason == matching.Matched || test.reason == matching.FilterFailed, got.Matched, name)
		require.Equal(t, got.Matched, got.Request != nil, name)
		require.Equal(t, test.detailed, got.Detail != nil, name)
		require.Equal(t, test.event.EventType, got.EventType, name)
		require.Nil(t, got.EventID, name)

		if test.decided == "" {
			require.Nil(t, got.Subscription, name)
		} else {
			require.Equal(t, test.decided, *got.Subscription, name)
		}
	}
}

func TestService_PreviewSaysWhichValueDecided(t *testing.T) {
	t.Parallel()

	b := setup(t)
	got := b.one(t, b.fresh(filtered("*", "event.data.n > 1 && event.test")), made("order.paid", `{"n":1}`))
	require.Equal(t, "event.data.n > 1 is false: event.data.n is 1", *got.Detail)
}

// What a preview says is what publishing does.
func TestService_PreviewDecidesAsPublishingDoes(t *testing.T) {
	t.Parallel()

	b := setup(t)
	subscriptions := [][]webhook.SubscriptionInput{
		{to("*")},
		{to("order.*")},
		{to("order.sent")},
		{off("*")},
		{listed("order.*", "a")},
		{listed("*", "b")},
		{filtered("*", "event.data.n == 1")},
		{filtered("*", "event.data.n == 2")},
		{filtered("*", "event.data.nope == 1")},
		{filtered("*", "event.data.n > 'a'")},
		{filtered("order.paid", "false"), to("*")},
		{filtered("order.paid", "false"), filtered("*", "event.data.nope == 1")},
		nil,
	}

	hooks := make([]webhook.Webhook, len(subscriptions))
	for n, some := range subscriptions {
		hooks[n] = b.create(t, func(in *webhook.CreateInput) { in.Subscriptions = some })
	}

	published, err := b.events.Publish(t.Context(), tenant.All(), b.mine, event.Input{
		EventType: "order.paid", Payload: json.RawMessage(`{"n":1}`), ResourceIDs: []string{"a"},
	})
	require.NoError(t, err)

	matched := 0

	for n, hook := range hooks {
		got := b.one(t, existing(hook), made("order.paid", `{"n":1}`, "a"))

		var delivered bool

		require.NoError(t, b.pool.QueryRow(t.Context(),
			"SELECT EXISTS (SELECT FROM deliveries WHERE event_id = $1 AND webhook_id = $2)",
			published.Event.ID.UUID(), hook.ID.UUID()).Scan(&delivered))
		require.Equal(t, delivered, got.Matched, "%d: %s", n, got.Reason)

		if delivered {
			matched++
		}
	}

	require.Equal(t, published.MatchedWebhookCount, matched)
	require.Positive(t, matched)
}
