package flow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/job"
	"github.com/surehook/surehook/internal/pubsub"
)

// drain looks after the gate for a while, waiting as it is told and attempting at once what is let go, and returns when
// each delivery was let go.
func (b *testBundle) drain(t *testing.T, during time.Duration) (out []time.Time) {
	t.Helper()

	for end := b.now().Add(during); b.now().Before(end); {
		step := b.step(t)
		out = append(out, slices.Repeat([]time.Time{b.now()}, step.Released)...)

		if step.Done {
			return out
		}

		b.attempted(t)
		b.pass(min(step.Wait, end.Sub(b.now())))
	}

	return out
}

// drained returns how many that were in a second.
func (b *testBundle) drained(t *testing.T) int {
	t.Helper()

	return len(b.drain(t, time.Second))
}

func (b *testBundle) endRest(t *testing.T) (ended bool) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), b.pool, func(q *dbsqlc.Queries) (err error) {
		ended, err = b.EndRest(t.Context(), q, b.webhook)

		return err
	}))

	return ended
}

// most returns how many of the times are within a second of each other.
func most(times []time.Time) (out int) {
	for first, last := 0, 0; last < len(times); last++ {
		for times[last].Sub(times[first]) >= time.Second {
			first++
		}

		out = max(out, last-first+1)
	}

	return out
}

func TestStep_LetsTheOldestGoFirstAtTheRateOfTheSettings(t *testing.T) {
	t.Parallel()

	for rate, want := range map[int]int{1: 1, 7: 7, 100: 105, 10_000: 11_000} {
		b := setup(t)
		b.limit(t, rate)
		b.close(t, delivery.RateLimited)

		ids := b.hold(t, min(3*rate, 12_000)+10, delivery.RateLimited)
		times := b.drain(t, time.Second)

		require.LessOrEqual(t, most(times), want, "%d a second", rate)
		require.InDelta(t, rate, len(times), 0.1*float64(rate), "%d a second", rate)
		require.Equal(t, ids[:len(times)], b.in(t, delivery.Succeeded), "the oldest first")
		require.Equal(t, ids[len(times):], b.in(t, delivery.Held))
	}
}

func TestStep_NeverLetsMoreGoInAnySecondThanARateAllows(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 70)
	b.close(t, delivery.Backlog)
	b.hold(t, 400, delivery.Backlog)

	times := b.drain(t, 5*time.Second)
	require.LessOrEqual(t, most(times), 77)
	require.InDelta(t, 350, len(times), 5)
}

func TestStep_OpensTheGateWhenNothingIsHeldAnyMore(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 3, delivery.Backlog)
	b.close(t, delivery.Backlog)

	step := b.step(t)
	require.Equal(t, 3, step.Released)
	require.False(t, step.Done)
	require.Equal(t, delivery.Backlog, b.gate(t).Reason, "what comes in the meantime queues up behind them")

	b.hold(t, 1, delivery.Backlog)
	b.pass(step.Wait)
	require.Equal(t, 1, b.step(t).Released)

	hints := b.listen(t)
	require.Equal(t, flow.Step{Done: true}, b.step(t))
	require.Zero(t, b.gate(t))
	require.True(t, b.row(t).TendedAt.Equal(b.now()), "so that what is stranded is found")
	require.Equal(t, pubsub.Encode([]pubsub.Change{{Organization: b.organization, Webhook: b.webhook}}), hints())

	require.Equal(t, flow.Step{Done: true}, b.step(t), "it is open already")
}

func TestStep_HasNothingToDoWhereThereIsNoGate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.Equal(t, flow.Step{Done: true}, b.step(t))

	unknown, err := b.Step(t.Context(), id.New(id.Webhook))
	require.NoError(t, err)
	require.Equal(t, flow.Step{Done: true}, unknown)
}

