package e2e

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

func TestWebhook_DuringARotationBothSecretsVerify(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, nil)

	var rotated struct {
		RotateWebhookSecret struct {
			SigningSecret string
			UserErrors    []stack.UserError
		}
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($id: ID!) {
		rotateWebhookSecret(input: {webhookId: $id, overlapSeconds: 2}) { signingSecret userErrors { code message } }
	}`, map[string]any{"id": hook.ID}, &rotated))
	require.Empty(t, rotated.RotateWebhookSecret.UserErrors)

	before, err := standardwebhooks.NewWebhook(hook.Secret)
	require.NoError(t, err)

	after, err := standardwebhooks.NewWebhook(rotated.RotateWebhookSecret.SigningSecret)
	require.NoError(t, err)

	b.publish(t, "order.paid", map[string]any{"n": 1})
	got := next(t, to)
	require.NoError(t, before.Verify(got.Body, got.Header))
	require.NoError(t, after.Verify(got.Body, got.Header))

	// Real time is the point: the old secret ends by itself.
	require.Eventually(t, func() bool {
		b.publish(t, "order.paid", map[string]any{"n": 2})
		got := next(t, to)
		require.NoError(t, after.Verify(got.Body, got.Header))

		return before.Verify(got.Body, got.Header) != nil
	}, patience, 200*time.Millisecond)
}

func TestWebhook_DisabledHoldsAndEnabledSends(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, nil)
	hook := b.webhook(t, to.URL, map[string]any{"enabled": false})

	for n := range 20 {
		b.publish(t, "order.paid", map[string]any{"n": n})
	}

	b.eventually(t, nil, allHave("HELD", 20))
	require.Empty(t, to.All())

	var enabled struct {
		EnableWebhook struct {
			ReleasedDeliveryCount int
			UserErrors            []stack.UserError
		}
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($id: ID!) {
		enableWebhook(input: {id: $id}) { releasedDeliveryCount userErrors { code message } }
	}`, map[string]any{"id": hook.ID}, &enabled))
	require.Equal(t, 20, enabled.EnableWebhook.ReleasedDeliveryCount)

	b.eventually(t, nil, allHave("SUCCEEDED", 20))
	require.Len(t, to.All(), 20)
}

func TestWebhook_SlowReceiverDoesNotHoldUpOthersOfItsBatch(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	release := make(chan struct{})
	slow := receiver(t, func(int, http.ResponseWriter, *http.Request) { <-release })
	quick := receiver(t, nil)
	b.webhook(t, slow.URL, map[string]any{"settings": map[string]any{"timeoutSeconds": 60}})
	b.webhook(t, quick.URL, nil)

	const events = 100

	b.publishMany(t, events)

	for range events {
		next(t, quick)
	}

	require.Empty(t, slow.Requests, "the slow receiver has not answered yet")
	close(release)

	for range events {
		next(t, slow)
	}

	require.Len(t, quick.All(), events)
	require.Len(t, slow.All(), events)
}

func TestWebhook_ManyEventsArriveOnceEach(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, nil)
	b.webhook(t, to.URL, nil)

	const calls, size = 10, 100

	for range calls {
		b.publishMany(t, size)
	}

	seen := make(map[string]bool)
	for range calls * size {
		seen[next(t, to).Header.Get("webhook-id")] = true
	}

	require.Len(t, seen, calls*size)
	b.eventually(t, map[string]any{"statuses": []string{"PENDING", "RETRYING"}}, allHave("", 0))
	require.Len(t, to.All(), calls*size)
}

func TestWebhook_TestEventReachesOneWebhookWhateverItIsSubscribedTo(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to, other := receiver(t, nil), receiver(t, nil)
	hook := b.webhook(t, to.URL, map[string]any{"eventTypes": []string{}})
	b.webhook(t, other.URL, nil)

	var sent struct {
		SendTestEvent struct {
			Delivery struct {
				Origin string
				Event  struct{ Test bool }
			}
			UserErrors []stack.UserError
		}
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($id: ID!) {
		sendTestEvent(input: {webhookId: $id, eventType: "order.paid", payload: {hello: "world"}}) {
			delivery { origin event { test } } userErrors { code message }
		}
	}`, map[string]any{"id": hook.ID}, &sent))
	require.Empty(t, sent.SendTestEvent.UserErrors)
	require.Equal(t, "TEST", sent.SendTestEvent.Delivery.Origin)
	require.True(t, sent.SendTestEvent.Delivery.Event.Test)

	require.Contains(t, string(next(t, to).Body), `"hello":"world"`)
	b.eventually(t, nil, allHave("SUCCEEDED", 1))
	require.Empty(t, other.All())
}

func TestWebhook_LongAnswerIsKeptUpToALimitAndMarked(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		for n := range 10_000 {
			if _, err := w.Write([]byte(strconv.Itoa(n) + "\n")); err != nil {
				return
			}
		}
	})
	b.webhook(t, to.URL, nil)
	b.publish(t, "order.paid", map[string]any{"n": 1})

	response := b.eventually(t, nil, allHave("SUCCEEDED", 1))[0].Attempts.Nodes[0].Response
	require.Len(t, response.Body, 16<<10)
	require.True(t, response.BodyTruncated)
}
