package attempt_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/flow"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

// close closes the gate of the webhook. A breaker's probe is due after the given time.
func (b *testBundle) close(t *testing.T, reason delivery.HeldReason, probeIn time.Duration) {
	t.Helper()

	var probe *time.Time

	if reason == delivery.BreakerOpen {
		probe = new(b.clock().Add(probeIn))
	}

	b.exec(t, `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at) VALUES ($1, $2, $3, $4, $5)`,
		b.webhook.UUID(), b.organization.UUID(), string(reason), b.clock().Add(-time.Minute), probe)
}

func (b *testBundle) gate(t *testing.T) flow.Gate {
	t.Helper()

	gates, err := b.flow.Gates(t.Context(), []id.ID{b.webhook})
	require.NoError(t, err)

	return gates[b.webhook]
}

// waysToHold are all that keep a webhook from getting its deliveries.
var waysToHold = map[delivery.HeldReason]func(t *testing.T, b *testBundle){
	delivery.Backlog: func(t *testing.T, b *testBundle) {
		t.Helper()
		b.close(t, delivery.Backlog, 0)
	},
	delivery.BreakerOpen: func(t *testing.T, b *testBundle) {
		t.Helper()
		b.close(t, delivery.BreakerOpen, time.Minute)
	},
	delivery.RateLimited: func(t *testing.T, b *testBundle) {
		t.Helper()
		b.edit(t, func(s *settings.Settings) { s.MaxRequestsPerSecond = 1 })
		b.exec(t, "INSERT INTO webhook_gates (webhook_id, organization_id, taken_until) VALUES ($1, $2, $3)",
			b.webhook.UUID(), b.organization.UUID(), b.clock().Add(time.Minute))
	},
	delivery.WebhookDisabled: func(t *testing.T, b *testBundle) {
		t.Helper()
		b.exec(t, "UPDATE webhooks SET status = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = now()")
	},
	delivery.WebhookPaused: func(t *testing.T, b *testBundle) {
		t.Helper()
		b.exec(t, "UPDATE webhooks SET status = 'PAUSED', paused_at = now()")
	},
}

func TestRun_HoldsWithoutARequest(t *testing.T) {
	t.Parallel()

	for reason, hold := range waysToHold {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			hold(t, b)

			for range 2 {
				outcome := b.run(t)
				require.Equal(t, attempt.Held, outcome.State)
				require.Equal(t, b.delivery, outcome.Job.DeliveryID)
			}

			state := b.state(t)
			require.Equal(t, delivery.Held, state.Status)
			require.Equal(t, reason, *state.HeldReason)
			require.Nil(t, state.DueAt)
			require.Nil(t, state.CompletedAt)
			require.Zero(t, state.AttemptCount)
			require.Zero(t, b.sent())

			_, known := b.activity(t)
			require.False(t, known, "it says nothing about how the webhook fares")
		})
	}
}

func TestRun_HoldsARetryToo(t *testing.T) {
	t.Parallel()

	for reason, hold := range waysToHold {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()

			b := setup(t, status(500))
			require.Equal(t, attempt.Waiting, b.run(t).State)
			b.later(t)
			hold(t, b)
			require.Equal(t, attempt.Held, b.run(t).State)

			state := b.state(t)
			require.Equal(t, reason, *state.HeldReason)
			require.Equal(t, 1, state.AttemptCount)
			require.Equal(t, 500, *state.LastResponseStatus, "what was learned is kept")
			require.Equal(t, 1, b.sent())
		})
	}
}

// Somebody wants to know how the receiver fares, just because things are as they are.
func TestRun_ATestPassesAPausedWebhookAndClosedGates(t *testing.T) {
	t.Parallel()

	for reason, hold := range waysToHold {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()

			b := setup(t, nil)
			b.exec(t, "UPDATE deliveries SET origin = 'TEST'")
			hold(t, b)

			before := b.gate(t)

			if reason == delivery.WebhookDisabled {
				require.Equal(t, attempt.Held, b.run(t).State)
				require.Zero(t, b.sent())

				return
			}

			require.Equal(t, attempt.Succeeded, b.run(t).State)
			require.Equal(t, 1, b.sent())
			require.Equal(t, before, b.gate(t), "and changes nothing about it")
		})
	}
}

