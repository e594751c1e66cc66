package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/webhook"
)

// resume puts the webhook to use and returns how much was held.
func (b *testBundle) resume(t *testing.T, maxPerSecond *int) (held int) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) (err error) {
		held, err = b.Resume(t.Context(), q, b.webhook, maxPerSecond)

		return err
	}))

	return held
}

func (b *testBundle) due(t *testing.T) []id.ID {
	t.Helper()

	due, err := b.Due(t.Context())
	require.NoError(t, err)

	return due
}

func TestResume_LetsWhatIsHeldGoAtTheChosenRate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 400, delivery.WebhookPaused)
	require.Empty(t, b.due(t))
	require.Equal(t, 400, b.resume(t, new(300)))

	gate := b.gate(t)
	require.Equal(t, delivery.Backlog, gate.Reason)
	require.True(t, gate.Since.Equal(b.now()))
	require.Equal(t, 300, *gate.MaxPerSecond)
	require.Equal(t, []id.ID{b.webhook}, b.due(t))

	times := b.drain(t, time.Second)
	require.InDelta(t, 300, len(times), 15)
	require.LessOrEqual(t, most(times), 330)

	require.Len(t, b.drain(t, time.Second), 400-len(times))
	require.Zero(t, b.gate(t))
}

func TestResume_AtAnotherRateWhileItDrains(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 600, delivery.WebhookPaused)
	b.resume(t, new(20))
	require.InDelta(t, 20, b.drained(t), 2)

	left := len(b.in(t, delivery.Held))
	require.Equal(t, left, b.resume(t, new(200)), "what has gone is not counted again")
	require.InDelta(t, 200, b.drained(t), 20)

	b.resume(t, nil)
	require.Nil(t, b.gate(t).MaxPerSecond)
	require.InDelta(t, 100, b.drained(t), 10)
}

func TestResume_WithoutABacklogOpensTheGate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Zero(t, b.resume(t, new(5)), "there is no gate yet")
	require.Zero(t, b.gate(t))

	b.fail(t)
	require.Zero(t, b.resume(t, new(5)))
	require.Zero(t, b.gate(t))
	require.True(t, b.row(t).TendedAt.Equal(b.now()), "so that what is stranded is found")
	require.Empty(t, b.due(t))
}

func TestResume_ForgetsWhatHeldItBefore(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)
	b.pass(8 * time.Second)
	b.probed(t, true)
	b.hold(t, 2, delivery.BreakerOpen)

	require.Equal(t, 2, b.resume(t, nil))
	require.Equal(t, flow.Gate{Reason: delivery.Backlog, Since: b.gate(t).Since}, b.gate(t))
	require.Nil(t, b.row(t).RecoveredAt, "nobody knows whether the receiver is back")
	require.Equal(t, 2, b.step(t).Released)
}

func TestResume_OfOneWebhookLeavesOthersAlone(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.webhook
	b.hold(t, 2, delivery.WebhookPaused)

	b.webhook = b.newWebhook(t)
	others := b.hold(t, 3, delivery.WebhookPaused)

	b.webhook = one
	require.Equal(t, 2, b.resume(t, nil))
	b.drain(t, time.Second)
	require.Equal(t, others, b.in(t, delivery.Held))
}

func TestDropHeld_GivesUpWhatIsHeldByNowInSeveralBatches(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 4_100, delivery.WebhookPaused)
	b.exec(t, `UPDATE deliveries SET next_trigger = 'MANUAL', resume_at = now(), attempt_count = 1 WHERE id = $1`, ids[0].UUID())
	due := b.pend(t, 2)

	one := b.webhook
	b.webhook = b.newWebhook(t)
	others := b.hold(t, 3, delivery.WebhookPaused)
	b.webhook = one

	hints := b.listen(t)
	b.pass(time.Minute)

	dropped, err := b.DropHeld(t.Context(), b.webhook)
	require.NoError(t, err)
	require.Equal(t, 4_100, dropped)
	require.Equal(t, ids, b.in(t, delivery.Canceled))
	require.Equal(t, due, b.in(t, delivery.Pending))
	require.Equal(t, others, b.in(t, delivery.Held))

	first := b.delivery(t, ids[0])
	require.True(t, first.CompletedAt.Equal(b.now()))
	require.Nil(t, first.HeldReason)
	require.Nil(t, first.ResumeAt)
	require.Equal(t, delivery.Automatic, first.NextTrigger)

	told := strings.Join(hints(), "")
	require.Contains(t, told, ids[0].String())
	require.Contains(t, told, ids[4_099].String())
	require.NotContains(t, told, others[0].String())

	dropped, err = b.DropHeld(t.Context(), b.webhook)
	require.NoError(t, err)
	require.Zero(t, dropped)
}

func TestDropHeld_KeepsWhatComesMeanwhile(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 2_500, delivery.WebhookPaused)

	// The first batch waits for one of its deliveries; meanwhile others come.
	free := b.locked(t, ids[0])
	done := make(chan int, 1)

	go func() {
		dropped, err := b.DropHeld(t.Context(), b.webhook)
		if err != nil {
			t.Error(err)
		}

		done <- dropped
	}()

	require.Eventually(t, func() bool {
		var waiting bool

		err := b.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)

		return err == nil && waiting
	}, 20*time.Second, time.Millisecond)

	later := b.hold(t, 10, delivery.WebhookPaused)

	free()
	require.Equal(t, 2_500, <-done)
	require.Equal(t, later, b.in(t, delivery.Held))
}

