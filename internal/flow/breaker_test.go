package flow_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/settings"
)

// observe has an attempt noted that started now, and tells whether what follows is to be held.
func (b *testBundle) observe(t *testing.T, by *flow.Service, failed bool) bool {
	t.Helper()

	return b.observeAll(t, by, flow.Attempted{StartedAt: b.now(), Failed: failed})
}

// probed has an attempt noted that was to find out whether the receiver is back.
func (b *testBundle) probed(t *testing.T, failed bool) bool {
	t.Helper()

	return b.observeAll(t, b.Service, flow.Attempted{StartedAt: b.now(), Failed: failed, Probe: true, Gate: b.gate(t)})
}

func (b *testBundle) observeAll(t *testing.T, by *flow.Service, one flow.Attempted) bool {
	t.Helper()

	one.Organization, one.Webhook = b.organization, b.webhook

	hold, err := by.Observe(t.Context(), one, breaker)
	require.NoError(t, err)

	return hold
}

// fail has the receiver fail until the breaker opens.
func (b *testBundle) fail(t *testing.T) {
	t.Helper()

	for range breaker.MinimumAttempts - 1 {
		require.False(t, b.observe(t, b.Service, true))
	}

	require.True(t, b.observe(t, b.Service, true))
	require.Equal(t, delivery.BreakerOpen, b.gate(t).Reason)
}

func TestObserve_OpensTheBreakerOnceAndHasItLookedAfter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hints := b.listen(t)

	require.False(t, b.observe(t, b.Service, true))
	require.False(t, b.observe(t, b.Service, false))
	require.False(t, b.observe(t, b.Service, false))
	require.Zero(t, b.gate(t))
	require.True(t, b.observe(t, b.Service, true), "half of four")

	gate := b.gate(t)
	require.Equal(t, delivery.BreakerOpen, gate.Reason)
	require.True(t, gate.Since.Equal(b.now()))
	require.True(t, gate.ProbeAt.Equal(b.now().Add(8*time.Second)))
	require.Zero(t, gate.FailedProbes)
	require.Nil(t, gate.MaxPerSecond)

	changed := pubsub.Encode([]pubsub.Change{{Organization: b.organization, Webhook: b.webhook}})
	require.Equal(t, append(changed, pubsub.Tend), hints())

	due, err := b.Due(t.Context())
	require.NoError(t, err)
	require.Contains(t, due, b.webhook)

	// What fails from now on changes nothing about it, whoever sees it.
	b.pass(time.Second)

	other := b.another(t)
	for range breaker.MinimumAttempts - 1 {
		require.False(t, b.observe(t, other, true))
	}

	require.True(t, b.observe(t, other, true), "another process has found out, too")
	require.Equal(t, gate, b.gate(t))
	require.Empty(t, hints())
}

func TestObserve_HoldsWhatWasUnderWayWhenTheBreakerOpened(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.now()

	b.pass(time.Second)
	b.fail(t)
	b.pass(time.Second)

	require.True(t, b.observeAll(t, b.Service, flow.Attempted{StartedAt: before, Failed: true}))
	require.False(t, b.observeAll(t, b.Service, flow.Attempted{StartedAt: before}), "there is nothing to hold")
	require.False(t, b.observeAll(t, b.Service, flow.Attempted{StartedAt: b.now(), Failed: true}))
}

func TestObserve_HoldsNothingWhenTheBreakerCouldNotBeOpened(t *testing.T) {
	t.Parallel()

	b := setup(t)
	before := b.now()

	b.pass(time.Second)

	for range breaker.MinimumAttempts - 1 {
		require.False(t, b.observe(t, b.Service, true))
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	hold, err := b.Observe(ctx, flow.Attempted{
		Organization: b.organization, Webhook: b.webhook, StartedAt: b.now(), Failed: true,
	}, breaker)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, hold)
	require.Zero(t, b.gate(t))

	require.False(t, b.observeAll(t, b.Service, flow.Attempted{StartedAt: before, Failed: true}),
		"behind an open gate it would be forgotten")
}

func TestObserve_WithoutABreakerNothingOpens(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for range 50 {
		hold, err := b.Observe(t.Context(), flow.Attempted{
			Organization: b.organization, Webhook: b.webhook, StartedAt: b.now(), Failed: true,
		}, settings.Breaker{})
		require.NoError(t, err)
		require.False(t, hold)
	}

	require.Zero(t, b.gate(t))
}

