package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/event"
	"github.com/surehook/surehook/internal/eventtype"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
	"github.com/surehook/surehook/internal/webhook"
)

const (
	watchEvents = `subscription ($org: ID!, $types: [String!]) {
		eventPublished(organizationId: $org, eventTypes: $types) { id type payload test quarantinedAt } }`

	watchWebhooks = `subscription ($org: ID!, $webhook: ID) { webhookUpdated(organizationId: $org, webhookId: $webhook) {
		id name status disabledReason deletedAt eventTypes secrets { id } } }`
)

func (b *testBundle) everywhere() tenant.Scope { return tenant.All() }

// say publishes an event of a type, which is made if it is new.
func (b *testBundle) say(eventType string, key *string) event.Published {
	b.t.Helper()

	out, err := b.deps.Events.Publish(b.t.Context(), tenant.All(), b.mine.org, event.Input{
		EventType: eventType, Payload: []byte(`{"n":1}`), IdempotencyKey: key,
	})
	require.NoError(b.t, err)

	return out
}

func TestEventPublished_ShowsEachEventOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)
	b.makeWebhook(b.mine.org, "*")

	for _, name := range []string{"nobody.cares", "a.b"} {
		_, err := b.deps.EventTypes.Create(t.Context(), tenant.All(), eventtype.CreateInput{
			OrganizationID: b.mine.org, Name: name,
		})
		require.NoError(t, err)
	}

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchEvents, vars{"org": b.mine.org})

	typed := b.connect(b.tokens[apikey.Viewer])
	typed.watch("live", watchEvents, vars{"org": b.mine.org, "types": []any{"nobody.cares", "a.*"}})

	key := "once"
	published := []event.Published{
		b.say("item.created", nil), // To two webhooks.
		b.say("nobody.cares", &key),
		b.say("a.b", nil),
	}

	b.publish(b.foreign.org)
	require.True(t, b.say("nobody.cares", &key).Duplicate)

	sent, err := b.deps.Events.SendTest(t.Context(), tenant.All(), event.TestInput{WebhookID: b.mine.webhook})
	require.NoError(t, err)

	for _, one := range published {
		out := s.next("live").ok()
		require.Equal(t, one.Event.ID.String(), out.at("eventPublished.id"))
		require.Equal(t, vars{"n": 1.0}, out.at("eventPublished.payload"))
		require.Equal(t, false, out.at("eventPublished.test"))
	}

	require.Equal(t, true, s.next("live").ok().at("eventPublished.test"), "the event of %s", sent)

	for _, one := range published[1:] {
		require.Equal(t, one.Event.ID.String(), typed.next("live").ok().at("eventPublished.id"))
	}

	// The end of all: nothing else has come in between.
	last := b.say("a.b", nil).Event.ID.String()
	require.Equal(t, last, s.next("live").ok().at("eventPublished.id"))
	require.Equal(t, last, typed.next("live").ok().at("eventPublished.id"))
}

func TestEventPublished_ShowsWhatIsDerivedAndWhatIsInQuarantine(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.makeWebhook(b.mine.org, "*")

	for _, one := range []eventtype.CreateInput{
		{Name: "source"},
		{Name: "derived", DerivedFrom: new("source"), When: new("true")},
		{Name: "strict", Schema: []byte(`{"required":["m"]}`), SchemaValidation: eventtype.Quarantine},
	} {
		one.OrganizationID = b.mine.org

		_, err := b.deps.EventTypes.Create(t.Context(), tenant.All(), one)
		require.NoError(t, err)
	}

	s := b.connect(b.mine.admin)
	s.watch("live", watchEvents, vars{"org": b.mine.org})

	published := b.say("source", nil)
	require.Equal(t, published.Event.ID.String(), s.next("live").ok().at("eventPublished.id"))
	require.Equal(t, published.Derived[0].ID.String(), s.next("live").ok().at("eventPublished.id"))

	held := b.say("strict", nil)
	out := s.next("live").ok()
	require.Equal(t, held.Event.ID.String(), out.at("eventPublished.id"))
	require.NotNil(t, out.at("eventPublished.quarantinedAt"))

	// To be released is not to be published again.
	_, err := b.deps.Events.Release(t.Context(), tenant.All(), held.Event.ID, true)
	require.NoError(t, err)

	last := b.say("source", nil)
	require.Equal(t, last.Event.ID.String(), s.next("live").ok().at("eventPublished.id"))
}

func TestEventPublished_IsForThoseWhoMaySeeEventsEvenIfNotWebhooks(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "standard")
	b.fillAs(nil)
	b.admin(updateRoles, vars{"input": vars{"id": b.mine.org, "viewRoles": []any{"ADMIN"}}})

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchEvents, vars{"org": b.mine.org})

	published := b.say("item.mine", nil)
	require.Equal(t, published.Event.ID.String(), s.next("live").ok().at("eventPublished.id"))

	s.subscribe("no", watchWebhooks, vars{"org": b.mine.org})
	require.Contains(t, string(s.read().Payload), "FORBIDDEN")

	publisher := b.connect(b.tokens[apikey.Publisher])
	publisher.subscribe("no", watchEvents, vars{"org": b.mine.org})
	require.Contains(t, string(publisher.read().Payload), "FORBIDDEN")
}

