package bulk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/webhook"
)

// deliveriesOf returns the deliveries of an event, oldest first.
func (b *testBundle) deliveriesOf(t *testing.T, of id.ID) []delivery.Delivery {
	t.Helper()

	found, err := b.deliveries.List(t.Context(), b.scope, b.org, delivery.Filter{EventIDs: []id.ID{of}},
		page.Query{Size: 100, Ascending: true})
	require.NoError(t, err)

	return found.Items
}

func (b *testBundle) missing(t *testing.T, hook id.ID, since time.Time) bulk.Operation {
	t.Helper()

	out, err := b.bulk.Missing(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: since})

	return started(t, out, err)
}

func TestMissing_MakesTheDeliveriesThatASubscriptionWantsNow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	early := b.publish(t, input("item.created", `{"n":0}`))
	since := nextMillisecond(early.ID)

	var wanted event.Event
	for wanted = early; wanted.ID.Time().Before(since); {
		wanted = b.publish(t, input("item.created", `{"n":1}`))
	}

	listed := b.publish(t, event.Input{
		EventType: "order.paid", Payload: []byte(`{"n":1}`), ResourceIDs: []string{"shop-1"},
	})
	elsewhere := b.publish(t, event.Input{
		EventType: "order.paid", Payload: []byte(`{"n":1}`), ResourceIDs: []string{"shop-2"},
	})
	filtered := b.publish(t, input("item.created", `{"n":-1}`))
	targeted := b.publish(t, input("item.created", `{"n":1}`))
	mine := b.publish(t, input("item.created", `{"n":1}`))

	// What it may not get, or not any more.
	test := b.publish(t, input("item.created", `{"n":1}`))
	quarantined := b.publish(t, input("item.created", `{"n":1}`))
	expunged := b.publish(t, input("item.created", `{"n":1}`))

	hook := b.webhook(t,
		webhook.SubscriptionInput{EventType: "*", Enabled: true, ResourceIDs: []string{"shop-1"}},
		webhook.SubscriptionInput{EventType: "item.created", Enabled: true, Filter: new("event.data.n > 0")},
		webhook.SubscriptionInput{EventType: "item.*", Enabled: false},
	)
	has := b.publish(t, input("item.created", `{"n":1}`))
	require.Len(t, b.deliveriesOf(t, has.ID), 1)

	b.exec(t, "UPDATE events SET test = true WHERE id = $1", test.ID.UUID())
	b.exec(t, "UPDATE events SET quarantined_at = now() WHERE id = $1", quarantined.ID.UUID())
	b.exec(t, "UPDATE events SET expunged_at = now() WHERE id = $1", expunged.ID.UUID())
	b.exec(t, "UPDATE events SET target_webhook_ids = $2 WHERE id = $1", targeted.ID.UUID(), id.UUIDs([]id.ID{id.New(id.Webhook)}))
	b.exec(t, "UPDATE events SET target_webhook_ids = $2 WHERE id = $1", mine.ID.UUID(), id.UUIDs([]id.ID{hook}))

	// A pattern is not for what Surehook says itself.
	require.NoError(t, b.events.PublishOperational(t.Context(), b.org, eventtype.WebhookDisabled, "once", map[string]any{}))

	job := b.missing(t, hook, since)
	require.Equal(t, bulk.ReplayMissing, job.Kind)
	require.Equal(t, 5, job.Total, "events to look at")

	later := b.publish(t, input("order.paid", `{"n":1}`))

	done := b.finish(t, job)
	require.Equal(t, []int{5, 5, 0, 2}, []int{done.Total, done.Processed, done.Failed, done.Skipped})

	subscriptions, err := b.webhooks.ListSubscriptions(t.Context(), hook, page.Query{Size: 10, Ascending: true})
	require.NoError(t, err)

	for of, subscription := range map[id.ID]webhook.Subscription{
		wanted.ID: subscriptions.Items[1], mine.ID: subscriptions.Items[1], listed.ID: subscriptions.Items[0],
	} {
		made := b.deliveriesOf(t, of)
		require.Len(t, made, 1)
		require.Equal(t, hook, made[0].WebhookID)
		require.Equal(t, delivery.Pending, made[0].Status)
		require.Equal(t, delivery.OriginReplay, made[0].Origin)
		require.Equal(t, subscription.ID, *made[0].SubscriptionID)
		require.Equal(t, job.ID, *made[0].OperationID)
		require.Nil(t, made[0].ReplayOfID)
		require.False(t, made[0].Claimed)
		require.Zero(t, made[0].AttemptCount)
		require.Positive(t, made[0].MaxAttempts)
		require.NotNil(t, made[0].DueAt)
	}

	for _, of := range []event.Event{early, elsewhere, filtered, targeted, test, quarantined, expunged, later} {
		require.Empty(t, b.deliveriesOf(t, of.ID))
	}

	require.Len(t, b.deliveriesOf(t, has.ID), 1)
	require.Equal(t, 4, b.count(t, "SELECT count(*) FROM deliveries"))

	// The second time nothing is missing but what it does not want.
	again := b.finish(t, b.missing(t, hook, since))
	require.Equal(t, []int{3, 3}, []int{again.Processed, again.Skipped})
	require.Equal(t, 4, b.count(t, "SELECT count(*) FROM deliveries"))
}