func TestObserve_OpensTheBreakerOfABacklogToo(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 3, delivery.Backlog)
	b.close(t, delivery.Backlog)
	b.exec(t, "UPDATE webhook_gates SET max_per_second = 7, ramp_since = now()")
	b.pass(time.Minute)
	b.fail(t)

	row := b.row(t)
	require.True(t, row.Since.Equal(b.now()))
	require.Nil(t, row.MaxPerSecond)
	require.Nil(t, row.RampSince)
}

func TestProbe_IsTakenByOneOnly(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)

	ids := b.pend(t, 3)
	other := b.another(t)

	b.pass(8*time.Second - time.Microsecond)
	require.Equal(t, flow.Admission{Held: delivery.BreakerOpen}, b.admit(t, b.Service, ids[0]), "not yet")

	b.pass(time.Microsecond)
	require.Equal(t, flow.Admission{Probe: true}, b.admit(t, b.Service, ids[0]))
	require.Equal(t, flow.Admission{Held: delivery.BreakerOpen}, b.admit(t, other, ids[1]))
	require.Equal(t, flow.Admission{Held: delivery.BreakerOpen}, b.admit(t, b.Service, ids[2]))

	// It may have been lost.
	b.pass(90 * time.Second)
	require.Equal(t, flow.Admission{Probe: true}, b.admit(t, other, ids[1]))
	require.Equal(t, flow.Admission{Held: delivery.BreakerOpen}, b.admit(t, b.Service, ids[2]))
}

func TestProbe_EachThatFailsDoublesTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)

	since := b.gate(t).Since
	hints := b.listen(t)

	for n, want := range []float64{16, 32, 64, 128, 256, 512, 900, 900} {
		b.pass(time.Hour)
		b.exec(t, "UPDATE webhook_gates SET tended_at = '2100-01-01'")
		require.True(t, b.probed(t, true), "what was to find out is held as well")

		gate := b.gate(t)
		require.Equal(t, n+1, gate.FailedProbes)
		require.InDelta(t, want, gate.ProbeAt.Sub(b.now()).Seconds(), 0)
		require.True(t, gate.Since.Equal(since))
		require.Contains(t, hints(), pubsub.Tend)

		due, err := b.Due(t.Context())
		require.NoError(t, err)
		require.Contains(t, due, b.webhook, "the wait is another")
	}
}

func TestProbe_ThatSucceedsLetsTheBacklogGoSlowlyAtFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)
	b.pass(8 * time.Second)
	b.probed(t, true)
	b.hold(t, 5_000, delivery.BreakerOpen)
	b.pass(16 * time.Second)

	hints := b.listen(t)
	require.False(t, b.probed(t, false))

	row := b.row(t)
	require.Equal(t, "BACKLOG", *row.Reason)
	require.True(t, row.Since.Equal(b.now()))
	require.True(t, row.RampSince.Equal(b.now()))
	require.True(t, row.RecoveredAt.Equal(b.now()))
	require.Nil(t, row.ProbeAt)
	require.Zero(t, row.FailedProbes)
	require.Contains(t, hints(), pubsub.Tend)

	// A later success of another that was under way changes nothing.
	b.pass(time.Millisecond)
	require.False(t, b.probed(t, false))
	require.Equal(t, row, b.row(t))
	require.Empty(t, hints())

	for _, want := range []int{20, 40, 80, 160, 320, 640, 1_000} {
		require.InDelta(t, want, b.drained(t), 0.1*float64(want))
	}
}

func TestProbe_OfARestThatIsOverChangesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.hold(t, 1, delivery.Backlog)
	b.close(t, delivery.Backlog)

	before := b.row(t)

	require.False(t, b.probed(t, false))
	require.True(t, b.probed(t, true))
	require.Equal(t, before, b.row(t))
}

func TestEndRest_LetsTheBacklogGoSlowlyAtFirst(t *testing.T) {
	t.Parallel()

	b := setup(t)
	require.False(t, b.endRest(t), "there is none")

	b.fail(t)
	b.hold(t, 100, delivery.BreakerOpen)
	b.pass(time.Second)
	require.True(t, b.endRest(t))
	require.False(t, b.endRest(t))

	row := b.row(t)
	require.Equal(t, "BACKLOG", *row.Reason)
	require.Nil(t, row.RecoveredAt, "nobody knows whether the receiver is back")
	require.InDelta(t, 20, b.drained(t), 2)
}