func TestRun_WhatWasLetGoIsSentThroughAClosedGate(t *testing.T) {
	t.Parallel()

	for _, reason := range []delivery.HeldReason{delivery.Backlog, delivery.RateLimited} {
		b := setup(t, status(500))
		b.edit(t, func(s *settings.Settings) { s.MaxRequestsPerSecond = 1 })
		b.exec(t, "UPDATE deliveries SET status = 'HELD', held_reason = 'BACKLOG', next_attempt_at = NULL")
		b.close(t, reason, 0)

		step, err := b.flow.Step(t.Context(), b.webhook)
		require.NoError(t, err)
		require.Equal(t, 1, step.Released)

		require.Equal(t, attempt.Waiting, b.run(t).State)
		require.Equal(t, 1, b.sent())
		require.Nil(t, b.state(t).ReleasedAt, "it has had its turn")

		b.later(t)
		require.Equal(t, attempt.Held, b.run(t).State)
		require.Equal(t, 1, b.sent())
	}
}

func TestRun_ARetryByHandPassesAClosedGate(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', next_trigger = 'MANUAL'")
	b.close(t, delivery.Backlog, 0)
	require.Equal(t, attempt.Succeeded, b.run(t).State)
	require.Equal(t, 1, b.sent())
	require.Equal(t, delivery.Backlog, b.gate(t).Reason)

	b = setup(t, nil)
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', next_trigger = 'MANUAL'")
	waysToHold[delivery.WebhookPaused](t, b)
	require.Equal(t, attempt.Held, b.run(t).State, "a pause holds everything")
	require.Equal(t, delivery.Manual, b.state(t).NextTrigger)
	require.Zero(t, b.sent())
}

// brittle has the breaker open at the second attempt that fails.
func (b *testBundle) brittle(t *testing.T) {
	t.Helper()
	b.edit(t, func(s *settings.Settings) {
		s.Breaker = settings.Breaker{FailurePercent: 100, MinimumAttempts: 2, WindowSeconds: 60, CooldownSeconds: 30}
	})
}

func TestRun_TheFailureThatOpensTheBreakerHoldsItsDelivery(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)

	require.Equal(t, attempt.Waiting, b.deliver(t, 500).State)

	outcome := b.deliver(t, 500)
	require.Equal(t, attempt.Held, outcome.State)
	require.Contains(t, outcome.Failure, "on attempt 1 of 3")
	require.Equal(t, delivery.BreakerOpen, b.gate(t).Reason)

	// It has the attempt all the same.
	state, last := b.state(t), b.last(t)
	require.Equal(t, delivery.Held, state.Status)
	require.Equal(t, delivery.BreakerOpen, *state.HeldReason)
	require.Nil(t, state.DueAt)
	require.Nil(t, state.CompletedAt)
	require.Equal(t, 1, state.AttemptCount)
	require.Equal(t, 1, state.ScheduledAttemptCount)
	require.Equal(t, 500, *state.LastResponseStatus)
	require.Equal(t, delivery.ErrorHTTPStatus, state.LastError.Code)
	require.Equal(t, 1, last.Number)
	require.Equal(t, delivery.AttemptFailed, last.Status)

	contents, err := b.log.Contents(t.Context(), []id.ID{b.delivery})
	require.NoError(t, err)
	require.Contains(t, contents, b.delivery)

	fares, _ := b.activity(t)
	require.Equal(t, "FAILED", fares.LastAttemptStatus)
	require.NotNil(t, fares.FailingSince)
	require.Zero(t, fares.Failed, "it is not over yet")

	require.Equal(t, attempt.Held, b.run(t).State)
	require.Equal(t, attempt.Held, b.deliver(t, 204).State, "and so is what comes after it")
	require.Zero(t, b.state(t).AttemptCount)
}

func TestRun_TheFailureThatOpensTheBreakerCanBeTheLast(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.Enabled = false })

	require.Equal(t, attempt.Failed, b.deliver(t, 500).State)
	require.Equal(t, attempt.Failed, b.deliver(t, 500).State)
	require.Equal(t, delivery.BreakerOpen, b.gate(t).Reason)
	require.Equal(t, delivery.Failed, b.state(t).Status)
}

func TestRun_TestsSayNothingToTheBreaker(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)

	for range 5 {
		b.publish(t, "{}")
		b.exec(t, "UPDATE deliveries SET origin = 'TEST' WHERE id = $1", b.delivery.UUID())
		b.sender.result = answered(500)
		require.Equal(t, attempt.Waiting, b.run(t).State)
	}

	require.Zero(t, b.gate(t))
}

