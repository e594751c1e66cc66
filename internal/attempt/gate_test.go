package attempt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
)

// What one person asks for goes at once; what a job lets loose by the thousand must not overrun a receiver.
func TestRun_WhatAJobHasRetriedWaitsAtTheGateWhatOneHasRetriedByHandDoesNot(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		shut   func(b *testBundle)
		reason delivery.HeldReason
	}{
		"backlog": {func(b *testBundle) {
			b.exec(t, "INSERT INTO webhook_gates (webhook_id, organization_id, reason, since) VALUES ($1, $2, 'BACKLOG', now())",
				b.webhook.UUID(), b.organization.UUID())
		}, delivery.Backlog},
		"breaker": {func(b *testBundle) {
			b.exec(t, `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at)
				VALUES ($1, $2, 'BREAKER_OPEN', now(), now() + interval '1 hour')`, b.webhook.UUID(), b.organization.UUID())
		}, delivery.BreakerOpen},
		"rate": {func(b *testBundle) {
			b.edit(t, func(s *settings.Settings) { s.MaxRequestsPerSecond = 1 })
			b.exec(t, `INSERT INTO webhook_gates (webhook_id, organization_id, taken_until)
				VALUES ($1, $2, now() + interval '1 hour')`, b.webhook.UUID(), b.organization.UUID())
		}, delivery.RateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			const retried = `UPDATE deliveries SET status = 'RETRYING', next_trigger = 'MANUAL', attempt_count = 3,
				next_attempt_at = now(), operation_id = $1`

			b := setup(t, nil)
			test.shut(b)

			b.exec(t, retried, id.New(id.BulkOperation).UUID())
			require.Equal(t, attempt.Held, b.run(t).State)
			require.Equal(t, test.reason, *b.state(t).HeldReason)
			require.Equal(t, delivery.Manual, b.state(t).NextTrigger)
			require.Zero(t, b.sent())

			// Once it is let go it has its turn.
			b.exec(t, `UPDATE deliveries SET status = 'RETRYING', held_reason = NULL, next_attempt_at = now(),
				released_at = now() + interval '1 second'`)
			require.Equal(t, attempt.Succeeded, b.run(t).State)
			require.Equal(t, 1, b.sent())

			other := setup(t, nil)
			test.shut(other)

			other.exec(t, retried, nil)
			require.Equal(t, attempt.Succeeded, other.run(t).State)
		})
	}
}

func TestRun_SaysThatADeliveryHasFailedOnceMore(t *testing.T) {
	t.Parallel()

	b := setup(t, status(500))
	b.exec(t, "UPDATE deliveries SET status = 'RETRYING', next_trigger = 'MANUAL', attempt_count = 3, next_attempt_at = now()")

	out := b.run(t)
	require.Equal(t, attempt.Failed, out.State)
	require.True(t, out.Again)

	first := setup(t, status(410))
	out = first.run(t)
	require.Equal(t, attempt.Failed, out.State)
	require.False(t, out.Again)
}
