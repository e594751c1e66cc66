package explain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/explain"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/matching"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/page"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

// expected is a decision as far as a test can know it.
type expected struct {
	reason       matching.Reason
	subscribedTo string
	detail       string
}

func (b *testBundle) require(t *testing.T, of event.Event, hook id.ID, want expected, got explain.Decision) {
	t.Helper()

	require.Equal(t, hook, got.Webhook.ID)
	require.Equal(t, want.reason, got.Reason)
	require.Equal(t, b.deliveries(t, of, hook) > 0, got.Matched, "%s", got.Reason)
	require.Equal(t, got.Matched, got.DeliveryID != nil)
	require.Equal(t, want.subscribedTo, value(got.SubscribedTo))
	require.Equal(t, want.subscribedTo != "", got.SubscriptionID != nil)
	require.Equal(t, want.detail, value(got.Detail))
}

func value(of *string) string {
	if of == nil {
		return ""
	}

	return *of
}

func TestDecisions_SayWhyOfEveryWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	off := webhook.SubscriptionInput{EventType: "*"}
	listed := webhook.SubscriptionInput{EventType: "order.*", Enabled: true, ResourceIDs: []string{"b"}}

	cases := []struct {
		subscriptions []webhook.SubscriptionInput
		want          expected
	}{
		{nil, expected{matching.NotSubscribed, "", ""}},
		{[]webhook.SubscriptionInput{to("order.strict"), to("item.*")}, expected{matching.NotSubscribed, "", ""}},
		{[]webhook.SubscriptionInput{off}, expected{matching.SubscriptionDisabled, "*", ""}},
		{[]webhook.SubscriptionInput{listed}, expected{matching.ResourceNotListed, "order.*", ""}},
		{
			[]webhook.SubscriptionInput{filtered("*", "event.data.n == 2 || event.test")},
			expected{matching.FilterMismatch, "*", "event.data.n == 2 is false: event.data.n is 1; event.test is false"},
		},
		{
			[]webhook.SubscriptionInput{filtered("*", "event.data.m == 2")},
			expected{matching.FilterMismatch, "*", "event.data.m == 2 lacks data: no such key: m"},
		},
		{
			[]webhook.SubscriptionInput{filtered("*", "event.data.n == 3"), filtered("order.paid", "event.data.n == 2")},
			expected{matching.FilterMismatch, "order.paid", "event.data.n == 2 is false: event.data.n is 1"},
		},
		{[]webhook.SubscriptionInput{filtered("*", "event.data.n > 'a'")}, expected{matching.FilterFailed, "*", "no such overload"}},
		{[]webhook.SubscriptionInput{filtered("*", "event.data.n == 1")}, expected{matching.Matched, "*", ""}},
		{[]webhook.SubscriptionInput{to("*"), to("order.paid")}, expected{matching.Matched, "order.paid", ""}},
		{[]webhook.SubscriptionInput{filtered("order.paid", "false"), to("order.*")}, expected{matching.Matched, "order.*", ""}},
	}

	hooks := make([]id.ID, len(cases))
	for n, one := range cases {
		hooks[n] = b.webhook(t, one.subscriptions...)
	}

	// One that is off gets what it missed when it is back.
	_, err := b.webhooks.Disable(t.Context(), b.scope, hooks[len(hooks)-1])
	require.NoError(t, err)

	published := b.publish(t, nil)
	got := b.all(t, published)
	require.Len(t, got, len(cases))

	for n, one := range cases {
		b.require(t, published, hooks[n], one.want, got[hooks[n]])
	}
}