func TestMissing_HoldsAndCountsWhatCannotBeSent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	gone := b.publish(t, input("item.created", `{"n":1}`))
	held := b.publish(t, input("item.created", `{"n":1}`))
	hook := b.webhook(t, webhook.SubscriptionInput{EventType: "item.created", Enabled: true, Filter: new("event.data.n > 0")})

	b.exec(t, "DELETE FROM event_payloads WHERE event_id = $1", gone.ID.UUID())
	_, err := b.webhooks.Disable(t.Context(), b.scope, hook)
	require.NoError(t, err)

	done := b.finish(t, b.missing(t, hook, gone.ID.Time()))
	require.Equal(t, []int{2, 1, 0}, []int{done.Processed, done.Failed, done.Skipped})
	require.Equal(t, gone.ID, done.Failures[0].ItemID)
	require.Equal(t, bulk.PayloadGone, done.Failures[0].Code)

	made := b.deliveriesOf(t, held.ID)
	require.Len(t, made, 1)
	require.Equal(t, delivery.Held, made[0].Status)
	require.Equal(t, delivery.WebhookDisabled, *made[0].HeldReason)

	_, released, err := b.webhooks.Enable(t.Context(), b.scope, hook, nil)
	require.NoError(t, err)
	require.Equal(t, 1, released)
}

func TestMissing_EndsWhenItsWebhookIsDeleted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	since := b.publish(t, input("item.created", `{}`)).CreatedAt

	for range 2 {
		b.publish(t, input("item.created", `{}`))
	}

	hook := b.webhook(t, to("item.created"))
	job := b.missing(t, hook, since)

	_, _, err := b.webhooks.Delete(t.Context(), b.scope, hook)
	require.NoError(t, err)

	done := b.finish(t, job)
	require.Equal(t, []int{3, 3, 3, 0}, []int{done.Total, done.Processed, done.Failed, done.Skipped})
	require.Equal(t, []bulk.Failure{{
		ItemID: hook, Code: bulk.WebhookDeleted, Message: "the webhook was deleted",
	}}, done.Failures)
}

func TestMissing_LooksThroughMoreThanItsRateWhereNothingIsWanted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	since := time.Now().Truncate(time.Millisecond)

	b.put(t, 600, id.New(id.Webhook), delivery.Succeeded)

	hook := b.webhook(t, webhook.SubscriptionInput{EventType: "item.*", Enabled: true, Filter: new("has(event.data.n)")})
	out, err := b.bulk.Missing(t.Context(), b.scope, bulk.SpanInput{
		WebhookID: hook, Since: since, Options: bulk.Options{MaxPerSecond: new(1)},
	})
	job := started(t, out, err)

	began := time.Now()
	done := b.finish(t, job)
	require.Equal(t, []int{600, 600}, []int{done.Processed, done.Skipped})
	require.Less(t, time.Since(began), 20*time.Second, "only what is sent counts")
}

