package graph_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/upkeep"
)

const (
	webhookHealth = `query ($id: ID!) { webhook(id: $id) { lastAttemptAt lastAttemptStatus successRate consecutiveFailures
		failingSince status disabledReason disabledAt heldDeliveryCount } }`

	deliveryCounts = `query ($id: ID!) { organization(id: $id) {
		deliveryCounts { pending inProgress held succeeded failed } } }`
)

// record records an attempt of a delivery that ended like this, as the worker would. 0 is for no answer.
func (b *testBundle) record(dlv id.ID, number, code int, status delivery.Status, change func(*delivery.Record)) {
	b.t.Helper()

	one := delivery.Record{
		Attempt: delivery.Attempt{
			ID: id.New(id.Attempt), OrganizationID: b.mine.org, WebhookID: b.mine.webhook, DeliveryID: dlv,
			EventType: "item.created", Number: number, Trigger: delivery.Automatic, Status: delivery.AttemptFailed,
			StartedAt: time.Now(), Method: "POST", URL: "https://example.com/hook",
			Response: &delivery.Response{StatusCode: code},
		},
		EventID: b.mine.event, Status: status, MaxAttempts: 10, Counted: true, Gone: code == 410,
	}

	if code < 300 {
		one.Attempt.Status = delivery.AttemptSucceeded
	}

	if status == delivery.Retrying {
		one.NextAttemptAt = new(time.Now().Add(time.Hour))
	}

	if change != nil {
		change(&one)
	}

	require.NoError(b.t, b.recorder.Record(b.t.Context(), one))
}

func TestWebhook_SaysHowItFares(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.mine.webhook = b.created(vars{"eventTypes": []any{"item.created"}})

	health := func() vars {
		t.Helper()

		return b.admin(webhookHealth, vars{"id": b.mine.webhook}).at("webhook").(vars)
	}

	enabled := vars{"status": "ENABLED", "disabledReason": nil, "disabledAt": nil, "heldDeliveryCount": 0.0}
	require.Equal(t, with(enabled, vars{
		"lastAttemptAt": nil, "lastAttemptStatus": nil, "successRate": nil, "consecutiveFailures": 0.0, "failingSince": nil,
	}), health())

	// publish returns the newest webhook's.
	next := func() id.ID {
		t.Helper()

		_, dlv := b.publish(b.mine.org)

		return dlv
	}

	b.record(next(), 1, 200, delivery.Succeeded, nil)

	now := health()
	require.NotNil(t, now["lastAttemptAt"])
	require.Equal(t, "SUCCEEDED", now["lastAttemptStatus"])
	require.EqualValues(t, 1, now["successRate"])
	require.Nil(t, now["failingSince"])

	failed := next()
	b.record(failed, 1, 503, delivery.Retrying, nil)

	now = health()
	require.Equal(t, "FAILED", now["lastAttemptStatus"])
	require.EqualValues(t, 1, now["successRate"], "it may still succeed")
	require.EqualValues(t, 0, now["consecutiveFailures"])
	require.NotNil(t, now["failingSince"])

	since := now["failingSince"]

	b.record(failed, 2, 503, delivery.Failed, nil)
	b.record(next(), 1, 500, delivery.Failed, nil)
	b.record(next(), 1, 404, delivery.Failed, nil)

	now = health()
	require.InDelta(t, 0.25, now["successRate"], 1e-9)
	require.EqualValues(t, 3, now["consecutiveFailures"])
	require.Equal(t, since, now["failingSince"])

	// Tests do not count.
	at := now["lastAttemptAt"]

	b.record(next(), 1, 200, delivery.Succeeded, func(one *delivery.Record) { one.Counted = false })
	require.Equal(t, at, health()["lastAttemptAt"])
	require.EqualValues(t, 3, health()["consecutiveFailures"])

	b.record(next(), 1, 200, delivery.Succeeded, nil)

	now = health()
	require.InDelta(t, 0.4, now["successRate"], 1e-9)
	require.EqualValues(t, 0, now["consecutiveFailures"])
	require.Nil(t, now["failingSince"])
}