func TestDecisions_GoByWhatSubscriptionsWereLikeThen(t *testing.T) {
	t.Parallel()

	b := setup(t)
	changed, gone, turned, moved := b.webhook(t, filtered("*", "event.data.n == 2")), b.webhook(t, filtered("*", "event.data.n == 3")),
		b.webhook(t, to("order.paid")), b.webhook(t, to("order.strict"))

	// What was true only before counts as little as what is true only now.
	b.change(t, changed, func(in *webhook.UpdateSubscriptionInput) { in.Filter = optional.Of("event.data.n == 4") })

	published := b.publish(t, nil)

	b.change(t, changed, func(in *webhook.UpdateSubscriptionInput) { in.Filter = optional.Of("true") })
	b.change(t, turned, func(in *webhook.UpdateSubscriptionInput) {
		in.Enabled, in.EventType = new(false), new("order.*")
	})
	b.change(t, moved, func(in *webhook.UpdateSubscriptionInput) { in.EventType = new("order.paid") })

	subscription := b.only(t, gone)
	_, _, err := b.webhooks.DeleteSubscription(t.Context(), b.scope, subscription.ID)
	require.NoError(t, err)

	got := b.all(t, published)
	b.require(t, published, changed, expected{matching.FilterMismatch, "*", "event.data.n == 4 is false: event.data.n is 1"}, got[changed])
	b.require(t, published, gone, expected{matching.FilterMismatch, "*", "event.data.n == 3 is false: event.data.n is 1"}, got[gone])
	b.require(t, published, turned, expected{matching.Matched, "order.paid", ""}, got[turned])
	b.require(t, published, moved, expected{matching.NotSubscribed, "", ""}, got[moved])
	require.Equal(t, subscription.ID, *got[gone].SubscriptionID)

	// The next one goes by what is so now.
	next := b.publish(t, nil)
	got = b.all(t, next)
	b.require(t, next, changed, expected{matching.Matched, "*", ""}, got[changed])
	b.require(t, next, gone, expected{matching.NotSubscribed, "", ""}, got[gone])
	b.require(t, next, turned, expected{matching.SubscriptionDisabled, "order.*", ""}, got[turned])
	b.require(t, next, moved, expected{matching.Matched, "order.paid", ""}, got[moved])
}

// change changes the only subscription of a webhook.
func (b *testBundle) change(t *testing.T, hook id.ID, change func(in *webhook.UpdateSubscriptionInput)) {
	t.Helper()

	in := webhook.UpdateSubscriptionInput{ID: b.only(t, hook).ID}
	change(&in)

	_, err := b.webhooks.UpdateSubscription(t.Context(), b.scope, in)
	require.NoError(t, err)
}

func TestDecisions_TellWhatCameAfterTheEvent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	subscribed, other := b.webhook(t), b.webhook(t, filtered("*", "event.data.n == 2"))
	published := b.publish(t, nil)
	late := b.webhook(t, to("*"))

	for _, hook := range []id.ID{subscribed, other} {
		_, err := b.webhooks.CreateSubscription(t.Context(), b.scope, webhook.CreateSubscriptionInput{
			WebhookID: hook, SubscriptionInput: to("order.paid"),
		})
		require.NoError(t, err)
	}

	got := b.all(t, published)
	require.Len(t, got, 3)
	b.require(t, published, late, expected{matching.CreatedAfterEvent, "", ""}, got[late])
	b.require(t, published, subscribed, expected{matching.CreatedAfterEvent, "order.paid", ""}, got[subscribed])
	require.Equal(t, b.only(t, subscribed).ID, *got[subscribed].SubscriptionID)
	b.require(t, published, other, expected{matching.FilterMismatch, "*", "event.data.n == 2 is false: event.data.n is 1"}, got[other])
}

func TestDecisions_KeepWebhooksThatWereDeletedLater(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before, served, unserved := b.webhook(t, to("*")), b.webhook(t, to("order.paid")), b.webhook(t, filtered("*", "event.test"))

	b.delete(t, before)

	published := b.publish(t, nil)

	b.delete(t, served)
	b.delete(t, unserved)

	got := b.all(t, published)
	require.Len(t, got, 2)
	b.require(t, published, served, expected{matching.Matched, "order.paid", ""}, got[served])
	b.require(t, published, unserved, expected{matching.FilterMismatch, "*", "event.test is false"}, got[unserved])
	require.NotNil(t, got[served].Webhook.DeletedAt)
}

func (b *testBundle) delete(t *testing.T, hook id.ID) {
	t.Helper()

	_, _, err := b.webhooks.Delete(t.Context(), b.scope, hook)
	require.NoError(t, err)
}