func TestStep_LetsNothingGoToAWebhookThatIsNotInUse(t *testing.T) {
	t.Parallel()

	for name, change := range map[string]string{
		"paused":   "UPDATE webhooks SET status = 'PAUSED', paused_at = now()",
		"disabled": "UPDATE webhooks SET status = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = now()",
		"deleted":  "UPDATE webhooks SET deleted_at = now()",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			ids := b.hold(t, 2, delivery.Backlog)
			b.close(t, delivery.Backlog)
			b.exec(t, change)

			require.Equal(t, flow.Step{Done: true}, b.step(t))
			require.Equal(t, ids, b.in(t, delivery.Held))
			require.Equal(t, delivery.Backlog, b.gate(t).Reason)

			due, err := b.Due(t.Context())
			require.NoError(t, err)
			require.Empty(t, due, "nor is it to be looked after")
		})
	}
}

func TestStep_HasOnlySoManyOutstanding(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 10_000)
	b.close(t, delivery.RateLimited)
	ids := b.hold(t, 400, delivery.RateLimited)
	b.pend(t, 300) // those were never held

	released := 0

	for range 20 {
		step := b.step(t)
		released += step.Released
		b.pass(step.Wait)
	}

	require.Equal(t, 250, released)

	step := b.step(t)
	require.Zero(t, step.Released)
	require.Positive(t, step.Wait)

	b.exec(t, "UPDATE deliveries SET released_at = NULL WHERE id = ANY ($1)", id.UUIDs(ids[:30]))
	require.Equal(t, 30, b.step(t).Released, "as many as were attempted")
}

func TestStep_WhatIsLetGoIsDueAndHasItsTurn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 2, delivery.WebhookPaused)
	b.exec(t, `UPDATE deliveries SET attempt_count = 2, next_trigger = 'MANUAL', claimed_by = gen_random_uuid(),
		workflow_id = 'an old batch' WHERE id = $1`, ids[1].UUID())
	b.close(t, delivery.Backlog)
	b.pass(time.Hour)
	require.Equal(t, 2, b.step(t).Released)

	for n, want := range []delivery.Status{delivery.Pending, delivery.Retrying} {
		one := b.delivery(t, ids[n])
		require.Equal(t, want, one.Status)
		require.Nil(t, one.HeldReason)
		require.True(t, one.DueAt.Equal(b.now()))
		require.True(t, one.ReleasedAt.Equal(b.now()))
	}

	require.Equal(t, delivery.Manual, b.delivery(t, ids[1]).NextTrigger, "what was asked for by hand still was")

	var fresh int

	require.NoError(t, b.pool.QueryRow(t.Context(),
		"SELECT count(*) FROM deliveries WHERE claimed_by IS NULL AND workflow_id IS NULL").Scan(&fresh))
	require.Equal(t, 2, fresh, "any process may take them")
}

func TestStep_LeavesWhatItDoesNotTakeOnToAnyProcess(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 2, delivery.Backlog)
	b.close(t, delivery.Backlog)

	hints := b.listen(t)
	require.Equal(t, 2, b.step(t).Released)
	require.Empty(t, b.dispatcher.offered)

	told := hints()
	require.Contains(t, told, pubsub.Wake)
	require.Contains(t, told[0], ids[0].String(), "and whoever watches them is told")
	require.Contains(t, told[0], ids[1].String())
}

func TestStep_OffersWhatItTakesOnOldestFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 1_000)
	b.dispatcher.claim = new(uuid.New())
	ids := b.hold(t, 40, delivery.Backlog)
	b.exec(t, "UPDATE deliveries SET attempt_count = 1 WHERE id = $1", ids[1].UUID())
	b.exec(t, "UPDATE deliveries SET claimed_by = gen_random_uuid() WHERE id = ANY ($1)", id.UUIDs(ids[2:4]))
	b.exec(t, "UPDATE deliveries SET workflow_id = 'a batch' WHERE id = $1", ids[3].UUID())
	b.close(t, delivery.Backlog)

	hints := b.listen(t)
	require.Equal(t, 40, b.step(t).Released)
	require.NotContains(t, hints(), pubsub.Wake)

	// One that was attempted, and one that its own workflow held, which may not have come to its end: they are woken.
	want := make([]job.Job, len(ids))
	for n, one := range ids {
		want[n] = job.Job{
			DeliveryID: one, OrganizationID: b.organization, WebhookID: b.webhook, EventType: "a.b", Wake: n == 1 || n == 2,
		}
	}

	require.Equal(t, want, b.dispatcher.offered)

	var mine int

	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM deliveries WHERE claimed_by = $1",
		*b.dispatcher.claim).Scan(&mine))
	require.Equal(t, 40, mine)
}