func TestRun_FindsOutWhetherTheReceiverIsBack(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)
	b.close(t, delivery.BreakerOpen, 0)

	first := b.deliver(t, 500)
	require.Equal(t, attempt.Held, first.State)
	require.Equal(t, 1, b.state(t).AttemptCount)

	gate := b.gate(t)
	require.Equal(t, delivery.BreakerOpen, gate.Reason)
	require.Equal(t, 1, gate.FailedProbes)
	require.InDelta(t, 60, time.Until(*gate.ProbeAt).Seconds(), 5, "the rest is twice as long")

	require.Equal(t, attempt.Held, b.deliver(t, 204).State)
	require.Zero(t, b.state(t).AttemptCount, "it is not time yet")

	b.now = func() time.Time { return gate.ProbeAt.Add(time.Second) }
	b.exec(t, "UPDATE deliveries SET status = 'PENDING', held_reason = NULL, next_attempt_at = now() WHERE id = $1",
		b.delivery.UUID())
	require.Equal(t, attempt.Succeeded, b.run(t).State)
	require.Equal(t, delivery.Backlog, b.gate(t).Reason)
}

func TestRun_WhatOpenedTheBreakerAndCouldNotBeRecordedIsHeldOnceItIs(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)
	b.deliver(t, 500)

	b.recorder.away = true
	outcome := b.deliver(t, 500)
	b.recorder.away = false

	require.Equal(t, attempt.Unrecorded, outcome.State)

	text, err := json.Marshal(outcome.Record)
	require.NoError(t, err)

	var record delivery.Record

	require.NoError(t, json.Unmarshal(text, &record))
	require.NoError(t, b.recorder.Record(t.Context(), record))
	require.NoError(t, b.recorder.Record(t.Context(), record), "twice is harmless")
	require.Equal(t, delivery.BreakerOpen, *b.state(t).HeldReason)
	require.Equal(t, 1, b.state(t).AttemptCount)
}

func TestRun_WhatIsCanceledMeanwhileIsNotHeld(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)
	b.deliver(t, 500)

	b.publish(t, "{}")
	b.sender.result = answered(500)
	b.sender.meanwhile = func() { require.NoError(t, b.log.CancelOpenOf(t.Context(), b.webhook)) }
	b.run(t)

	state := b.state(t)
	require.Equal(t, delivery.Canceled, state.Status)
	require.Nil(t, state.HeldReason)
	require.NotNil(t, state.CompletedAt)
	require.Equal(t, 1, state.AttemptCount)
}

// A request is worth more than a conclusion from it.
func TestRun_RecordsTheAttemptWhenTheBreakerCannotBeOpened(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.brittle(t)
	b.deliver(t, 500)
	b.exec(t, "ALTER TABLE webhook_gates ADD CHECK (reason IS NULL)")

	require.Equal(t, attempt.Waiting, b.deliver(t, 500).State)
	require.Equal(t, delivery.Retrying, b.state(t).Status)
	require.Equal(t, 1, b.state(t).AttemptCount)
	require.Contains(t, b.logs.String(), "attempt not taken into account for the breaker")
}

func TestRun_SendsNothingWhileNobodyKnowsWhetherItMay(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.MaxRequestsPerSecond = 5 })
	b.exec(t, "ALTER TABLE webhook_gates ADD CHECK (taken_until = 'epoch')")

	_, err := b.runner.Run(t.Context(), b.delivery)
	require.ErrorContains(t, err, "take turn")
	require.Zero(t, b.sent())
	require.Equal(t, delivery.Pending, b.state(t).Status)
}

func TestRun_KeepsToTheRateOfTheSettings(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.MaxRequestsPerSecond = 2 })

	at := time.Now().Add(time.Second)
	b.now = func() time.Time { return at }
	b.sender.result = &egress.Result{StartedAt: at, Response: &egress.Response{StatusCode: 204}}

	require.Equal(t, attempt.Succeeded, b.run(t).State)
	b.publish(t, "{}")
	require.Equal(t, attempt.Held, b.run(t).State)

	held := b.delivery

	b.publish(t, "{}")
	require.Equal(t, attempt.Held, b.run(t).State, "it does not overtake")

	at = at.Add(500 * time.Millisecond)

	step, err := b.flow.Step(t.Context(), b.webhook)
	require.NoError(t, err)
	require.Equal(t, 1, step.Released)

	b.delivery = held
	require.Equal(t, attempt.Succeeded, b.run(t).State)
}