func TestDecisions_OfEventsForSomeWebhooksOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	named, unnamed, deaf := b.webhook(t, to("*")), b.webhook(t, to("*")), b.webhook(t, to("order.strict"))

	published := b.publish(t, func(in *event.Input) { in.WebhookIDs = []id.ID{named, deaf} })
	got := b.all(t, published)
	b.require(t, published, named, expected{matching.Matched, "*", ""}, got[named])
	b.require(t, published, unnamed, expected{matching.NotTargeted, "", ""}, got[unnamed])
	b.require(t, published, deaf, expected{matching.NotSubscribed, "", ""}, got[deaf])

	published = b.publish(t, func(in *event.Input) { in.WebhookIDs = []id.ID{} })
	for _, one := range b.all(t, published) {
		require.Equal(t, matching.NotTargeted, one.Reason)
	}

	sent, err := b.events.SendTest(t.Context(), b.scope, event.TestInput{WebhookID: deaf})
	require.NoError(t, err)

	var test uuid.UUID

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT event_id FROM deliveries WHERE id = $1", sent.UUID()).Scan(&test))

	published = event.Event{ID: id.Event.From(test)}
	// Tests that were sent before events could name webhooks name none.
	for range 2 {
		got = b.all(t, published)
		b.require(t, published, deaf, expected{matching.Matched, "", ""}, got[deaf])
		b.require(t, published, unnamed, expected{matching.NotTargeted, "", ""}, got[unnamed])
		b.exec(t, "UPDATE events SET target_webhook_ids = NULL WHERE id = $1", test)
	}
}

func TestDecisions_OfEventsInQuarantineComeWithTheirRelease(t *testing.T) {
	t.Parallel()

	b := setup(t)
	on, picky, unnamed := b.webhook(t, to("*")), b.webhook(t, filtered("*", "event.data.n == 1")), b.webhook(t, to("*"))

	held := b.publish(t, func(in *event.Input) {
		in.EventType, in.Payload, in.WebhookIDs = "order.strict", json.RawMessage(`{"m":1}`), []id.ID{on, picky}
	})
	got := b.all(t, held)
	mismatch := value(got[on].Detail)
	require.NotEmpty(t, mismatch, "what was wrong with it")
	b.require(t, held, on, expected{matching.Quarantined, "", mismatch}, got[on])
	b.require(t, held, picky, expected{matching.Quarantined, "", mismatch}, got[picky])
	b.require(t, held, unnamed, expected{matching.NotTargeted, "", ""}, got[unnamed])

	// What is so when it is released decides.
	b.change(t, picky, func(in *webhook.UpdateSubscriptionInput) { in.Filter = optional.Of("event.data.n == 2") })

	_, err := b.events.Release(t.Context(), b.scope, held.ID, true)
	require.NoError(t, err)
	b.change(t, picky, func(in *webhook.UpdateSubscriptionInput) { in.Filter = optional.Of("event.data.n == 3") })

	got = b.all(t, held)
	b.require(t, held, on, expected{matching.Matched, "*", ""}, got[on])
	b.require(t, held, picky, expected{matching.FilterMismatch, "*", "event.data.n == 2 lacks data: no such key: n"}, got[picky])
}

func TestDecisions_SayWhenThePayloadWouldHaveToTell(t *testing.T) {
	t.Parallel()

	b := setup(t)
	served, unserved, failed := b.webhook(t, filtered("*", "event.data.n == 1")), b.webhook(t, filtered("*", "event.data.n == 2")),
		b.webhook(t, filtered("*", "event.data.n > 'a'"))
	other, off := b.webhook(t, filtered("*", "event.type == 'x'")), b.webhook(t, webhook.SubscriptionInput{EventType: "*"})
	published := b.publish(t, nil)

	b.exec(t, "DELETE FROM event_payloads WHERE event_id = $1", published.ID.UUID())

	got := b.all(t, published)
	b.require(t, published, served, expected{matching.Matched, "*", ""}, got[served])
	b.require(t, published, unserved, expected{matching.PayloadGone, "*", ""}, got[unserved])
	b.require(t, published, failed, expected{matching.Matched, "*", ""}, got[failed])
	b.require(t, published, other, expected{matching.FilterMismatch, "*", `event.type == "x" is false: event.type is "order.paid"`}, got[other])
	b.require(t, published, off, expected{matching.SubscriptionDisabled, "*", ""}, got[off])
}

func TestDecisions_CountDeliveriesThatSomebodyWanted(t *testing.T) {
	t.Parallel()

	b := setup(t)
	served, unserved := b.webhook(t, to("order.paid")), b.webhook(t, filtered("*", "event.data.n == 2"))
	published := b.publish(t, nil)
	first := b.all(t, published)[served]

	replay := func(hook id.ID, subscription *uuid.UUID) id.ID {
		made := id.New(id.Delivery)
		b.exec(t, `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, subscription_id, event_type, status, origin,
				max_attempts, next_attempt_at, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, 'order.paid', 'PENDING', 'REPLAY', 3, now(), now(), now())`,
			made.UUID(), b.mine.UUID(), published.ID.UUID(), hook.UUID(), subscription)

		return made
	}

	again, wanted := replay(served, nil), replay(unserved, new(b.only(t, unserved).ID.UUID()))

	got := b.all(t, published)
	b.require(t, published, served, expected{matching.Matched, "order.paid", ""}, got[served])
	require.Equal(t, again, *got[served].DeliveryID, "the newest")
	require.NotEqual(t, again, *first.DeliveryID)
	require.Equal(t, first.SubscriptionID, got[served].SubscriptionID, "the one that decided first")
	b.require(t, published, unserved, expected{matching.Matched, "*", ""}, got[unserved])
	require.Equal(t, wanted, *got[unserved].DeliveryID)
}