func TestStep_WaitsForTheTimeToProbe(t *testing.T) {
	t.Parallel()

	b := setup(t)
	ids := b.hold(t, 3, delivery.BreakerOpen)
	b.close(t, delivery.BreakerOpen)

	require.Equal(t, 8*time.Second, b.step(t).Wait)
	require.Equal(t, 8*time.Second, b.row(t).TendedAt.Sub(b.now()), "nobody else need look after it meanwhile")
	b.pass(8*time.Second - time.Millisecond)
	require.Equal(t, time.Millisecond, b.step(t).Wait)
	require.Equal(t, ids, b.in(t, delivery.Held))

	b.pass(time.Millisecond)

	step := b.step(t)
	require.Equal(t, 1, step.Released)
	require.Equal(t, 90*time.Second, step.Wait)
	require.Equal(t, ids[1:], b.in(t, delivery.Held), "the oldest finds out")
	require.Equal(t, flow.Admission{Probe: true}, b.admit(t, b.Service, ids[0]))

	// Nobody heard of it again.
	b.pass(step.Wait)
	require.Equal(t, 1, b.step(t).Released)
	require.Equal(t, ids[2:], b.in(t, delivery.Held))
}

func TestStep_OpensTheBreakersGateWhenNothingIsHeldAfterTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)
	require.False(t, b.step(t).Done)

	b.pass(8 * time.Second)
	require.True(t, b.step(t).Done)
	require.Zero(t, b.gate(t))
}

func TestStep_OfAWebhookThatIsOlderThanTheSetting(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.exec(t, "UPDATE webhooks SET settings = settings - 'maxRequestsPerSecond'")
	b.hold(t, 300, delivery.WebhookDisabled)
	b.close(t, delivery.Backlog)
	require.InDelta(t, 100, b.drained(t), 5, "as usual when nobody said how fast")
}

func TestStep_TheSlowerOfTheChosenRateAndTheSettingsDecides(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		limit  int
		chosen *int32
		ramp   bool
		want   int
	}{
		"nothing said":          {0, nil, false, 100},
		"settings":              {30, nil, false, 30},
		"settings, much":        {300, nil, false, 300},
		"chosen":                {0, new(int32(300)), false, 300},
		"chosen, less":          {40, new(int32(20)), false, 20},
		"chosen, more":          {40, new(int32(400)), false, 40},
		"coming back":           {0, nil, true, 20},
		"coming back, settings": {10, nil, true, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			b.limit(t, test.limit)
			b.hold(t, 500, delivery.Backlog)
			b.close(t, delivery.Backlog)
			b.exec(t, "UPDATE webhook_gates SET max_per_second = $1", test.chosen)

			if test.ramp {
				b.exec(t, "UPDATE webhook_gates SET ramp_since = $1", b.now())
			}

			require.InDelta(t, test.want, b.drained(t), 0.1*float64(test.want))
		})
	}
}

func TestStep_ThatFailsLetsNothingGo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.dispatcher.claim = new(uuid.New())
	ids := b.hold(t, 3, delivery.Backlog)
	b.close(t, delivery.Backlog)
	b.exec(t, "ALTER TABLE webhook_gates ADD CONSTRAINT untended CHECK (tended_at = 'epoch')")

	_, err := b.Step(t.Context(), b.webhook)
	require.ErrorContains(t, err, "untended")
	require.Equal(t, ids, b.in(t, delivery.Held))
	require.Empty(t, b.dispatcher.offered)

	b.exec(t, "ALTER TABLE webhook_gates DROP CONSTRAINT untended")
	require.Equal(t, 3, b.step(t).Released)
}
