package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// sendTest sends a test and returns its delivery and its event.
func (b *testBundle) sendTest(t *testing.T, in event.TestInput) (delivery.Delivery, event.Event) {
	t.Helper()

	sent, err := b.events.SendTest(t.Context(), b.scope, in)
	require.NoError(t, err)

	one, err := b.deliveries.Get(t.Context(), b.scope, sent)
	require.NoError(t, err)

	return one, b.stored(t, one.EventID)
}

func TestSendTest_SendsASampleToOneWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)
	b.webhook(t, true, "*")

	one, sent := b.sendTest(t, event.TestInput{WebhookID: hook.ID, EventType: new("order.paid")})
	require.Equal(t, delivery.OriginTest, one.Origin)
	require.Equal(t, hook.ID, one.WebhookID)
	require.Nil(t, one.SubscriptionID)
	require.True(t, sent.Test)
	require.JSONEq(t, `{"total":1}`, string(sent.Payload))
	require.Equal(t, 1, b.count(t, "deliveries"))
}

func TestSendTest_RefusesBadInput(t *testing.T) {
	t.Parallel()

	b := setup(t)
	on, off := b.webhook(t, true), b.webhook(t, false)
	b.addType(t, eventtype.CreateInput{Name: "bare.type"})
	b.strict(t, eventtype.Reject)

	paid, large := new("order.paid"), json.RawMessage(`{"a":"`+strings.Repeat("x", 256<<10)+`"}`)

	for name, test := range map[string]struct {
		in    event.TestInput
		code  problem.Code
		field string
	}{
		"both payload and sample": {
			event.TestInput{WebhookID: on.ID, EventType: paid, SampleName: new("first"), Payload: json.RawMessage("{}")},
			problem.Invalid, "sampleName",
		},
		"disabled webhook": {event.TestInput{WebhookID: off.ID, EventType: paid}, problem.WebhookDisabled, "webhookId"},
		"disabled webhook, profile's test": {
			event.TestInput{WebhookID: off.ID}, problem.WebhookDisabled, "webhookId",
		},
		"operational event type": {
			event.TestInput{WebhookID: on.ID, EventType: new(eventtype.WebhookDisabled)}, problem.UnknownEventType, "eventType",
		},
		"payload that does not match the schema": {
			event.TestInput{WebhookID: on.ID, EventType: new("strict.type"), Payload: json.RawMessage(wrong)},
			problem.PayloadSchemaMismatch, "payload",
		},
		"payload that is no object": {
			event.TestInput{WebhookID: on.ID, Payload: json.RawMessage("[1]")}, problem.Invalid, "payload",
		},
		"payload too large": {
			event.TestInput{WebhookID: on.ID, EventType: paid, Payload: large}, problem.PayloadTooLarge, "payload",
		},
		"payload too large, profile's test": {
			event.TestInput{WebhookID: on.ID, Payload: large}, problem.PayloadTooLarge, "payload",
		},
		"sample without event type": {
			event.TestInput{WebhookID: on.ID, SampleName: new("first")}, problem.Required, "eventType",
		},
		"type without samples": {
			event.TestInput{WebhookID: on.ID, EventType: new("bare.type")}, problem.Required, "payload",
		},
		"unknown event type": {
			event.TestInput{WebhookID: on.ID, EventType: new("no.such")}, problem.UnknownEventType, "eventType",
		},
		"unknown event type, with payload": {
			event.TestInput{WebhookID: on.ID, EventType: new("a\x00b"), Payload: json.RawMessage("{}")},
			problem.UnknownEventType, "eventType",
		},
		"unknown sample": {
			event.TestInput{WebhookID: on.ID, EventType: paid, SampleName: new("second")}, problem.NotFound, "sampleName",
		},
		"unknown webhook": {
			event.TestInput{WebhookID: id.New(id.Webhook), EventType: paid}, problem.NotFound, "webhookId",
		},
	} {
		_, err := b.events.SendTest(t.Context(), b.scope, test.in)
		wrong := problemOf(t, err)
		require.Equal(t, test.code, wrong.Code, name)
		require.Equal(t, test.field, wrong.Field[0], name)
	}

	_, err := b.events.SendTest(t.Context(), tenant.Of(id.New(id.Organization)), event.TestInput{WebhookID: on.ID})
	require.Equal(t, problem.NotFound, problemOf(t, err).Code, "somebody else's looks like none")
	require.Zero(t, b.count(t, "events"))
}