func TestWebhookUpdated_ShowsEveryChangeOfTheWebhookItself(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.fill(&b.foreign)

	s := b.connect(b.tokens[apikey.Viewer])
	s.watch("live", watchWebhooks, vars{"org": b.mine.org})

	one := b.connect(b.mine.admin)
	one.watch("live", watchWebhooks, vars{"org": b.mine.org, "webhook": b.mine.webhook})

	ctx, all := t.Context(), tenant.All()
	hooks := b.deps.Webhooks

	made, err := hooks.Create(ctx, all, webhook.CreateInput{
		OrganizationID: b.mine.org, Name: "New", URL: "https://example.com/", Enabled: true,
		Settings: settings.Changes{AutoDisable: optional.Of(settings.AutoDisableChanges{ConsecutiveFailures: new(1)})},
	})
	require.NoError(t, err)

	newest := made.Webhook.ID
	require.Equal(t, newest.String(), s.next("live").ok().at("webhookUpdated.id"))

	var sub webhook.Subscription

	for _, step := range []struct {
		name string
		do   func() error
		path string
		want any
	}{
		{"name", func() error {
			_, err := hooks.Update(ctx, all, webhook.UpdateInput{ID: newest, Name: new("Other")})

			return err
		}, "name", "Other"},
		{"disable", func() error {
			_, err := hooks.Disable(ctx, all, newest)

			return err
		}, "disabledReason", "MANUAL"},
		{"enable", func() error {
			_, _, err := hooks.Enable(ctx, all, newest, nil)

			return err
		}, "status", "ENABLED"},
		{"pause", func() error {
			_, err := hooks.Pause(ctx, all, newest)

			return err
		}, "status", "PAUSED"},
		{"resume", func() error {
			_, _, err := hooks.Resume(ctx, all, newest, nil)

			return err
		}, "status", "ENABLED"},
		{"subscribe", func() (err error) {
			sub, err = hooks.CreateSubscription(ctx, all, webhook.CreateSubscriptionInput{
				WebhookID: newest, SubscriptionInput: webhook.SubscriptionInput{EventType: "b.*", Enabled: true},
			})

			return err
		}, "eventTypes", []any{"b.*"}},
		{"change subscription", func() error {
			_, err := hooks.UpdateSubscription(ctx, all, webhook.UpdateSubscriptionInput{ID: sub.ID, EventType: new("c.*")})

			return err
		}, "eventTypes", []any{"c.*"}},
		{"end subscription", func() error {
			_, _, err := hooks.DeleteSubscription(ctx, all, sub.ID)

			return err
		}, "eventTypes", []any{}},
		{"rotate", func() error {
			_, err := hooks.Rotate(ctx, all, webhook.RotateInput{WebhookID: newest, OverlapSeconds: new(0)})

			return err
		}, "status", "ENABLED"},
		{"take out of use", func() error { return b.fails(newest) }, "disabledReason", "CONSECUTIVE_FAILURES"},
	} {
		require.NoError(t, step.do(), step.name)

		out := s.next("live").ok()
		require.Equal(t, newest.String(), out.at("webhookUpdated.id"), step.name)
		require.Equal(t, step.want, out.at("webhookUpdated."+step.path), step.name)
	}

	_, _, err = hooks.Delete(ctx, all, newest)
	require.NoError(t, err)
	require.NotNil(t, s.next("live").ok().at("webhookUpdated.deletedAt"))

	// All that was the other's, or that of a delivery.
	b.touch(b.mine.dlv)()

	_, err = hooks.Disable(ctx, all, b.foreign.webhook)
	require.NoError(t, err)

	_, err = hooks.Disable(ctx, all, b.mine.webhook)
	require.NoError(t, err)
	require.Equal(t, b.mine.webhook.String(), one.next("live").ok().at("webhookUpdated.id"))
	require.Equal(t, b.mine.webhook.String(), s.next("live").ok().at("webhookUpdated.id"))
}

// fails has a delivery to a webhook fail for good, and looks after the webhook.
func (b *testBundle) fails(hook id.ID) error {
	b.t.Helper()

	sent, err := b.deps.Events.SendTest(b.t.Context(), tenant.All(), event.TestInput{WebhookID: hook})
	if err != nil {
		return err
	}

	failing := b.mine
	failing.webhook = hook
	b.attempt(&failing, sent, 1, delivery.Failed)

	_, err = b.deps.Webhooks.DisableFailing(b.t.Context(), hook)

	return err
}

func TestLive_NothingOlderFollowsWhatIsNewer(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	s := b.connect(b.mine.admin)
	s.watch("live", watchDeliveries, vars{"org": b.mine.org})

	const last = 150

	go func() {
		for number := 2; number <= last; number++ {
			status := delivery.Retrying
			if number == last {
				status = delivery.Succeeded
			}

			b.attempt(&b.mine, b.mine.dlv, number, status)
		}
	}()

	seen, started := 0.0, time.Now()

	for seen < last {
		out := s.next("live").ok()
		now := out.at("deliveryUpdated.attemptCount").(float64)
		require.GreaterOrEqual(t, now, seen)
		require.Equal(t, now == last, out.at("deliveryUpdated.status") == "SUCCEEDED")
		require.Less(t, time.Since(started), patience)

		seen = now
	}
}
