package graph_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/apikey"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

const (
	// inUse is what shows whether a webhook gets its deliveries.
	inUse = `id status pausedAt heldDeliveryCount oldestHeldDeliveryAt
		holding { reason since nextProbeAt failedProbes maxPerSecond }`

	pauseWebhook = `mutation ($input: PauseWebhookInput!) { pauseWebhook(input: $input) {
		webhook { ` + inUse + ` } userErrors { code message field } } }`

	resumeWebhook = `mutation ($input: ResumeWebhookInput!) { resumeWebhook(input: $input) {
		webhook { ` + inUse + ` } releasedDeliveryCount userErrors { code message field } } }`

	enableWebhook = `mutation ($input: EnableWebhookInput!) { enableWebhook(input: $input) {
		webhook { ` + inUse + ` } releasedDeliveryCount userErrors { code message field } } }`

	dropHeld = `mutation ($input: DropHeldDeliveriesInput!) { dropHeldDeliveries(input: $input) {
		webhook { ` + inUse + ` } droppedDeliveryCount userErrors { code message field } } }`
)

// mineInUse is how the first tenant's webhook stands.
func (b *testBundle) mineInUse() vars {
	b.t.Helper()

	return b.admin(`query ($id: ID!) { webhook(id: $id) { `+inUse+` } }`, vars{"id": b.mine.webhook}).at("webhook").(vars)
}

// statuses are those of the first tenant's deliveries, oldest first, with why they are held.
func (b *testBundle) statuses() []string {
	b.t.Helper()

	rows, err := b.pool.Query(b.t.Context(), `SELECT concat_ws(' ', status, held_reason) FROM deliveries
		WHERE organization_id = $1 ORDER BY id`, b.mine.org.UUID())
	require.NoError(b.t, err)

	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b.t, err)

	return out
}

func at(t *testing.T, text any) time.Time {
	t.Helper()

	out, err := time.Parse(time.RFC3339Nano, text.(string))
	require.NoError(t, err)

	return out
}

func TestPauseAndResumeWebhook(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	require.Equal(t, vars{
		"id": b.mine.webhook.String(), "status": "ENABLED", "pausedAt": nil, "heldDeliveryCount": 0.0,
		"oldestHeldDeliveryAt": nil, "holding": nil,
	}, b.mineInUse())

	paused := b.admin(pauseWebhook, vars{"input": vars{"id": b.mine.webhook}})
	require.Equal(t, "PAUSED", paused.at("pauseWebhook.webhook.status"))
	require.WithinDuration(t, time.Now(), at(t, paused.at("pauseWebhook.webhook.pausedAt")), time.Minute)
	require.Equal(t, "WEBHOOK_PAUSED", paused.at("pauseWebhook.webhook.holding.reason"))
	require.Equal(t, paused.at("pauseWebhook.webhook.pausedAt"), paused.at("pauseWebhook.webhook.holding.since"))

	offered := len(b.dispatcher.offered())
	_, first := b.publish(b.mine.org)
	b.publish(b.mine.org)
	require.Len(t, b.dispatcher.offered(), offered, "what is held costs no workflow")
	require.Equal(t, []string{"RETRYING", "HELD WEBHOOK_PAUSED", "HELD WEBHOOK_PAUSED"}, b.statuses())

	now := b.mineInUse()
	require.EqualValues(t, 2, now["heldDeliveryCount"])
	require.True(t, at(t, now["oldestHeldDeliveryAt"]).Equal(first.Time()))

	resumed := b.admin(resumeWebhook, vars{"input": vars{"id": b.mine.webhook, "maxPerSecond": 1}})
	require.EqualValues(t, 2, resumed.at("resumeWebhook.releasedDeliveryCount"))
	require.Equal(t, "ENABLED", resumed.at("resumeWebhook.webhook.status"))
	require.Nil(t, resumed.at("resumeWebhook.webhook.pausedAt"))
	require.EqualValues(t, 2, resumed.at("resumeWebhook.webhook.heldDeliveryCount"), "each goes when its turn has come")

	holding := resumed.at("resumeWebhook.webhook.holding").(vars)
	require.Equal(t, "BACKLOG", holding["reason"])
	require.EqualValues(t, 1, holding["maxPerSecond"])
	require.Nil(t, holding["nextProbeAt"])

	_, err := b.deps.Flow.Step(t.Context(), b.mine.webhook)
	require.NoError(t, err)
	require.Equal(t, []string{"RETRYING", "PENDING", "HELD WEBHOOK_PAUSED"}, b.statuses(), "oldest first")
	require.EqualValues(t, 1, b.mineInUse()["heldDeliveryCount"])

	b.publish(b.mine.org)
	require.Equal(t, "HELD BACKLOG", b.statuses()[3], "what comes now queues up behind it")

	again := b.admin(enableWebhook, vars{"input": vars{"id": b.mine.webhook, "maxPerSecond": 10_000}})
	require.EqualValues(t, 2, again.at("enableWebhook.releasedDeliveryCount"), "and can be made to go faster")
	require.EqualValues(t, 10_000, again.at("enableWebhook.webhook.holding.maxPerSecond"))
}

