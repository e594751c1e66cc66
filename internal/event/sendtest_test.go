package event_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

func TestSendTest_SendsASampleToOneWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)
	b.webhook(t, true, "*")

	sent, err := b.events.SendTest(t.Context(), b.scope, event.TestInput{WebhookID: hook.ID, EventType: "order.paid"})
	require.NoError(t, err)

	one, err := b.deliveries.Get(t.Context(), b.scope, sent)
	require.NoError(t, err)
	require.Equal(t, delivery.OriginTest, one.Origin)
	require.Equal(t, hook.ID, one.WebhookID)
	require.Nil(t, one.SubscriptionID)

	events, err := b.events.ByIDs(t.Context(), []id.ID{one.EventID})
	require.NoError(t, err)
	require.True(t, events[one.EventID].Test)
	require.JSONEq(t, `{"total":1}`, string(events[one.EventID].Payload))
	require.Equal(t, 1, b.count(t, "deliveries"))
}

func TestSendTest_RefusesBadInput(t *testing.T) {
	t.Parallel()

	b := setup(t)
	on, off := b.webhook(t, true), b.webhook(t, false)

	for name, test := range map[string]struct {
		in   event.TestInput
		code problem.Code
	}{
		"both payload and sample": {
			event.TestInput{WebhookID: on.ID, EventType: "order.paid", SampleName: new("first"), Payload: json.RawMessage("{}")},
			problem.Invalid,
		},
		"disabled webhook":   {event.TestInput{WebhookID: off.ID, EventType: "order.paid"}, problem.WebhookDisabled},
		"unknown event type": {event.TestInput{WebhookID: on.ID, EventType: "no.such"}, problem.UnknownEventType},
		"unknown sample":     {event.TestInput{WebhookID: on.ID, EventType: "order.paid", SampleName: new("second")}, problem.NotFound},
		"unknown webhook":    {event.TestInput{WebhookID: id.New(id.Webhook), EventType: "order.paid"}, problem.NotFound},
	} {
		_, err := b.events.SendTest(t.Context(), b.scope, test.in)
		problems, ok := problem.Of(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, test.code, problems[0].Code, name)
	}

	require.Zero(t, b.count(t, "events"))
}
