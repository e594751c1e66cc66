package bulk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/pubsub"
)

func TestRetry_LetsLooseAllThatMatchAndNothingElse(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook, other := b.webhook(t), b.webhook(t)
	failed := b.put(t, 3, hook, delivery.Failed)
	canceled := b.put(t, 2, hook, delivery.Canceled)
	untouched := slices.Concat(b.put(t, 2, hook, delivery.Succeeded), b.put(t, 2, hook, delivery.Pending),
		b.put(t, 2, other, delivery.Failed))
	b.exec(t, `INSERT INTO webhook_activity (webhook_id, organization_id, last_attempt_at, last_attempt_status, succeeded,
		failed, consecutive_failures) VALUES ($1, $2, now(), 'FAILED', 2, 13, 3)`, hook.UUID(), b.org.UUID())

	before := make(map[id.ID]delivery.Delivery)
	for _, one := range untouched {
		before[one] = b.delivery(t, one)
	}

	job := b.retry(t, delivery.Filter{
		WebhookIDs: []id.ID{hook}, Statuses: []delivery.Status{delivery.Failed, delivery.Canceled},
	})
	require.Equal(t, bulk.RetryDeliveries, job.Kind)
	require.Equal(t, bulk.Running, job.Status)
	require.Equal(t, 5, job.Total)
	require.Zero(t, job.Processed)

	next := b.hear(t)
	done := b.finish(t, job)
	require.Equal(t, []int{5, 5, 0, 0}, []int{done.Total, done.Processed, done.Failed, done.Skipped})
	require.NotNil(t, done.CompletedAt)
	require.Empty(t, done.Failures)

	for _, one := range slices.Concat(failed, canceled) {
		now := b.delivery(t, one)
		require.Equal(t, delivery.Retrying, now.Status)
		require.Equal(t, delivery.Manual, now.NextTrigger)
		require.Equal(t, job.ID, *now.OperationID)
		require.False(t, now.Claimed)
		require.WithinRange(t, *now.DueAt, job.CreatedAt, time.Now())
		require.Nil(t, now.ResumeAt)
		require.Nil(t, now.ReleasedAt)
		require.Nil(t, now.CompletedAt)
		require.Equal(t, 3, now.AttemptCount)
		require.Equal(t, one.String(), now.WorkflowID)
	}

	for one, was := range before {
		require.Equal(t, was, b.delivery(t, one))
	}

	require.Equal(t, 10, b.count(t, "SELECT failed FROM webhook_activity"), "those that had failed have not")

	// The hints are of one transaction: what changed, and that there is something to take.
	changes := next()
	for _, one := range slices.Concat(failed, canceled) {
		require.Contains(t, changes, one.String())
	}

	require.Contains(t, changes, job.ID.String())
	require.Equal(t, pubsub.Wake, next())
}

func TestRetry_WhatFailedLongAgoMayShareAWorkflow(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	all := slices.Concat(b.put(t, 2, hook, delivery.Failed), b.put(t, 1, hook, delivery.Canceled))
	b.exec(t, "UPDATE deliveries SET completed_at = now() - interval '6 minutes' WHERE id <> $1", all[0].UUID())

	b.finish(t, b.retry(t, delivery.Filter{Statuses: []delivery.Status{delivery.Failed, delivery.Canceled}}))

	// The first has only just failed, and the last may have been canceled without its workflow knowing.
	for n, alone := range []bool{true, false, true} {
		require.Equal(t, 1, b.count(t, `SELECT count(*) FROM deliveries WHERE id = $1
			AND coalesce(workflow_id, 'its own') = $2`, all[n].UUID(), map[bool]string{true: "its own"}[alone]))
		require.Equal(t, all[n].String(), b.delivery(t, all[n]).WorkflowID)
	}
}

func TestRetry_MeansFailedUnlessTold(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	b.put(t, 2, hook, delivery.Failed)
	canceled := b.put(t, 1, hook, delivery.Canceled)

	require.Equal(t, 2, b.finish(t, b.retry(t, delivery.Filter{})).Processed)
	require.Equal(t, delivery.Canceled, b.delivery(t, canceled[0]).Status)
}