func TestWebhook_SaysWhyItIsOutOfUse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	tender := upkeep.New(b.deps.Webhooks, b.deps.Deliveries, b.deps.Events, b.deps.Logger)

	for reason, test := range map[string]struct {
		policy vars
		code   int
		began  time.Duration
	}{
		"CONSECUTIVE_FAILURES": {vars{"consecutiveFailures": 1}, 500, 0},
		"FAILING_FOR_HOURS":    {vars{"failingForHours": 1}, 500, 2 * time.Hour},
		"GONE":                 {vars{"onGone": true}, 410, 0},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)
			b.mine.webhook = b.created(vars{
				"eventTypes": []any{"item.created"}, "settings": vars{"autoDisable": test.policy},
			})

			dlv := b.deliveryTo(b.mine.webhook)
			b.record(dlv, 1, test.code, delivery.Failed, func(one *delivery.Record) {
				one.Attempt.StartedAt = one.Attempt.StartedAt.Add(-test.began)
			})

			tender.Failed(t.Context(), b.mine.webhook, dlv)

			out := b.admin(webhookHealth, vars{"id": b.mine.webhook})
			require.Equal(t, "DISABLED", out.at("webhook.status"))
			require.Equal(t, reason, out.at("webhook.disabledReason"))
			require.NotNil(t, out.at("webhook.disabledAt"))

			// Somebody enables it again: what it failed before is forgiven.
			b.admin(`mutation ($id: ID!) { enableWebhook(input: {id: $id}) { userErrors { code } } }`,
				vars{"id": b.mine.webhook})
			tender.Failed(t.Context(), b.mine.webhook, dlv)

			out = b.admin(webhookHealth, vars{"id": b.mine.webhook})
			require.Equal(t, "ENABLED", out.at("webhook.status"))
			require.Nil(t, out.at("webhook.disabledReason"))
			require.EqualValues(t, 0, out.at("webhook.consecutiveFailures"))
		})
	}
}

// deliveryTo publishes and returns the delivery to the webhook.
func (b *testBundle) deliveryTo(hook id.ID) id.ID {
	b.t.Helper()

	published, _ := b.publish(b.mine.org)

	found := b.admin(`query ($event: ID!, $hook: ID!) { webhook(id: $hook) {
		deliveries(filter: {eventIds: [$event]}) { nodes { id } } } }`, vars{"event": published, "hook": hook})

	out, err := id.Parse(found.text("webhook.deliveries.nodes.0.id"))
	require.NoError(b.t, err)

	return out
}

func TestDeliveryCounts_SayHowManyStandWhere(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.eventTypeItem()
	b.mine.webhook = b.created(vars{"eventTypes": []any{"item.created"}})

	counts := func() any {
		t.Helper()

		return b.admin(deliveryCounts, vars{"id": b.mine.org}).at("organization.deliveryCounts")
	}

	want := func(pending, inProgress, held, succeeded, failed float64) {
		t.Helper()

		require.Equal(t, vars{
			"pending": pending, "inProgress": inProgress, "held": held, "succeeded": succeeded, "failed": failed,
		}, counts())
	}

	want(0, 0, 0, 0, 0)

	_, first := b.publish(b.mine.org)
	want(0, 1, 0, 0, 0)

	_, second := b.publish(b.mine.org)
	b.unclaim(second)
	want(1, 1, 0, 0, 0)

	b.record(first, 1, 500, delivery.Retrying, nil)
	want(1, 1, 0, 0, 0)

	b.record(first, 2, 500, delivery.Failed, nil)
	b.record(second, 1, 200, delivery.Succeeded, nil)
	want(0, 0, 0, 1, 1)

	b.admin(`mutation ($id: ID!) { retryDelivery(input: {deliveryId: $id}) { userErrors { code } } }`, vars{"id": first})
	want(0, 1, 0, 1, 0)

	b.admin(`mutation ($id: ID!) { disableWebhook(input: {id: $id}) { userErrors { code } } }`, vars{"id": b.mine.webhook})
	b.publish(b.mine.org)
	want(0, 1, 1, 1, 0)
}

