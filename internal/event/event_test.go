package event_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

func TestPublish_ReachesEveryWebhookWhoseSubscriptionMatchesOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	all, deep, exact := b.webhook(t, true, "*"), b.webhook(t, true, "item.*"), b.webhook(t, true, "item.*", "item.part.added", "*")
	b.webhook(t, true, "order.paid")
	b.webhook(t, true, "item.created")
	b.webhook(t, true)

	published := b.publish(t, "item.part.added")
	require.Equal(t, 3, published.MatchedWebhookCount)

	var got []id.ID
	for _, one := range b.log(t, published.Event) {
		got = append(got, one.WebhookID)

		require.Equal(t, delivery.Pending, one.Status)
		require.Equal(t, delivery.OriginPublish, one.Origin)
		require.Equal(t, 10, one.MaxAttempts)

		if one.WebhookID == exact.ID {
			subscriptions, err := b.webhooks.SubscriptionsByID(t.Context(), []id.ID{*one.SubscriptionID})
			require.NoError(t, err)
			require.Equal(t, "item.part.added", subscriptions[*one.SubscriptionID].EventType, "an exact type goes first")
		}
	}

	require.ElementsMatch(t, []id.ID{all.ID, deep.ID, exact.ID}, got)
	require.Len(t, b.dispatcher.offered, 3)
}

func TestPublish_DisabledSubscriptionAndDeletedWebhookGetNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	off, gone := b.webhook(t, true, "order.paid"), b.webhook(t, true, "order.paid")

	q, err := page.Args{}.Query(true)
	require.NoError(t, err)

	subscriptions, err := b.webhooks.ListSubscriptions(t.Context(), off.ID, q)
	require.NoError(t, err)

	_, err = b.webhooks.UpdateSubscription(t.Context(), b.scope,
		webhook.UpdateSubscriptionInput{ID: subscriptions.Items[0].ID, Enabled: new(false)})
	require.NoError(t, err)

	_, _, err = b.webhooks.Delete(t.Context(), b.scope, gone.ID)
	require.NoError(t, err)

	require.Zero(t, b.publish(t, "order.paid").MatchedWebhookCount)
}

func TestPublish_HoldsWhatIsForADisabledWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, false, "*")
	published := b.publish(t, "order.paid")

	one := b.log(t, published.Event)[0]
	require.Equal(t, delivery.Held, one.Status)
	require.Equal(t, delivery.WebhookDisabled, *one.HeldReason)
	require.Empty(t, b.dispatcher.offered, "what is held costs no workflow")

	held, err := b.flow.Backlogs(t.Context(), []id.ID{hook.ID})
	require.NoError(t, err)
	require.Equal(t, flow.Backlog{Count: 1, OldestAt: one.ID.Time()}, held[hook.ID])

	_, released, err := b.webhooks.Enable(t.Context(), b.scope, hook.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 1, released)

	_, err = b.flow.Step(t.Context(), hook.ID)
	require.NoError(t, err)
	require.Equal(t, delivery.Pending, b.log(t, published.Event)[0].Status)
}

func TestPublish_LeavesUnclaimedWhatThisProcessCannotTakeOn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")
	b.dispatcher.process = nil
	b.publish(t, "order.paid")

	var unclaimed int

	require.NoError(t, b.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM deliveries WHERE claimed_by IS NULL").Scan(&unclaimed))
	require.Equal(t, 1, unclaimed)
	require.Empty(t, b.dispatcher.offered)
}

func TestPublish_RefusesBadInputAndWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")

	archived := b.eventType(t, "old.news", nil)
	_, err := b.types.Archive(t.Context(), b.scope, archived.ID, true)
	require.NoError(t, err)
	b.eventType(t, "strict.type", json.RawMessage(`{"type":"object","required":["total"],"properties":{"total":{"type":"number"}}}`))

	large := json.RawMessage(`{"a":"` + strings.Repeat("x", 256<<10) + `"}`)
	deep := json.RawMessage(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100))
	long := strings.Repeat("k", 256)

	for name, test := range map[string]struct {
		in    event.Input
		code  problem.Code
		field string
	}{
		"archived event type": {input("old.news"), problem.UnknownEventType, "eventType"},
		"empty idempotency key": {
			event.Input{EventType: "order.paid", Payload: json.RawMessage("{}"), IdempotencyKey: new("")}, problem.Required, "idempotencyKey",
		},
		"far in the future": {
			event.Input{EventType: "order.paid", Payload: json.RawMessage("{}"), OccurredAt: new(time.Now().Add(48 * time.Hour))},
			problem.Invalid, "occurredAt",
		},
		"fails its schema": {
			event.Input{EventType: "strict.type", Payload: json.RawMessage(`{"total":"much"}`)}, problem.PayloadSchemaMismatch, "payload",
		},
		"long idempotency key": {
			event.Input{EventType: "order.paid", Payload: json.RawMessage("{}"), IdempotencyKey: &long}, problem.TooLong, "idempotencyKey",
		},
		"not an object":      {event.Input{EventType: "order.paid", Payload: json.RawMessage("[1]")}, problem.Invalid, "payload"},
		"not JSON":           {event.Input{EventType: "order.paid", Payload: json.RawMessage("{")}, problem.Invalid, "payload"},
		"too deep":           {event.Input{EventType: "order.paid", Payload: deep}, problem.Invalid, "payload"},
		"too large":          {event.Input{EventType: "order.paid", Payload: large}, problem.PayloadTooLarge, "payload"},
		"unknown event type": {input("no.such"), problem.UnknownEventType, "eventType"},
		"unstorable name":    {input("a\x00b"), problem.UnknownEventType, "eventType"},
	} {
		_, err := b.events.Publish(t.Context(), b.scope, b.org, test.in)
		problems, ok := problem.Of(err)
		require.True(t, ok, "%s: %v", name, err)
		require.Equal(t, test.code, problems[0].Code, name)
		require.Equal(t, test.field, problems[0].Field[0], name)
	}

	require.Zero(t, b.count(t, "events"))
	require.Zero(t, b.count(t, "deliveries"))
	require.Zero(t, b.count(t, "idempotency_keys"))
}