func TestReplay_MakesADeliveryForEachWebhookThatWasNamed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook, subscribed := b.webhook(t), b.webhook(t, to("*"))
	of := b.publish(t, input("item.created", `{}`))
	first := b.deliveriesOf(t, of.ID)[0]
	b.end(t, delivery.Succeeded, first.ID)

	replay := func() bulk.Operation {
		t.Helper()

		out, err := b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{
			EventID: of.ID, WebhookIDs: []id.ID{subscribed, hook, subscribed},
		})

		return b.finish(t, started(t, out, err))
	}

	one := replay()
	require.Equal(t, bulk.ReplayEvent, one.Kind)
	require.Equal(t, of.ID, *one.EventID)
	require.Equal(t, []int{2, 2, 0, 0}, []int{one.Total, one.Processed, one.Failed, one.Skipped})

	two := replay()
	made := b.deliveriesOf(t, of.ID)
	require.Len(t, made, 5)

	// Each repeats the one before it, and is carried by itself.
	last := map[id.ID]*id.ID{subscribed: &first.ID, hook: nil}
	for n, now := range made[1:] {
		require.Equal(t, delivery.OriginReplay, now.Origin)
		require.Equal(t, delivery.Pending, now.Status)
		require.Equal(t, last[now.WebhookID], now.ReplayOfID)
		require.Equal(t, now.WebhookID == subscribed, now.SubscriptionID != nil)
		require.Equal(t, []id.ID{one.ID, one.ID, two.ID, two.ID}[n], *now.OperationID)

		last[now.WebhookID] = &now.ID
	}

	require.Equal(t, first.ID, b.deliveriesOf(t, of.ID)[0].ID)
	require.Equal(t, delivery.Succeeded, b.delivery(t, first.ID).Status)
}

func TestReplay_GoesToAllThatWouldGetItNow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	of := b.publish(t, input("item.created", `{"n":1}`))

	wants := []id.ID{
		b.webhook(t, to("item.created")),
		b.webhook(t, webhook.SubscriptionInput{EventType: "*", Enabled: true, Filter: new("event.data.n == 1")}),
	}
	b.webhook(t, webhook.SubscriptionInput{EventType: "*", Enabled: true, Filter: new("event.data.n == 2")})
	b.webhook(t, to("order.paid"))

	out, err := b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{EventID: of.ID})
	require.Equal(t, 2, b.finish(t, started(t, out, err)).Processed)

	var got []id.ID
	for _, one := range b.deliveriesOf(t, of.ID) {
		got = append(got, one.WebhookID)
		require.NotNil(t, one.SubscriptionID)
	}

	require.ElementsMatch(t, wants, got)

	// An event that was for some only stays so.
	b.exec(t, "UPDATE events SET target_webhook_ids = $2 WHERE id = $1", of.ID.UUID(), id.UUIDs(wants[:1]))

	out, err = b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{EventID: of.ID})
	require.Equal(t, 1, started(t, out, err).Total)
}

func TestReplay_GoesThroughMoreWebhooksThanOneStepTakes(t *testing.T) {
	t.Parallel()

	b := setup(t)
	of := b.publish(t, input("item.created", `{}`))

	var hooks []id.ID
	for range 12 {
		hooks = append(hooks, b.webhook(t))
	}

	slices.Reverse(hooks)

	out, err := b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{
		EventID: of.ID, WebhookIDs: hooks, Options: bulk.Options{MaxPerSecond: new(50)},
	})
	require.Equal(t, 12, b.finish(t, started(t, out, err)).Processed)

	got := make(map[string]int)
	for _, one := range b.deliveriesOf(t, of.ID) {
		got[one.WebhookID.String()]++
	}

	require.Len(t, got, 12)

	for _, hook := range hooks {
		require.Equal(t, 1, got[hook.String()], fmt.Sprint(hook))
	}
}

func TestReplay_CountsWhatIsGoneByThen(t *testing.T) {
	t.Parallel()

	b := setup(t)
	of := b.publish(t, input("item.created", `{}`))
	kept, deleted := b.webhook(t), b.webhook(t)

	out, err := b.bulk.Replay(t.Context(), b.scope, bulk.ReplayInput{EventID: of.ID, WebhookIDs: []id.ID{kept, deleted}})
	job := started(t, out, err)

	_, _, err = b.webhooks.Delete(t.Context(), b.scope, deleted)
	require.NoError(t, err)
	b.exec(t, "DELETE FROM event_payloads")

	done := b.finish(t, job)
	require.Equal(t, 2, done.Failed)
	require.Equal(t, []id.ID{kept, deleted}, []id.ID{done.Failures[0].ItemID, done.Failures[1].ItemID})
	require.Equal(t, bulk.PayloadGone, done.Failures[0].Code)
	require.Equal(t, bulk.WebhookDeleted, done.Failures[1].Code)
	require.Empty(t, b.deliveriesOf(t, of.ID))
}