func TestRetry_HoldsWhatIsToAWebhookThatGetsNothingNow(t *testing.T) {
	t.Parallel()

	b := setup(t)

	for reason, shut := range map[delivery.HeldReason]string{
		delivery.WebhookDisabled: "UPDATE webhooks SET status = 'DISABLED', disabled_at = now(), disabled_reason = 'MANUAL' WHERE id = $1",
		delivery.WebhookPaused:   "UPDATE webhooks SET status = 'PAUSED', paused_at = now() WHERE id = $1",
		delivery.Backlog: `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since)
			SELECT id, organization_id, 'BACKLOG', now() FROM webhooks WHERE id = $1`,
		delivery.BreakerOpen: `INSERT INTO webhook_gates (webhook_id, organization_id, reason, since, probe_at)
			SELECT id, organization_id, 'BREAKER_OPEN', now(), now() FROM webhooks WHERE id = $1`,
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()

			hook := b.webhook(t)
			one := b.put(t, 1, hook, delivery.Failed)[0]
			b.exec(t, shut, hook.UUID())

			job := b.finish(t, b.retry(t, delivery.Filter{WebhookIDs: []id.ID{hook}}))
			require.Equal(t, []int{1, 0, 0}, []int{job.Processed, job.Failed, job.Skipped})

			now := b.delivery(t, one)
			require.Equal(t, delivery.Held, now.Status)
			require.Equal(t, reason, *now.HeldReason)
			require.Equal(t, delivery.Manual, now.NextTrigger)
			require.Equal(t, job.ID, *now.OperationID)
			require.Nil(t, now.DueAt)
			require.Nil(t, now.CompletedAt)
		})
	}
}

func TestRetry_AnOpenGateHoldsNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	one := b.put(t, 1, hook, delivery.Failed)[0]
	b.exec(t, "INSERT INTO webhook_gates (webhook_id, organization_id) VALUES ($1, $2)", hook.UUID(), b.org.UUID())

	b.finish(t, b.retry(t, delivery.Filter{}))
	require.Equal(t, delivery.Retrying, b.delivery(t, one).Status)
}

func TestRetry_SaysWhatCannotBeSentAnyMore(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook, deleted := b.webhook(t), b.webhook(t)
	well := b.put(t, 1, hook, delivery.Failed)[0]
	gone := b.put(t, 1, hook, delivery.Failed)[0]
	erased := b.put(t, 1, hook, delivery.Failed)[0]
	lost := b.put(t, 25, deleted, delivery.Failed)

	_, _, err := b.webhooks.Delete(t.Context(), b.scope, deleted)
	require.NoError(t, err)
	b.exec(t, "DELETE FROM event_payloads WHERE event_id = $1", b.delivery(t, gone).EventID.UUID())
	b.exec(t, "UPDATE deliveries SET expunged = true WHERE id = $1", erased.UUID())

	job := b.finish(t, b.retry(t, delivery.Filter{}))
	require.Equal(t, []int{28, 28, 27, 0}, []int{job.Total, job.Processed, job.Failed, job.Skipped})
	require.Len(t, job.Failures, 20)
	require.Equal(t, bulk.Failure{
		ItemID: gone, Code: bulk.PayloadGone, Message: "the payload of the event is not kept any more",
	}, job.Failures[0])
	require.Equal(t, erased, job.Failures[1].ItemID)
	require.Equal(t, bulk.PayloadGone, job.Failures[1].Code)
	require.Equal(t, bulk.Failure{
		ItemID: lost[0], Code: bulk.WebhookDeleted, Message: "the webhook was deleted",
	}, job.Failures[2])

	require.Equal(t, delivery.Retrying, b.delivery(t, well).Status)
	require.Equal(t, delivery.Failed, b.delivery(t, gone).Status)
	require.Equal(t, delivery.Failed, b.delivery(t, lost[0]).Status)
}

func TestRetry_SkipsWhatSomebodyElseHasRetriedMeanwhile(t *testing.T) {
	t.Parallel()

	b := setup(t)
	all := b.put(t, 3, b.webhook(t), delivery.Failed)
	job := b.retry(t, delivery.Filter{})

	_, err := b.deliveries.Retry(t.Context(), b.scope, all[1])
	require.NoError(t, err)

	done := b.finish(t, job)
	require.Equal(t, []int{3, 3, 0, 1}, []int{done.Total, done.Processed, done.Failed, done.Skipped})
	require.Nil(t, b.delivery(t, all[1]).OperationID)
}