func TestPauseAndResumeWebhook_Refuse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	pause := func() response {
		return b.as(apikey.Developer, pauseWebhook, vars{"input": vars{"id": b.mine.webhook}})
	}
	resume := func(rate any) response {
		return b.as(apikey.Developer, resumeWebhook, vars{"input": vars{"id": b.mine.webhook, "maxPerSecond": rate}})
	}

	before := b.rows()
	out := resume(nil).refused("resumeWebhook", "CONFLICT", "id")
	require.Nil(t, out.at("resumeWebhook.webhook"))
	require.EqualValues(t, 0, out.at("resumeWebhook.releasedDeliveryCount"))
	require.Equal(t, before, b.rows())

	pause().ok()
	b.publish(b.mine.org)

	before = b.rows()
	out = pause().refused("pauseWebhook", "CONFLICT", "id")
	require.Nil(t, out.at("pauseWebhook.webhook"))

	for _, rate := range []int{-1, 0, 10_001} {
		resume(rate).refused("resumeWebhook", "INVALID", "maxPerSecond")
		b.as(apikey.Developer, enableWebhook, vars{"input": vars{"id": b.mine.webhook, "maxPerSecond": rate}}).
			refused("enableWebhook", "INVALID", "maxPerSecond")
	}

	require.Equal(t, before, b.rows())

	_, err := b.pool.Exec(t.Context(), `UPDATE webhooks SET status = 'DISABLED', disabled_reason = 'GONE', disabled_at = now(),
		paused_at = NULL`)
	require.NoError(t, err)

	before = b.rows()
	pause().refused("pauseWebhook", "WEBHOOK_DISABLED", "id")
	resume(5).refused("resumeWebhook", "CONFLICT", "id")
	require.Equal(t, before, b.rows())

	b.as(apikey.Viewer, pauseWebhook, vars{"input": vars{"id": b.mine.webhook}}).failed("FORBIDDEN")
	b.as(apikey.Viewer, dropHeld, vars{"input": vars{"webhookId": b.mine.webhook}}).failed("FORBIDDEN")
}

func TestDropHeldDeliveries(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)
	b.admin(pauseWebhook, vars{"input": vars{"id": b.mine.webhook}})

	_, dlv := b.publish(b.mine.org)
	b.publish(b.mine.org)

	dropped := b.admin(dropHeld, vars{"input": vars{"webhookId": b.mine.webhook}})
	require.EqualValues(t, 2, dropped.at("dropHeldDeliveries.droppedDeliveryCount"))
	require.Equal(t, "PAUSED", dropped.at("dropHeldDeliveries.webhook.status"))
	require.EqualValues(t, 0, dropped.at("dropHeldDeliveries.webhook.heldDeliveryCount"))
	require.Equal(t, []string{"RETRYING", "CANCELED", "CANCELED"}, b.statuses())

	entry := b.admin(`query ($id: ID!) { organization(id: $id) { auditLog { nodes { action subjectId detail apiKeyId } } } }`,
		vars{"id": b.mine.org}).at("organization.auditLog.nodes.0")
	require.Equal(t, vars{
		"action": "WEBHOOK_HELD_DELIVERIES_DROPPED", "subjectId": b.mine.webhook.String(), "detail": vars{"count": 2.0},
		"apiKeyId": b.mine.key.String(),
	}, entry)

	again := b.admin(dropHeld, vars{"input": vars{"webhookId": b.mine.webhook}})
	require.EqualValues(t, 0, again.at("dropHeldDeliveries.droppedDeliveryCount"))

	// What was given up can still be asked for, and waits like everything else.
	retried := b.admin(`mutation ($input: RetryDeliveryInput!) { retryDelivery(input: $input) {
		delivery { status } userErrors { code message field } } }`, vars{"input": vars{"deliveryId": dlv}})
	require.Equal(t, "RETRYING", retried.at("retryDelivery.delivery.status"))

	b.as(apikey.Admin, dropHeld, vars{"input": vars{"webhookId": id.New(id.Webhook)}}).
		refused("dropHeldDeliveries", "NOT_FOUND", "webhookId")
}

// There may be very many, and to give up half of them helps nobody.
func TestDropHeldDeliveries_MayTakeLongerThanOtherOperations(t *testing.T) {
	t.Parallel()

	b := setup(t, graph.Tuning{OperationTimeout: 1500 * time.Millisecond})
	b.fill(&b.mine)
	b.admin(pauseWebhook, vars{"input": vars{"id": b.mine.webhook}})
	_, dlv := b.publish(b.mine.org)

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), "SELECT FROM deliveries WHERE id = $1 FOR UPDATE", dlv.UUID())
	require.NoError(t, err)

	free := sync.OnceFunc(func() { _ = tx.Rollback(t.Context()) })
	defer free()

	time.AfterFunc(3*time.Second, free)

	out := b.admin(dropHeld, vars{"input": vars{"webhookId": b.mine.webhook}})
	require.EqualValues(t, 1, out.at("dropHeldDeliveries.droppedDeliveryCount"))
}

