package flow_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
	"github.com/surehook/surehook/internal/settings"
)

// admit asks the gate as it is for a delivery as it is.
func (b *testBundle) admit(t *testing.T, by *flow.Service, one id.ID) flow.Admission {
	t.Helper()

	out, err := by.Admit(t.Context(), b.delivery(t, one), b.gate(t), settings.Settings{Breaker: breaker})
	require.NoError(t, err)

	return out
}

func TestAdmit_AsksTheGateAndWhatWasLetGoPasses(t *testing.T) {
	t.Parallel()

	held := func(reason delivery.HeldReason) flow.Admission { return flow.Admission{Held: reason} }
	through, probe := flow.Admission{}, flow.Admission{Probe: true}

	for reason, want := range map[delivery.HeldReason]struct{ fresh, manual, before, after flow.Admission }{
		"":                   {through, through, through, through},
		delivery.Backlog:     {held(delivery.Backlog), through, through, through},
		delivery.RateLimited: {held(delivery.RateLimited), through, through, through},
		// What was let go before the receiver failed has to wait like all others.
		delivery.BreakerOpen: {held(delivery.BreakerOpen), probe, held(delivery.BreakerOpen), probe},
	} {
		t.Run("gate "+string(reason), func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			ids := b.pend(t, 4)
			b.exec(t, "UPDATE deliveries SET next_trigger = 'MANUAL' WHERE id = $1", ids[1].UUID())
			b.exec(t, "UPDATE deliveries SET released_at = $2 WHERE id = $1", ids[2].UUID(), b.now())
			b.pass(time.Second)

			if reason != "" {
				b.close(t, reason)
			}

			b.exec(t, "UPDATE deliveries SET released_at = $2 WHERE id = $1", ids[3].UUID(), b.now())

			for n, want := range []flow.Admission{want.fresh, want.manual, want.before, want.after} {
				require.Equal(t, want, b.admit(t, b.Service, ids[n]), n)
			}
		})
	}
}

func TestAdmit_ByHandFindsOutWhetherTheReceiverIsBack(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fail(t)

	one := b.pend(t, 1)[0]
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', next_trigger = 'MANUAL'")
	require.Equal(t, flow.Admission{Probe: true}, b.admit(t, b.Service, one), "long before it is time for a probe")
	require.True(t, b.gate(t).ProbeAt.Equal(b.now().Add(8*time.Second)), "which it does not take the place of")

	require.False(t, b.probed(t, false))
	require.Equal(t, delivery.Backlog, b.gate(t).Reason)
}

// turn asks for a request of a webhook that takes only so many in a second, by who has seen its gate open.
func (b *testBundle) turn(t *testing.T, one delivery.Delivery, rate int) flow.Admission {
	t.Helper()

	out, err := b.Admit(t.Context(), one, flow.Gate{}, settings.Settings{MaxRequestsPerSecond: rate, Breaker: breaker})
	require.NoError(t, err)

	return out
}

func TestAdmit_TakesTurnsUpToTheRateAndThenClosesTheGate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 100)

	one := b.delivery(t, b.pend(t, 1)[0])
	hints := b.listen(t)

	for range 6 {
		require.Zero(t, b.turn(t, one, 100))
	}

	require.Empty(t, hints())
	require.Zero(t, b.gate(t))
	require.Equal(t, flow.Admission{Held: delivery.RateLimited}, b.turn(t, one, 100))

	gate := b.gate(t)
	require.Equal(t, flow.Gate{Reason: delivery.RateLimited, Since: b.now()}, flow.Gate{
		Reason: gate.Reason, Since: gate.Since.UTC(), ProbeAt: gate.ProbeAt, MaxPerSecond: gate.MaxPerSecond,
	})
	require.Contains(t, hints(), pubsub.Tend)

	// One that has loaded the gate while it was open finds it closed, even when there is room again.
	b.pass(time.Second)
	require.Equal(t, flow.Admission{Held: delivery.RateLimited}, b.turn(t, one, 100))
	require.Empty(t, hints(), "it was closed already")
	require.True(t, b.gate(t).Since.Equal(gate.Since))

	// Nothing is held, so it opens, and requests go on where they were.
	require.True(t, b.step(t).Done)
	require.Zero(t, b.turn(t, one, 100))
}

func TestAdmit_WhatWasLetGoOrAskedForByHandTakesNoTurn(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.limit(t, 1)

	ids := b.pend(t, 3)
	b.exec(t, "UPDATE deliveries SET released_at = $2 WHERE id = $1", ids[1].UUID(), b.now())
	b.exec(t, "UPDATE deliveries SET next_trigger = 'MANUAL' WHERE id = $1", ids[2].UUID())

	require.Zero(t, b.turn(t, b.delivery(t, ids[0]), 1))
	require.Zero(t, b.turn(t, b.delivery(t, ids[1]), 1), "its turn was counted when it was let go")
	require.Zero(t, b.turn(t, b.delivery(t, ids[2]), 1))
	require.Zero(t, b.gate(t))
}

func TestAdmit_ProcessesTogetherKeepToTheRate(t *testing.T) {
	t.Parallel()

	for _, rate := range []int{7, 100} {
		b := setup(t)
		b.limit(t, rate)

		one := b.delivery(t, b.pend(t, 1)[0])
		services := []*flow.Service{b.Service, b.another(t)}

		var times []time.Time

		// More than they can take, from both at once.
		for range 150 {
			var (
				group sync.WaitGroup
				mu    sync.Mutex
			)

			for _, by := range services {
				group.Go(func() {
					admission, err := by.Admit(t.Context(), one, flow.Gate{}, settings.Settings{MaxRequestsPerSecond: rate})

					mu.Lock()
					defer mu.Unlock()

					switch {
					case err != nil:
						t.Error(err)
					case admission.Held == "":
						times = append(times, b.now())
					}
				})
			}

			group.Wait()

			// Nothing of it is held here, so the gate opens again.
			b.step(t)
			b.pass(10 * time.Millisecond)
		}

		require.LessOrEqual(t, most(times), rate+rate/10, "%d a second", rate)
		require.InDelta(t, 1.5*float64(rate), len(times), 0.15*float64(rate)+1, "%d a second", rate)
	}
}

func TestAdmit_AnotherRateHoldsAtOnce(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.delivery(t, b.pend(t, 1)[0])

	require.Zero(t, b.turn(t, one, 10))
	b.pass(100 * time.Millisecond)
	require.Zero(t, b.turn(t, one, 1), "there was one a tenth of a second ago, as was allowed then")
	b.pass(100 * time.Millisecond)
	require.Equal(t, delivery.RateLimited, b.turn(t, one, 1).Held)
}