func TestDecisions_SayWhenADeliveryIsMissing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, to("*"))
	published := b.publish(t, nil)
	b.exec(t, "DELETE FROM deliveries")

	got := b.all(t, published)[hook]
	require.Equal(t, matching.Matched, got.Reason)
	require.True(t, got.Matched)
	require.Nil(t, got.DeliveryID)
	require.Contains(t, *got.Detail, "there is no delivery")
}

func TestDecisions_OfDerivedEventsGoByTheirOwnType(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t, to("order.paid"))
	b.derive(t, "order.any")

	published := b.publish(t, nil)
	derived, err := b.events.Derived(t.Context(), []id.ID{published.ID})
	require.NoError(t, err)

	one := derived[published.ID][0]
	b.require(t, one, hook, expected{matching.NotSubscribed, "", ""}, b.all(t, one)[hook])
	b.require(t, published, hook, expected{matching.Matched, "order.paid", ""}, b.all(t, published)[hook])
}

func TestDecisions_AreOfOneOrganization(t *testing.T) {
	t.Parallel()

	b := setup(t)
	mine := b.webhook(t, to("*"))
	foreign := b.organization(t)
	b.webhookOf(t, foreign, to("*"))

	published := b.publish(t, nil)
	got := b.all(t, published)
	require.Len(t, got, 1)
	require.Contains(t, got, mine)

	for _, scope := range []tenant.Scope{tenant.Of(foreign), {}} {
		_, err := b.Decisions(t.Context(), scope, published.ID, page.Query{Size: 1})
		require.EqualError(t, err, "eventId: there is no such event")
	}

	_, err := b.Decisions(t.Context(), tenant.All(), id.New(id.Event), page.Query{Size: 1})
	require.EqualError(t, err, "eventId: there is no such event")
}

func TestDecisions_PageThroughAllWebhooksOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)

	var want []id.ID
	for range 7 {
		want = append([]id.ID{b.webhook(t, to("*"))}, want...)
	}

	published := b.publish(t, nil)
	q := page.Query{Size: 3}

	var got []id.ID

	for {
		found, err := b.Decisions(t.Context(), b.scope, published.ID, q)
		require.NoError(t, err)
		require.Equal(t, q.After != nil, found.HasPrevious)

		for _, one := range found.Items {
			require.Equal(t, matching.Matched, one.Reason)

			got = append(got, one.Webhook.ID)
		}

		if !found.HasNext {
			break
		}

		q.After = new(got[len(got)-1].UUID())
	}

	require.Equal(t, want, got)
}

// What all filters of an event may take is bounded, and so is what explaining it takes.
func TestDecisions_AreBoundedHoweverManyFiltersThereAre(t *testing.T) {
	t.Parallel()

	b := setup(t)
	// It takes most of what one filter may, and is false; the other takes more than that, and fails.
	slow, failing := filtered("*", `event.data.list.exists(a, event.data.list.exists(b, a > b))`),
		filtered("*", `event.data.list.exists(a, event.data.list.exists(b, event.data.list.exists(c, a > b)))`)

	for range 12 {
		b.webhook(t, slow)
		b.webhook(t, failing)
	}

	published := b.publish(t, func(in *event.Input) {
		in.Payload = json.RawMessage(`{"list":[` + strings.Repeat("1,", 199) + `1]}`)
	})

	start := time.Now()
	got := b.all(t, published)
	require.Less(t, time.Since(start), 10*time.Second, "some 0.4 seconds when the machine has nothing else to do")

	reasons := map[matching.Reason]int{}

	for hook, one := range got {
		require.Equal(t, b.deliveries(t, published, hook) > 0, one.Matched, "%s", one.Reason)

		reasons[one.Reason]++
	}

	require.Positive(t, reasons[matching.FilterMismatch])
	require.Positive(t, reasons[matching.FilterFailed]+reasons[matching.Matched])
}