func TestWebhook_ShowsThatItsReceiverIsGivenARest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	policy := settings.Breaker{FailurePercent: 1, MinimumAttempts: 1, WindowSeconds: 10, CooldownSeconds: 30}
	observe := func(one flow.Attempted) {
		t.Helper()

		one.Organization, one.Webhook, one.StartedAt = b.mine.org, b.mine.webhook, time.Now()

		_, err := b.deps.Flow.Observe(t.Context(), one, policy)
		require.NoError(t, err)
	}

	observe(flow.Attempted{Failed: true})
	b.publish(b.mine.org)
	require.Equal(t, []string{"RETRYING", "HELD BREAKER_OPEN"}, b.statuses())

	now := b.mineInUse()
	require.Equal(t, "ENABLED", now["status"])
	require.EqualValues(t, 1, now["heldDeliveryCount"])

	holding := now["holding"].(vars)
	require.Equal(t, "BREAKER_OPEN", holding["reason"])
	require.EqualValues(t, 0, holding["failedProbes"])
	require.Nil(t, holding["maxPerSecond"])
	require.Equal(t, 30*time.Second, at(t, holding["nextProbeAt"]).Sub(at(t, holding["since"])))

	observe(flow.Attempted{Failed: true, Probe: true, Gate: flow.Gate{Reason: delivery.BreakerOpen}})

	holding = b.mineInUse()["holding"].(vars)
	require.EqualValues(t, 1, holding["failedProbes"])

	// Somebody who pauses it sees that, and not what was before.
	b.admin(pauseWebhook, vars{"input": vars{"id": b.mine.webhook}})
	require.Equal(t, "WEBHOOK_PAUSED", b.mineInUse()["holding"].(vars)["reason"])

	b.admin(resumeWebhook, vars{"input": vars{"id": b.mine.webhook}})
	require.Equal(t, "BACKLOG", b.mineInUse()["holding"].(vars)["reason"], "whoever resumes it knows that it is back")
}

func TestUpdateWebhook_SwitchingTheBreakerOffEndsTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	_, err := b.deps.Flow.Observe(t.Context(), flow.Attempted{
		Organization: b.mine.org, Webhook: b.mine.webhook, StartedAt: time.Now(), Failed: true,
	}, settings.Breaker{FailurePercent: 1, MinimumAttempts: 1, WindowSeconds: 10, CooldownSeconds: 900})
	require.NoError(t, err)
	b.publish(b.mine.org)

	b.admin(updateSettings, vars{"input": vars{
		"id": b.mine.webhook, "settings": vars{"breaker": vars{"failurePercent": 0}},
	}})
	require.Equal(t, "BACKLOG", b.mineInUse()["holding"].(vars)["reason"])
}

func TestWebhookPreview_ShowsThatARateAndABreakerChange(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	out := b.previewed(vars{
		"webhookId": b.mine.webhook, "last": 1,
		"settings": vars{"maxRequestsPerSecond": 5, "breaker": vars{"failurePercent": 0}},
	}).ok()
	require.ElementsMatch(t, []any{
		vars{"path": "settings.breaker.failurePercent", "before": "50", "after": "0"},
		vars{"path": "settings.maxRequestsPerSecond", "before": "0", "after": "5"},
	}, out.at("webhookPreview.changes"))
	require.EqualValues(t, 5, out.at("webhookPreview.settings.maxRequestsPerSecond"))
	require.Empty(t, out.at("webhookPreview.previews.0.changes"), "requests are the same")

	b.previewed(vars{"webhookId": b.mine.webhook, "last": 1, "settings": vars{"maxRequestsPerSecond": 10_001}}).
		refused("webhookPreview", "INVALID", "settings", "maxRequestsPerSecond")
}

func TestWebhooks_AreLoadedWithWhatHoldsThemAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t, patient)
	b.fill(&b.mine)

	for range 3 {
		hook := b.created(nil)
		b.admin(pauseWebhook, vars{"input": vars{"id": hook}})
	}

	const list = `query ($id: ID!) { organization(id: $id) { webhooks(filter: { statuses: [PAUSED] }) { nodes { ` + inUse + ` } } } }`

	b.tracer.take()

	out := b.admin(list, vars{"id": b.mine.org})
	require.Len(t, out.at("organization.webhooks.nodes"), 3)

	gates, held := 0, 0

	for _, sql := range b.tracer.take() {
		switch {
		case strings.Contains(sql, "-- name: Gates "):
			gates++
		case strings.Contains(sql, "-- name: HeldDeliveries "):
			held++
		}
	}

	require.Equal(t, 1, gates)
	require.Equal(t, 1, held)
}
