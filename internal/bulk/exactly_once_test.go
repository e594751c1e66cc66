package bulk_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/bulk"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
)

// attempt plays the workers: it brings what was let loose to its end.
func (b *testBundle) attempt(ctx context.Context) error {
	_, err := b.pool.Exec(ctx, `UPDATE deliveries SET status = 'SUCCEEDED', next_attempt_at = NULL, completed_at = now(),
		attempt_count = attempt_count + 1 WHERE status IN ('PENDING', 'RETRYING')`)

	return err
}

// hurry lets many processes do steps of jobs at the same time, some of which are cut off anywhere, until the jobs have
// come to their end. It returns how far the first was, whenever somebody looked.
func (b *testBundle) hurry(t *testing.T, jobs ...id.ID) []int {
	t.Helper()

	var (
		all  sync.WaitGroup
		open atomic.Int32
		seen []int
	)

	for _, job := range jobs {
		for range 3 {
			open.Add(1)
			all.Go(func() {
				defer open.Add(-1)

				b.hurryOne(t.Context(), job)
			})
		}
	}

	for open.Load() > 0 {
		seen = append(seen, b.get(t, jobs[0]).Processed)
		require.NoError(t, b.attempt(t.Context()))
	}

	all.Wait()

	return append(seen, b.get(t, jobs[0]).Processed)
}

func (b *testBundle) hurryOne(ctx context.Context, job id.ID) {
	service := b.anotherProcess(bulk.Parts{})

	for ctx.Err() == nil {
		patience := time.Minute
		if rand.IntN(3) == 0 {
			patience = time.Duration(rand.IntN(20_000)) * time.Microsecond
		}

		ctx, cancel := context.WithTimeout(ctx, patience)
		now, _, err := service.Step(ctx, job)

		cancel()

		if err == nil && now.Status != bulk.Running {
			return
		}
	}
}

func TestStep_ItemsAreRetriedOnceWhateverIsInterrupted(t *testing.T) {
	t.Parallel()

	const items = 3_000

	b := setup(t)
	hook := b.webhook(t)
	b.put(t, items, hook, delivery.Failed)
	b.exec(t, `INSERT INTO webhook_activity (webhook_id, organization_id, last_attempt_at, last_attempt_status, succeeded,
		failed, consecutive_failures) VALUES ($1, $2, now(), 'FAILED', 0, $3, 3)`, hook.UUID(), b.org.UUID(), items+7)

	out, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{
		OrganizationID: b.org, Options: bulk.Options{MaxPerSecond: new(2_000)},
	})
	job := started(t, out, err)
	seen := b.hurry(t, job.ID)

	require.IsNonDecreasing(t, seen, "progress never goes back")
	require.Greater(t, len(seen), 3)

	done := b.get(t, job.ID)
	require.Equal(t, []int{items, items, 0, 0}, []int{done.Total, done.Processed, done.Failed, done.Skipped})

	require.NoError(t, b.attempt(t.Context()))
	require.Equal(t, items, b.count(t, "SELECT count(*) FROM deliveries WHERE status = 'SUCCEEDED' AND attempt_count = 4"))
	require.Equal(t, 7, b.count(t, "SELECT failed FROM webhook_activity"), "each was uncounted once")
}

func TestStep_EventsAreReplayedOnceWhateverIsInterrupted(t *testing.T) {
	t.Parallel()

	const items = 1_500

	b := setup(t)
	since := time.Now().Truncate(time.Millisecond)
	b.put(t, items, b.webhook(t), delivery.Succeeded)

	hook := b.webhook(t, to("item.*"))

	// Two jobs for the same events, which nobody stops from being started.
	one, two := b.missing(t, hook, since), b.missing(t, hook, since)
	b.hurry(t, one.ID, two.ID)

	require.Equal(t, items, b.count(t, "SELECT count(DISTINCT event_id) FROM deliveries WHERE webhook_id = $1", hook.UUID()))
	require.Equal(t, items, b.count(t, "SELECT count(*) FROM deliveries WHERE webhook_id = $1", hook.UUID()))

	one, two = b.get(t, one.ID), b.get(t, two.ID)
	require.Equal(t, []int{items, items}, []int{one.Processed, two.Processed})
	require.Equal(t, items, one.Skipped+two.Skipped, "what one has made the other need not")
}

func TestStep_WaitsWhileTooManyDeliveriesWaitForTheirAttempt(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 1_600, b.webhook(t), delivery.Failed)
	job := b.retry(t, delivery.Filter{})

	require.Equal(t, 500, b.step(t, job.ID).Processed)
	require.Equal(t, 1_000, b.step(t, job.ID).Processed)

	now, wait, err := b.bulk.Step(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, 1_000, now.Processed)
	require.Positive(t, wait)

	// What waits for a later attempt is no reason.
	b.exec(t, "UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE id IN"+
		" (SELECT id FROM deliveries WHERE status = 'RETRYING' LIMIT 1)")
	require.Equal(t, 1_500, b.step(t, job.ID).Processed)
	require.Equal(t, 1_500, b.step(t, job.ID).Processed)

	require.NoError(t, b.attempt(t.Context()))
	require.Equal(t, bulk.Completed, b.step(t, job.ID).Status)
}

func TestRun_KeepsToTheRate(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 60, b.webhook(t), delivery.Failed)

	out, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{
		OrganizationID: b.org, Options: bulk.Options{MaxPerSecond: new(40)},
	})
	job := started(t, out, err)

	began := time.Now()
	done := b.finish(t, job)

	// The first four go at once.
	require.GreaterOrEqual(t, time.Since(began), 1_300*time.Millisecond)
	require.NotNil(t, done.RatePerSecond())
	require.LessOrEqual(t, *done.RatePerSecond(), 44.0)
	require.Equal(t, 40, *done.MaxPerSecond)

	require.LessOrEqual(t, b.count(t, `SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY updated_at
		RANGE BETWEEN CURRENT ROW AND '1 second' FOLLOWING) AS n FROM deliveries) AS every`), 44)
}

func TestRun_EndsWithItsContextOrWhenItIsEnough(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.put(t, 20, b.webhook(t), delivery.Failed)

	out, err := b.bulk.Retry(t.Context(), b.scope, bulk.RetryInput{
		OrganizationID: b.org, Options: bulk.Options{MaxPerSecond: new(1)},
	})
	job := started(t, out, err)

	enough := make(chan struct{})
	close(enough)

	status, err := b.bulk.Run(t.Context(), job.ID, enough)
	require.NoError(t, err)
	require.Equal(t, bulk.Running, status)
	require.Equal(t, 1, b.get(t, job.ID).Processed)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()

	_, err = b.bulk.Run(ctx, job.ID, nil)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	_, err = b.bulk.Run(t.Context(), id.New(id.BulkOperation), nil)
	require.ErrorIs(t, err, bulk.ErrNoOperation)
}
