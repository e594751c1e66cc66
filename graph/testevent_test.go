package graph_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

const sendTest = `mutation ($input: SendTestEventInput!) { sendTestEvent(input: $input) {
	delivery { id status stage event { type test payload } }
	attempt { id number status durationMs response { statusCode } error { code } delivery { id } }
	userErrors { code message field } } }`

func TestSendTestEvent_IsThatOfTheProfileUnlessTold(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for profile, test := range map[string]struct {
		eventType string
		members   vars
		payload   func(b *testBundle, hook id.ID) vars
	}{
		"kuviq": {"test.webhook", nil, func(b *testBundle, hook id.ID) vars {
			return vars{
				"message": "This is a test webhook from Kuviq", "endpointId": hook.String(), "organizationId": b.mine.org.String(),
			}
		}},
		"knoxcall": {"webhook.test", nil, func(_ *testBundle, hook id.ID) vars {
			return vars{"message": "This is a test event from KnoxCall", "webhookId": hook.String()}
		}},
		"kianda": {"webhook.test", nil, func(*testBundle, id.ID) vars {
			return vars{"instanceID": "test", "processName": "test"}
		}},
		"standard": {"webhook.test", vars{"payload": vars{"my": "own"}}, func(*testBundle, id.ID) vars {
			return vars{"my": "own"}
		}},
	} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()

			b := b.founded(t, profile)
			hook := b.created(nil)

			out := b.admin(sendTest, vars{"input": with(vars{"webhookId": hook, "eventType": nil}, test.members)})
			require.Equal(t, vars{"type": test.eventType, "test": true, "payload": test.payload(b, hook)},
				out.at("sendTestEvent.delivery.event"))
			require.Nil(t, out.at("sendTestEvent.attempt"), "nobody waited")
		})
	}
}

func TestSendTestEvent_RefusesWhatDoesNotGoTogether(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	off := b.created(vars{"enabled": false})
	before := b.rows()

	for name, test := range map[string]struct {
		members     vars
		code, field string
	}{
		"disabled webhook":          {vars{"webhookId": off}, "WEBHOOK_DISABLED", "webhookId"},
		"payload and sample":        {vars{"eventType": "item.created", "payload": vars{"n": 1}, "sampleName": "first"}, "INVALID", "sampleName"},
		"payload that is a list":    {vars{"payload": []any{1}}, "INVALID", "payload"},
		"sample without its type":   {vars{"sampleName": "first"}, "REQUIRED", "eventType"},
		"unknown event type":        {vars{"eventType": "no.such"}, "UNKNOWN_EVENT_TYPE", "eventType"},
		"unknown webhook":           {vars{"webhookId": id.New(id.Webhook)}, "NOT_FOUND", "webhookId"},
		"wait into the past":        {vars{"waitSeconds": -1}, "INVALID", "waitSeconds"},
		"wait longer than it can":   {vars{"waitSeconds": 66}, "INVALID", "waitSeconds"},
		"wait longest, not enabled": {vars{"waitSeconds": 65, "webhookId": off}, "WEBHOOK_DISABLED", "webhookId"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, sendTest, vars{"input": with(vars{"webhookId": b.mine.webhook}, test.members)}).
				refused("sendTestEvent", test.code, test.field)
			require.Nil(t, out.at("sendTestEvent.delivery"))
			require.Nil(t, out.at("sendTestEvent.attempt"))
			require.Equal(t, before, b.rows())
		})
	}
}

// recordSoon records an attempt of the next delivery that is offered, as the worker would.
func (b *testBundle) recordSoon(status delivery.Status) (stop func()) {
	b.t.Helper()

	known := len(b.dispatcher.offered())
	done := make(chan struct{})

	var wait sync.WaitGroup

	wait.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()

		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}

			if offered := b.dispatcher.offered(); len(offered) > known {
				of := b.mine
				of.webhook = offered[known].WebhookID
				b.attempt(&of, offered[known].DeliveryID, 1, status)

				return
			}
		}
	})

	return func() {
		close(done)
		wait.Wait()
	}
}

func TestSendTestEvent_WaitsForTheFirstAttempt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	stop := b.recordSoon(delivery.Failed)
	defer stop()

	out := b.admin(sendTest, vars{"input": vars{"webhookId": b.mine.webhook, "waitSeconds": 65}})
	require.EqualValues(t, 1, out.at("sendTestEvent.attempt.number"))
	require.Equal(t, "FAILED", out.at("sendTestEvent.attempt.status"))
	require.InDelta(t, 12.345, out.at("sendTestEvent.attempt.durationMs"), 1e-9)
	require.EqualValues(t, 503, out.at("sendTestEvent.attempt.response.statusCode"))
	require.Equal(t, "HTTP_STATUS", out.at("sendTestEvent.attempt.error.code"))
	require.Equal(t, out.at("sendTestEvent.delivery.id"), out.at("sendTestEvent.attempt.delivery.id"))
	require.Equal(t, "FAILED", out.at("sendTestEvent.delivery.status"), "it is shown as it is after the attempt")
}

func TestSendTestEvent_GivesUpWaiting(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	// What happens to others meanwhile does not matter.
	_, other := b.publish(b.mine.org)
	b.attempt(&b.mine, other, 1, delivery.Retrying)

	out := b.admin(sendTest, vars{"input": vars{"webhookId": b.mine.webhook, "waitSeconds": 1}})
	require.Nil(t, out.at("sendTestEvent.attempt"))
	require.Equal(t, "PENDING", out.at("sendTestEvent.delivery.status"))
	require.Equal(t, "SENDING", out.at("sendTestEvent.delivery.stage"))
}

func TestSendTestEvent_MayTakeLongerThanOtherOperations(t *testing.T) {
	t.Parallel()

	// An operation may take no time at all here, and still the wait is to its end.
	b := setup(t, graph.Tuning{OperationTimeout: 500 * time.Millisecond})
	b.fill(&b.mine)

	for name, query := range map[string]string{
		"as it is": sendTest,
		"in a fragment": `mutation ($input: SendTestEventInput!) { ...F } fragment F on Mutation { ... {
			sendTestEvent(input: $input) { delivery { id } attempt { id } userErrors { code } } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.admin(query, vars{"input": vars{"webhookId": b.mine.webhook, "waitSeconds": 1}})
			require.Nil(t, out.at("sendTestEvent.attempt"))
			require.NotNil(t, out.at("sendTestEvent.delivery"))
		})
	}
}

func TestSendTestEvent_EndsWithItsCaller(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	stopped := make(chan struct{})

	go func() {
		defer close(stopped)

		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()

		// Once it is under way, the process stops.
		for range ticker.C {
			if len(b.dispatcher.offered()) > 1 {
				b.stop()

				return
			}
		}
	}()

	started := time.Now()
	out := b.as(apikey.Admin, sendTest, vars{"input": vars{"webhookId": b.mine.webhook, "waitSeconds": 65}})
	<-stopped

	require.NotEmpty(t, out.Errors, out.rawBody)
	require.Less(t, time.Since(started), patience)
}