func TestSendTest_TakesTheSampleOrThePayloadThatWasAskedFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)
	b.addType(t, eventtype.CreateInput{Name: "many.samples", Samples: []eventtype.Sample{
		{Name: "first", Payload: json.RawMessage(`{"n":1}`)}, {Name: "second", Payload: json.RawMessage(`{"n":2}`)},
	}})

	kind := new("many.samples")

	for name, test := range map[string]struct {
		in        event.TestInput
		kind      string
		wantsData string
	}{
		"first sample":  {event.TestInput{EventType: kind}, *kind, `{"n":1}`},
		"second sample": {event.TestInput{EventType: kind, SampleName: new("second")}, *kind, `{"n":2}`},
		"payload":       {event.TestInput{EventType: kind, Payload: json.RawMessage(`{ "n" : 3.0 }`)}, *kind, `{"n":3.0}`},
		"payload without type": {
			event.TestInput{Payload: json.RawMessage(`{ "n" : 4.0 }`)}, "webhook.test", `{"n":4.0}`,
		},
	} {
		test.in.WebhookID = hook.ID
		one, sent := b.sendTest(t, test.in)
		require.Equal(t, test.kind, sent.Type, name)
		require.Equal(t, test.kind, one.EventType, name)
		require.Equal(t, test.wantsData, string(sent.Payload), name)
	}
}

func TestSendTest_SendsWhatWouldBePutIntoQuarantine(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)
	b.strict(t, eventtype.Quarantine)

	one, sent := b.sendTest(t, event.TestInput{
		WebhookID: hook.ID, EventType: new("strict.type"), Payload: json.RawMessage(wrong),
	})
	require.Equal(t, delivery.Pending, one.Status)
	require.Nil(t, sent.QuarantinedAt)
	require.NotNil(t, sent.SchemaMismatch)
}

func TestSendTest_OfASourceDerivesNothingAndOfADerivedTypeIsAllowed(t *testing.T) {
	t.Parallel()

	b := setupDerived(t)
	hook := b.webhook(t, true, "*")

	for _, kind := range []string{"order.paid", "order.large"} {
		_, sent := b.sendTest(t, event.TestInput{
			WebhookID: hook.ID, EventType: &kind, Payload: json.RawMessage(`{"total":100}`),
		})
		require.Equal(t, kind, sent.Type)
		require.Nil(t, sent.SourceEventID)
	}

	require.Equal(t, 2, b.count(t, "events"))
	require.Equal(t, 2, b.count(t, "deliveries"))
}

func TestSendTest_FollowsTheWebhooksRetryPolicy(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)

	_, err := b.webhooks.Update(t.Context(), b.scope, webhook.UpdateInput{ID: hook.ID, Settings: settings.Changes{
		RetryPolicy: optional.Of(settings.RetryChanges{DelaysSeconds: &[]int{1, 2, 3}}),
	}})
	require.NoError(t, err)

	one, _ := b.sendTest(t, event.TestInput{WebhookID: hook.ID})
	require.Equal(t, 4, one.MaxAttempts)
}

func TestSeeds_KU7_KX11_TestEventIsThatOfTheProfile(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		eventType string
		// data has %s for the ids of the webhook and of the organization.
		data   string
		secret *string
	}{
		"kazinex":  {"webhook.test", `{"message":"This is a test event from Kazinex","webhookId":"%s"}%.0s`, new("a secret of mine")},
		"kianda":   {"webhook.test", `{"instanceID":"test","processName":"test"}%.0s%.0s`, nil},
		"knoxcall": {"webhook.test", `{"message":"This is a test event from KnoxCall","webhookId":"%s"}%.0s`, nil},
		"krebit":   {"webhook.test", `{"message":"This is a test event from Krebit Sign"}%.0s%.0s`, nil},
		"kuviq": {
			"test.webhook",
			`{"message":"This is a test webhook from Kuviq","endpointId":"%s","organizationId":"%s"}`, nil,
		},
		"standard": {"webhook.test", `{"message":"This is a test event from Surehook"}%.0s%.0s`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setupProfile(t, name)

			made, err := b.webhooks.Create(t.Context(), b.scope, webhook.CreateInput{
				OrganizationID: b.org, Name: "w", URL: "https://example.com", Enabled: true, SigningSecret: test.secret,
			})
			require.NoError(t, err)

			hook := made.Webhook

			one, sent := b.sendTest(t, event.TestInput{WebhookID: hook.ID})
			require.Equal(t, test.eventType, sent.Type)
			require.Equal(t, fmt.Sprintf(test.data, hook.ID, b.org), string(sent.Payload))
			require.True(t, sent.Test)
			require.Equal(t, delivery.OriginTest, one.Origin)
			require.Equal(t, delivery.Pending, one.Status)
			require.Equal(t, hook.Settings.RetryPolicy.MaxAttempts(), one.MaxAttempts)
			require.Len(t, b.dispatcher.offered, 1)
		})
	}
}

func TestSendTest_IsWithinThePayloadLimitOfTheOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true)

	_, err := b.organizations.UpdateLimits(t.Context(), organization.LimitsInput{ID: b.org, MaxPayloadBytes: new(20)})
	require.NoError(t, err)

	_, err = b.events.SendTest(t.Context(), b.scope, event.TestInput{WebhookID: hook.ID})
	require.Equal(t, problem.PayloadTooLarge, problemOf(t, err).Code)
	require.Zero(t, b.count(t, "events"))
}
