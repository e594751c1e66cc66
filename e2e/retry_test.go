package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/e2e/stack"
)

// answers responds with these status codes in turn, and with the last one from then on.
func answers(codes ...int) responder {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		code := codes[min(n, len(codes)-1)]
		if code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}

		w.WriteHeader(code)
	}
}

// slack is by how much something may come late on a busy machine. Nothing may come early by more than clocks differ.
const slack = 5 * time.Second

// afterwards checks that something came when it was due.
func afterwards(t *testing.T, wait time.Duration, from, to time.Time) {
	t.Helper()
	require.GreaterOrEqual(t, to.Sub(from), wait-500*time.Millisecond)
	require.Less(t, to.Sub(from), wait+slack)
}

func TestRetry_FailuresAreRetriedAsPromisedAndShownLive(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(500, 503, 200))
	hook := b.webhook(t, to.URL, map[string]any{
		"eventTypes": []string{"order.paid"}, "settings": retries(2, 600)["settings"],
	})

	live := b.listen(t)

	b.publish(t, "order.paid", map[string]any{"id": 1})

	var (
		seen  []stack.Received
		times []time.Time
	)

	for n, want := range []struct {
		code     int
		attempt  string
		delivery string
	}{{500, "FAILED", "RETRYING"}, {503, "FAILED", "RETRYING"}, {200, "SUCCEEDED", "SUCCEEDED"}} {
		got := next(t, to)
		seen = append(seen, got)
		times = append(times, got.At)

		attempt := hear(t, live, hook.ID)
		require.Equal(t, n+1, attempt.Number)
		require.Equal(t, "AUTOMATIC", attempt.Trigger)
		require.Equal(t, want.attempt, attempt.Status)
		require.Equal(t, want.code, attempt.Response.StatusCode)
		require.Equal(t, want.delivery, attempt.Delivery.Status)
		require.Equal(t, n+1, attempt.Delivery.AttemptCount)
		require.Equal(t, got.Header.Get("webhook-id"), attempt.Delivery.ID)
		require.Less(t, time.Since(got.At), slack, "pushed as it happened")
	}

	// The second wait is the webhook's own first delay, the third what Retry-After asked for instead of ten minutes.
	afterwards(t, 2*time.Second, times[0], times[1])
	afterwards(t, time.Second, times[1], times[2])

	for _, one := range seen[1:] {
		require.Equal(t, seen[0].Header.Get("webhook-id"), one.Header.Get("webhook-id"))
		require.Equal(t, sha256.Sum256(seen[0].Body), sha256.Sum256(one.Body))
		require.NotEqual(t, seen[0].Header.Get("webhook-signature"), one.Header.Get("webhook-signature"),
			"each attempt is signed for its own time")
	}

	log := b.eventually(t, map[string]any{"webhookIds": []string{hook.ID}}, allHave("SUCCEEDED", 1))
	require.Len(t, log[0].Attempts.Nodes, 3)
	require.Equal(t, string(seen[0].Body), log[0].Attempts.Nodes[0].Request.Body)
}

// pushed is an attempt as a subscriber sees it.
type pushed struct {
	Number          int
	Status, Trigger string
	Response        struct{ StatusCode int }
	Delivery        struct {
		ID, Status   string
		AttemptCount int
		Webhook      struct{ ID string }
	}
}

// listen subscribes to all attempts of the organization.
func (b *testBundle) listen(t *testing.T) *stack.Subscription {
	t.Helper()

	// It is closed by the clean-up, which comes after the end of the test's context.
	live, err := b.Subscribe(context.WithoutCancel(t.Context()), `subscription ($org: ID!) {
		deliveryAttemptRecorded(organizationId: $org) {
			number status trigger response { statusCode } delivery { id status attemptCount webhook { id } }
		}
	}`, map[string]any{"org": b.OrganizationID})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, live.Close()) })

	return live
}

// hear waits for the next attempt to reach a webhook.
func hear(t *testing.T, live *stack.Subscription, webhook string) pushed {
	t.Helper()

	for {
		select {
		case raw, open := <-live.Data:
			require.True(t, open, "subscription ended: %v", live.Err())

			var push struct {
				Data struct{ DeliveryAttemptRecorded pushed }
			}

			require.NoError(t, json.Unmarshal(raw, &push))

			if attempt := push.Data.DeliveryAttemptRecorded; attempt.Delivery.Webhook.ID == webhook {
				return attempt
			}
		case <-time.After(patience):
			require.Fail(t, "the attempt was not pushed")
		}
	}
}