func TestRetry_IsForgottenOnceSomebodyRetriesByHand(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.put(t, 1, b.webhook(t), delivery.Failed)[0]
	b.finish(t, b.retry(t, delivery.Filter{}))
	require.NotNil(t, b.delivery(t, one).OperationID)

	b.end(t, delivery.Failed, one)

	_, err := b.deliveries.Retry(t.Context(), b.scope, one)
	require.NoError(t, err)
	require.Nil(t, b.delivery(t, one).OperationID, "what one person asks for waits for nothing")
}

func TestRetry_LeavesAloneWhatFailsAfterItWasAskedFor(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	b.put(t, 1, hook, delivery.Failed)
	underWay := b.put(t, 1, hook, delivery.Pending)
	job := b.retry(t, delivery.Filter{})
	b.end(t, delivery.Failed, underWay...)

	later := b.put(t, 1, hook, delivery.Failed)
	require.Equal(t, 1, b.finish(t, job).Processed)
	require.Equal(t, delivery.Failed, b.delivery(t, underWay[0]).Status)
	require.Equal(t, delivery.Failed, b.delivery(t, later[0]).Status)
}

func TestRetry_ActsOnTheWholeFilterAndNotOnAPage(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 1_250, b.webhook(t), delivery.Failed)

	job := b.retry(t, delivery.Filter{EventTypes: []string{"item.created", "no\x00such"}})
	require.Equal(t, 1_250, job.Total)

	// Nobody attempts them here, so that the job would wait for that.
	for b.get(t, job.ID).Status == bulk.Running {
		b.step(t, job.ID)
		b.exec(t, "UPDATE deliveries SET status = 'SUCCEEDED', next_attempt_at = NULL, completed_at = now()"+
			" WHERE status = 'RETRYING'")
	}

	require.Equal(t, 1_250, b.get(t, job.ID).Processed)
	require.Equal(t, 1_250, b.count(t, "SELECT count(*) FROM deliveries WHERE status = 'SUCCEEDED'"))
}

func TestRecover_RetriesWhatFailedInItsSpan(t *testing.T) {
	t.Parallel()

	b := setup(t)
	hook := b.webhook(t)
	before := b.put(t, 1, hook, delivery.Failed)[0]

	since := nextMillisecond(before)
	within := b.putAfter(t, since, hook)
	until := nextMillisecond(within)
	after := b.putAfter(t, until, hook)
	canceled := b.put(t, 1, hook, delivery.Canceled)[0]
	foreign := b.put(t, 1, b.webhook(t), delivery.Failed)[0]

	out, err := b.bulk.Recover(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: since, Until: &until})
	job := started(t, out, err)
	require.Equal(t, bulk.RecoverWebhook, job.Kind)
	require.Equal(t, hook, *job.WebhookID)
	require.Equal(t, 1, b.finish(t, job).Processed)
	require.Equal(t, delivery.Retrying, b.delivery(t, within).Status)

	// Without an end it is until now.
	out, err = b.bulk.Recover(t.Context(), b.scope, bulk.SpanInput{WebhookID: hook, Since: since})
	require.Equal(t, 1, b.finish(t, started(t, out, err)).Processed)
	require.Equal(t, delivery.Retrying, b.delivery(t, after).Status)

	for _, one := range []id.ID{before, foreign} {
		require.Equal(t, delivery.Failed, b.delivery(t, one).Status)
	}

	require.Equal(t, delivery.Canceled, b.delivery(t, canceled).Status)
}

// nextMillisecond is the first moment that is after an id by the clock of ids.
func nextMillisecond(one id.ID) time.Time { return one.Time().Add(time.Millisecond) }

// putAfter makes a failed delivery no earlier than told.
func (b *testBundle) putAfter(t *testing.T, moment time.Time, hook id.ID) id.ID {
	t.Helper()

	for {
		one := b.put(t, 1, hook, delivery.Failed)[0]
		if !one.Time().Before(moment) {
			return one
		}

		b.exec(t, "DELETE FROM deliveries WHERE id = $1", one.UUID())
	}
}