func TestDropHeld_LetsTheGateOpen(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 5, delivery.Backlog)
	b.close(t, delivery.Backlog)

	_, err := b.DropHeld(t.Context(), b.webhook)
	require.NoError(t, err)
	require.True(t, b.step(t).Done)
	require.Zero(t, b.gate(t))
}

func TestDue_AreGatesThatNobodyLooksAfter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Empty(t, b.due(t))

	b.hold(t, 100, delivery.Backlog)
	b.close(t, delivery.Backlog)
	require.Equal(t, []id.ID{b.webhook}, b.due(t), "at once")

	step := b.step(t)
	require.Empty(t, b.due(t))

	b.pass(step.Wait + 15*time.Second)
	require.Empty(t, b.due(t), "somebody may be about to")
	b.pass(time.Microsecond)
	require.Equal(t, []id.ID{b.webhook}, b.due(t))

	b.drain(t, 10*time.Second)
	require.Zero(t, b.gate(t))
	b.pass(time.Hour)
	require.Empty(t, b.due(t), "it is open")
}

func TestTend_TellsTheKeepers(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hints := b.listen(t)
	b.Tend(t.Context())
	require.Equal(t, []string{pubsub.Tend}, hints())
}

func TestHold_PutsAsideWhatWaitsAndNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.pend(t, 4)
	b.exec(t, `UPDATE deliveries SET status = 'RETRYING', attempt_count = 1, released_at = now(), next_trigger = 'MANUAL',
		resume_at = now() WHERE id = $1`, ids[1].UUID())
	b.exec(t, "UPDATE deliveries SET status = 'SUCCEEDED', next_attempt_at = NULL, completed_at = now() WHERE id = $1",
		ids[2].UUID())

	hints := b.listen(t)

	for n, reason := range []delivery.HeldReason{delivery.RateLimited, delivery.BreakerOpen, delivery.Backlog} {
		require.NoError(t, b.Hold(t.Context(), ids[n], reason))
	}

	require.Equal(t, ids[:2], b.in(t, delivery.Held))
	require.Equal(t, ids[2:3], b.in(t, delivery.Succeeded))
	require.Equal(t, ids[3:], b.in(t, delivery.Pending))
	require.Equal(t, delivery.RateLimited, *b.delivery(t, ids[0]).HeldReason)

	tried := b.delivery(t, ids[1])
	require.Equal(t, delivery.BreakerOpen, *tried.HeldReason)
	require.Nil(t, tried.DueAt)
	require.Nil(t, tried.ReleasedAt, "it has no turn any more")
	require.Equal(t, delivery.Manual, tried.NextTrigger)
	require.NotNil(t, tried.ResumeAt)

	told := strings.Join(hints(), "")
	require.Contains(t, told, ids[0].String())
	require.NotContains(t, told, ids[2].String())
}

func TestBacklogs_CountWhatIsHeldSinceTheOldest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.webhook
	ids := b.hold(t, 3, delivery.WebhookPaused)
	b.pend(t, 2)

	b.webhook = b.newWebhook(t)
	other := b.hold(t, 1, delivery.RateLimited)

	got, err := b.Backlogs(t.Context(), []id.ID{one, b.webhook, b.newWebhook(t)})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]flow.Backlog{
		one:       {Count: 3, OldestAt: ids[0].Time()},
		b.webhook: {Count: 1, OldestAt: other[0].Time()},
	}, got)
}

func TestGates_AreThoseThatAreClosed(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.webhook
	b.close(t, delivery.RateLimited)

	b.webhook = b.newWebhook(t)
	b.fail(t)

	open := b.newWebhook(t)
	b.exec(t, "INSERT INTO webhook_gates (webhook_id, organization_id) VALUES ($1, $2)", open.UUID(), b.organization.UUID())

	got, err := b.Gates(t.Context(), []id.ID{one, b.webhook, open, b.newWebhook(t)})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, delivery.RateLimited, got[one].Reason)
	require.Equal(t, delivery.BreakerOpen, got[b.webhook].Reason)
}

func TestHoldingOf_PausedAndDisabledGoBeforeTheGate(t *testing.T) {
	t.Parallel()

	since, paused, disabled := time.Unix(1, 0), time.Unix(2, 0), time.Unix(3, 0)
	probe := time.Unix(4, 0)
	open := flow.Gate{Reason: delivery.BreakerOpen, Since: since, ProbeAt: &probe, FailedProbes: 2}
	slow := flow.Gate{Reason: delivery.Backlog, Since: since, MaxPerSecond: new(7)}

	for name, test := range map[string]struct {
		webhook webhook.Webhook
		gate    flow.Gate
		want    *flow.Holding
	}{
		"open": {webhook.Webhook{}, flow.Gate{}, nil},
		"breaker": {webhook.Webhook{}, open, &flow.Holding{
			Reason: delivery.BreakerOpen, Since: since, NextProbeAt: &probe, FailedProbes: 2,
		}},
		"backlog": {webhook.Webhook{}, slow, &flow.Holding{Reason: delivery.Backlog, Since: since, MaxPerSecond: new(7)}},
		"paused":  {webhook.Webhook{PausedAt: &paused}, open, &flow.Holding{Reason: delivery.WebhookPaused, Since: paused}},
		"disabled": {webhook.Webhook{DisabledAt: &disabled}, slow, &flow.Holding{
			Reason: delivery.WebhookDisabled, Since: disabled,
		}},
	} {
		require.Equal(t, test.want, flow.HoldingOf(test.webhook, test.gate), name)
	}
}