func TestRetry_ExhaustedDeliveryCanBeRetriedByHand(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(500, 200))
	b.webhook(t, to.URL, retries())
	b.publish(t, "order.paid", map[string]any{"id": 1})

	failed := b.eventually(t, nil, allHave("FAILED", 1))[0]
	require.Equal(t, 1, failed.MaxAttempts)
	require.Equal(t, "HTTP_STATUS", failed.Attempts.Nodes[0].Error.Code)

	require.Empty(t, b.retry(t, failed.ID))

	done := b.eventually(t, nil, allHave("SUCCEEDED", 1))[0]
	require.Equal(t, 2, done.AttemptCount)
	require.Equal(t, "MANUAL", done.Attempts.Nodes[0].Trigger)

	require.Equal(t, "NOT_RETRYABLE", b.retry(t, failed.ID)[0].Code)
	require.Len(t, to.All(), 2)
}

func TestRetry_ByHandCutsTheWaitShortAndKeepsTheSchedule(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(500, 500, 200))
	b.webhook(t, to.URL, retries(10))
	b.publish(t, "order.paid", map[string]any{"id": 1})

	first := next(t, to)
	waiting := b.eventually(t, nil, allHave("RETRYING", 1))[0]
	require.Empty(t, b.retry(t, waiting.ID))

	second := next(t, to)
	require.Less(t, second.At.Sub(first.At), 8*time.Second)

	third := next(t, to)
	afterwards(t, 10*time.Second, first.At, third.At)

	done := b.eventually(t, nil, allHave("SUCCEEDED", 1))[0]
	require.Equal(t, 3, done.AttemptCount)
	require.Equal(t, "MANUAL", done.Attempts.Nodes[1].Trigger)
	require.Equal(t, "AUTOMATIC", done.Attempts.Nodes[0].Trigger)
}

func TestSteering_PostponedAndCanceledDeliveriesDoAsTheyAreTold(t *testing.T) {
	t.Parallel()

	b := setup(t, "order.paid")
	to := receiver(t, answers(500, 500, 200))
	b.webhook(t, to.URL, retries(3600, 3600))
	b.publish(t, "order.paid", map[string]any{"id": 1})

	first := next(t, to)
	waiting := b.eventually(t, nil, allHave("RETRYING", 1))[0]

	// Sooner than the schedule has it, and still the schedule's own attempt.
	until := time.Now().Add(2 * time.Second)
	change(t, b.Client, "postponeDelivery", map[string]any{
		"deliveryId": waiting.ID, "until": until.UTC().Format(time.RFC3339Nano),
	}, "delivery { nextAttemptAt }", nil)

	second := next(t, to)
	require.WithinRange(t, second.At, until.Add(-500*time.Millisecond), until.Add(slack))
	require.Equal(t, first.Body, second.Body)

	b.eventually(t, nil, func(all []stack.Delivery) bool {
		return len(all) == 1 && all[0].Status == "RETRYING" && all[0].AttemptCount == 2
	})

	client := temporal(t)
	change(t, b.Client, "cancelDelivery", map[string]any{"deliveryId": waiting.ID}, "delivery { status }", nil)

	// Its workflow ends at once and not in an hour.
	var result struct{ State string }

	require.NoError(t, client.GetWorkflow(t.Context(), waiting.ID, "").Get(t.Context(), &result))
	require.Equal(t, "CANCELED", result.State)

	canceled := b.eventually(t, nil, allHave("CANCELED", 1))[0]
	require.Equal(t, "AUTOMATIC", canceled.Attempts.Nodes[0].Trigger)
	require.Len(t, to.All(), 2)

	require.Empty(t, b.retry(t, waiting.ID))
	b.eventually(t, nil, allHave("SUCCEEDED", 1))
}

func (b *testBundle) retry(t *testing.T, delivery string) []stack.UserError {
	t.Helper()

	var out struct {
		RetryDelivery struct{ UserErrors []stack.UserError }
	}

	require.NoError(t, b.Do(t.Context(), `mutation ($id: ID!) {
		retryDelivery(input: {deliveryId: $id}) { delivery { status } userErrors { code message field } }
	}`, map[string]any{"id": delivery}, &out))

	return out.RetryDelivery.UserErrors
}