// eventTypeItem adds the event type that publish publishes.
func (b *testBundle) eventTypeItem() {
	b.t.Helper()

	b.eventType("item.created", nil)
}

// unclaim makes a delivery one that no process has taken on.
func (b *testBundle) unclaim(dlv id.ID) {
	b.t.Helper()

	_, err := b.pool.Exec(b.t.Context(), "UPDATE deliveries SET claimed_by = NULL WHERE id = $1", dlv.UUID())
	require.NoError(b.t, err)
}

func TestDeliveryStage_IsInTheWordsOfTheProfile(t *testing.T) {
	t.Parallel()

	b := setup(t).founded(t, "kuviq")
	b.mine.webhook = b.created(vars{"eventTypes": []any{"user.created"}})

	published := func() id.ID {
		t.Helper()

		payload := vars{"id": "user_1", "name": "Ann", "email": "ann@example.com"}
		event := b.published("user.created", payload, nil).ok().at("publishEvent.event.id")

		out := b.admin(`query ($id: ID!) { event(id: $id) { deliveries { nodes { id } } } }`, vars{"id": event})
		found, err := id.Parse(out.text("event.deliveries.nodes.0.id"))
		require.NoError(t, err)

		return found
	}

	stages := map[string]struct {
		name string
		dlv  id.ID
	}{
		"CANCELED":  {"canceled", published()},
		"FAILED":    {"failed", published()},
		"PENDING":   {"pending", published()},
		"RETRYING":  {"retrying", published()},
		"SENDING":   {"processing", published()},
		"SUCCEEDED": {"completed", published()},
	}

	b.unclaim(stages["PENDING"].dlv)
	b.record(stages["FAILED"].dlv, 1, 404, delivery.Failed, nil)
	b.record(stages["RETRYING"].dlv, 1, 500, delivery.Retrying, nil)
	b.record(stages["SUCCEEDED"].dlv, 1, 200, delivery.Succeeded, nil)

	// One that is due again is being sent.
	due := published()
	b.record(due, 1, 500, delivery.Retrying, func(one *delivery.Record) {
		one.NextAttemptAt = new(time.Now().Add(-time.Second))
	})

	_, err := b.pool.Exec(t.Context(),
		"UPDATE deliveries SET status = 'CANCELED', next_attempt_at = NULL, completed_at = now() WHERE id = $1",
		stages["CANCELED"].dlv.UUID())
	require.NoError(t, err)

	b.admin(`mutation ($id: ID!) { disableWebhook(input: {id: $id}) { userErrors { code } } }`, vars{"id": b.mine.webhook})
	stages["HELD"] = struct {
		name string
		dlv  id.ID
	}{"held", published()}

	const list = `query ($id: ID!, $stages: [DeliveryStage!]) { organization(id: $id) {
		deliveries(filter: {stages: $stages}) { nodes { id stage stageName } } } }`

	var all []any

	for _, stage := range values("DeliveryStage") {
		test := stages[stage]
		want := []any{vars{"id": test.dlv.String(), "stage": stage, "stageName": test.name}}

		if stage == "SENDING" {
			want = []any{vars{"id": due.String(), "stage": stage, "stageName": test.name}, want[0]}
		}

		out := b.admin(list, vars{"id": b.mine.org, "stages": []any{stage}})
		require.Equal(t, want, out.at("organization.deliveries.nodes"), stage)

		all = append(all, want...)
	}

	out := b.admin(list, vars{"id": b.mine.org, "stages": nil})
	require.ElementsMatch(t, all, out.at("organization.deliveries.nodes"))

	out = b.admin(list, vars{"id": b.mine.org, "stages": []any{"FAILED", "HELD"}})
	require.Len(t, out.at("organization.deliveries.nodes"), 2)
	require.Empty(t, b.admin(list, vars{"id": b.mine.org, "stages": []any{}}).at("organization.deliveries.nodes"))
}