func TestPublish_PayloadOfExactlyTheLimitIsAccepted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	in := event.Input{EventType: "order.paid", Payload: json.RawMessage(`{ "a": "` + strings.Repeat("x", 256<<10-8) + `" }`)}

	_, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	require.NoError(t, err, "white space does not count")
}

func TestPublish_OfAnotherOrganizationLooksLikeNone(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for _, scope := range []tenant.Scope{tenant.Of(id.New(id.Organization)), {}} {
		_, err := b.events.Publish(t.Context(), scope, b.org, input("order.paid"))
		require.Equal(t, problem.Missing("organization", "organizationId"), err)
	}

	_, err := b.events.Publish(t.Context(), tenant.All(), id.New(id.Organization), input("order.paid"))
	require.Equal(t, problem.Missing("organization", "organizationId"), err)
}

func TestPublish_SameKeySameEventGivesTheFirstOne(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")

	in := input("order.paid")
	in.IdempotencyKey = new("order-1")

	first, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	require.NoError(t, err)
	require.False(t, first.Duplicate)

	in.Payload = json.RawMessage(` { "total" : 1 } `)

	again, err := b.events.Publish(t.Context(), b.scope, b.org, in)
	require.NoError(t, err)
	require.True(t, again.Duplicate)
	require.Equal(t, first.Event.ID, again.Event.ID)
	require.Equal(t, 1, again.MatchedWebhookCount)

	in.Payload = json.RawMessage(`{"total":2}`)
	_, err = b.events.Publish(t.Context(), b.scope, b.org, in)
	problems, _ := problem.Of(err)
	require.Equal(t, problem.IdempotencyConflict, problems[0].Code)

	require.Equal(t, 1, b.count(t, "events"))
	require.Equal(t, 1, b.count(t, "deliveries"))
	require.Len(t, b.dispatcher.offered, 1)
}

func TestPublish_ManyWithOneKeyAtTheSameTimeMakeOneEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")

	var (
		all sync.WaitGroup
		ids [50]id.ID
	)

	for n := range ids {
		all.Go(func() {
			in := input("order.paid")
			in.IdempotencyKey = new(fmt.Sprintf("key-%d", n%2))

			out, err := b.events.Publish(context.Background(), b.scope, b.org, in)
			require.NoError(t, err)

			ids[n] = out.Event.ID
		})
	}

	all.Wait()

	for n, one := range ids {
		require.Equal(t, ids[n%2], one)
	}

	require.Equal(t, 2, b.count(t, "events"))
	require.Equal(t, 2, b.count(t, "deliveries"))
	require.Len(t, b.dispatcher.offered, 2)
}

func TestPublishMany_EachIsAcceptedOrRefusedByItself(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.webhook(t, true, "*")

	keyed := input("order.paid")
	keyed.IdempotencyKey = new("twice")

	results, err := b.events.PublishMany(t.Context(), b.scope, b.org,
		[]event.Input{input("order.paid"), input("no.such"), keyed, keyed, input("item.created")})
	require.NoError(t, err)
	require.Len(t, results, 5)
	require.NoError(t, results[0].Err)
	require.Error(t, results[1].Err)
	require.NoError(t, results[2].Err)
	require.True(t, results[3].Duplicate)
	require.Equal(t, results[2].Event.ID, results[3].Event.ID)
	require.Equal(t, "item.created", results[4].Event.Type)
	require.Equal(t, 3, b.count(t, "events"))

	for _, n := range []int{0, 101} {
		_, err := b.events.PublishMany(t.Context(), b.scope, b.org, make([]event.Input, n))
		problems, ok := problem.Of(err)
		require.True(t, ok)
		require.Equal(t, problem.LimitExceeded, problems[0].Code)
	}
}

func TestList_FiltersByEverythingOffered(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, true, "order.paid")
	first := b.publish(t, "item.created").Event

	keyed := input("order.paid")
	keyed.IdempotencyKey = new("order-1")
	second, err := b.events.Publish(t.Context(), b.scope, b.org, keyed)
	require.NoError(t, err)

	for name, test := range map[string]struct {
		filter event.Filter
		want   []id.ID
	}{
		"all":             {event.Filter{}, []id.ID{first.ID, second.Event.ID}},
		"created before":  {event.Filter{CreatedAt: delivery.TimeRange{To: new(first.ID.Time())}}, nil},
		"delivery status": {event.Filter{DeliveryStatuses: []delivery.Status{delivery.Pending}}, []id.ID{second.Event.ID}},
		"event type":      {event.Filter{EventTypes: []string{"item.created", "a\x00b"}}, []id.ID{first.ID}},
		"idempotency key": {event.Filter{IdempotencyKey: new("order-1")}, []id.ID{second.Event.ID}},
		"no such key":     {event.Filter{IdempotencyKey: new("\x00")}, nil},
		"webhook":         {event.Filter{WebhookIDs: []id.ID{hook.ID}}, []id.ID{second.Event.ID}},
	} {
		q, err := page.Args{}.Query(true)
		require.NoError(t, err)

		found, err := b.events.List(t.Context(), b.scope, b.org, test.filter, q)
		require.NoError(t, err, name)

		var got []id.ID
		for _, one := range found.Items {
			got = append(got, one.ID)
		}

		require.Equal(t, test.want, got, name)
	}
}
