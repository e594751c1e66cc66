package retention_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
)

func TestDrop_RemovesWhatIsOlderThanTheLogIsKept(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 30, PayloadDays: 30})
	b.publish(t, b.now.Add(-400*day), "SUCCEEDED")
	b.publish(t, b.now, "FAILED")
	b.now = b.start
	b.later(t, 1)
	b.publish(t, b.start.Add(time.Hour), "CANCELED")

	// The part ends at the start, and is kept for 30 days from there.
	require.Zero(t, b.later(t, 28).Dropped)
	require.Equal(t, []int{3, 3, 3, 3, 3, 3}, b.left(t))

	out := b.later(t, 1)
	require.Equal(t, 5, out.Dropped)
	require.EqualValues(t, 2, out.Keys)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1}, b.left(t))
	require.Zero(t, one[int](t, b, "SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_first'"))

	require.Equal(t, 5, b.later(t, 3).Dropped)
	require.Equal(t, []int{0, 0, 0, 0, 0, 0}, b.left(t))

	// About a dozen parts are live, and more do not come to be.
	require.InDelta(t, 13, len(b.parts(t, "deliveries")), 1)
	b.later(t, 12)
	require.InDelta(t, 13, len(b.parts(t, "deliveries")), 1)
}

func TestDrop_PayloadsMayGoBeforeTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 40, PayloadDays: 10})
	b.publish(t, b.now, "FAILED")
	b.now = b.start
	b.later(t, 9)
	require.Equal(t, []int{1, 1, 1, 1, 1, 1}, b.left(t))

	b.later(t, 1)
	require.Equal(t, []int{1, 0, 1, 0, 1, 1}, b.left(t), "no payload, nothing that was sent")

	b.later(t, 29)
	require.Equal(t, []int{1, 0, 1, 0, 1, 1}, b.left(t))

	b.later(t, 1)
	require.Equal(t, []int{0, 0, 0, 0, 0, 0}, b.left(t))
}

func TestDrop_KeepsWhatOpenDeliveriesNeed(t *testing.T) {
	t.Parallel()

	for _, status := range []string{"HELD", "PENDING", "RETRYING"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()

			b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 2})
			open := b.publish(t, b.now, status)
			b.publish(t, b.now, "FAILED")
			b.now = b.start
			b.later(t, 1)
			b.publish(t, b.start, "SUCCEEDED")

			out := b.later(t, 1)
			require.Equal(t, 2, out.Kept, "the payload, and what was sent")
			require.Zero(t, out.Dropped)

			require.Equal(t, 5, b.later(t, 8).Kept-7*2, "the rest as well")
			require.Equal(t, 5+5, b.later(t, 2).Kept)
			// What came later and is not needed goes.
			require.Equal(t, []int{2, 2, 2, 2, 2, 2}, b.left(t))

			b.finish(t, open.delivery)
			require.Equal(t, 5, b.later(t, 1).Dropped-5)
			require.Equal(t, []int{0, 0, 0, 0, 0, 0}, b.left(t))
		})
	}
}

func TestDrop_KeepsEventsOfOpenReplaysOnly(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	old := b.publish(t, b.now, "SUCCEEDED")
	b.now = b.start
	b.later(t, 9)
	replay := b.deliver(t, old.event, b.now, "REPLAY", "HELD")

	out := b.later(t, 1)
	require.Equal(t, 2, out.Kept, "the event and its payload")
	require.Equal(t, 3, out.Dropped, "the delivery of then")
	require.Equal(t, []int{1, 1, 1, 1, 1, 1}, b.left(t))

	b.finish(t, replay)

	out = b.later(t, 1)
	require.Zero(t, out.Kept)
	require.Equal(t, []int{0, 0, 1, 1, 1, 0}, b.left(t), "the replay outlives its event")
}

func TestDrop_LeavesNoAttemptsWithoutTheirDeliveries(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.exec(t, "ALTER TABLE delivery_attempts DETACH PARTITION delivery_attempts_first")
	b.exec(t, "ALTER TABLE delivery_attempts ATTACH PARTITION delivery_attempts_first FOR VALUES FROM (MINVALUE) TO ('"+
		id.Floor(b.start.Add(day)).String()+"')")
	b.publish(t, b.now, "SUCCEEDED")
	b.now = b.start
	b.later(t, 10)
	require.Equal(t, []int{0, 0, 1, 0, 1, 0}, b.left(t))

	b.later(t, 1)
	require.Equal(t, []int{0, 0, 0, 0, 0, 0}, b.left(t))
}

// A transaction that reads the log for long, such as a backup, holds up neither those who write nor more than it has
// to of the dropping.
func TestDrop_HoldsNobodyUp(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.publish(t, b.now, "SUCCEEDED")
	b.now = b.start
	b.later(t, 3)
	b.now = b.start.Add(10 * day)

	_, err := b.keep.Ensure(t.Context())
	require.NoError(t, err)

	end := b.reading(t)

	type outcome struct {
		result retention.Result
		err    error
	}

	done := make(chan outcome, 1)

	go func() {
		result, err := b.keep.Drop(context.Background())
		done <- outcome{result, err}
	}()

	b.detaching(t, true)

	// The old part waits, is not seen any more, and nothing waits for it.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()

	started := time.Now()

	for n := range 50 {
		then := b.now.Add(time.Duration(n) * time.Second)
		delivery := b.deliver(t, at(then), then, "PUBLISH", "PENDING")
		b.finish(t, delivery)

		var found int

		require.NoError(t, b.pool.QueryRow(ctx, "SELECT count(*) FROM deliveries WHERE webhook_id = $1", b.webhook).Scan(&found))
		require.Equal(t, n+1, found)
	}

	t.Logf("50 deliveries written, changed and read in %s while a part was being detached", time.Since(started))
	require.Empty(t, done, "it is still waiting")

	end()

	out := <-done
	require.NoError(t, out.err)
	require.Equal(t, retention.Result{Dropped: 5, Keys: 1}, out.result)
}

// detaching waits until a part of the deliveries is on its way out, or none is.
func (b *testBundle) detaching(t *testing.T, is bool) {
	t.Helper()

	require.Eventually(t, func() bool {
		var now bool

		err := b.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_inherits
			WHERE inhparent = 'deliveries'::regclass AND inhdetachpending)`).Scan(&now)

		return err == nil && now == is
	}, 10*time.Second, 5*time.Millisecond)
}

func TestDrop_FinishesWhatItCouldNot(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.publish(t, b.now, "SUCCEEDED")
	b.now = b.start
	b.later(t, 3)
	b.now = b.start.Add(10 * day)
	end := b.reading(t)
	hasty := b.keep.Patient(200 * time.Millisecond)

	// Only the deliveries are read, but the transaction has a snapshot of everything.
	out, err := hasty.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, retention.Result{Dropped: 4, Waiting: 1, Keys: 1}, out)
	require.Equal(t, []int{0, 0, 0, 0, 0, 0}, b.left(t), "nobody sees it any more")
	b.detaching(t, true)

	// As long as it is, the parts that follow wait, too, and no others.
	b.now = b.start.Add(11 * day)
	out, err = hasty.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, retention.Result{Dropped: 4, Waiting: 1}, out)

	_, err = hasty.Ensure(t.Context())
	require.NoError(t, err)

	end()

	out, err = hasty.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, retention.Result{Dropped: 2}, out)
	b.detaching(t, false)
	require.Zero(t, one[int](t, b, "SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_first'"))
}

func TestDrop_FinishesForAProcessThatDied(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.now = b.start
	b.later(t, 12)

	// One was detached and not dropped. Another was detached by an operator, who wants to keep it.
	detach := func(table string, n int) string {
		part := b.parts(t, table)[n].name
		b.exec(t, "ALTER TABLE "+table+" DETACH PARTITION "+part)

		return part
	}
	ours, theirs := detach("deliveries", 0), detach("events", 0)
	b.exec(t, "COMMENT ON TABLE "+ours+" IS 'Surehook drops this table.'")

	out, err := b.keep.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, retention.Result{Dropped: 1}, out)
	require.False(t, one[bool](t, b, "SELECT to_regclass($1) IS NOT NULL", ours))
	require.True(t, one[bool](t, b, "SELECT to_regclass($1) IS NOT NULL", theirs))
}

func TestDrop_IsLeftToTheProcessThatIsAtIt(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.publish(t, b.now, "SUCCEEDED")
	b.now = b.start.Add(10 * day)

	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)

	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(x'6c6f6732'::int)")
	require.NoError(t, err)

	out, err := b.keep.Drop(t.Context())
	require.NoError(t, err)
	require.Zero(t, out)
	require.NoError(t, tx.Rollback(t.Context()))

	out, err = b.keep.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, retention.Result{Dropped: 5, Keys: 1}, out)
}

func TestDrop_ForgetsKeysOfOldEventsOnly(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.now = b.start

	_, err := b.keep.Ensure(t.Context())
	require.NoError(t, err)

	// More than one statement deletes, several of the same moment.
	b.exec(t, `INSERT INTO idempotency_keys
		SELECT $1, n::text, gen_random_uuid(), '', $2::timestamptz - (n / 10) * interval '1 millisecond'
		FROM generate_series(1, 12345) AS n`, b.organization, b.start)
	b.publish(t, b.start, "SUCCEEDED")

	// Those of the moment at which the next part begins stay.
	b.now = b.start.Add(10 * day)
	require.Equal(t, 9, one[int](t, b, "SELECT count(*) FROM idempotency_keys WHERE created_at >= $1", b.start)-1)

	out, err := b.keep.Keep(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 12345-9, out.Keys)
	require.Equal(t, 10, one[int](t, b, "SELECT count(*) FROM idempotency_keys"))
}

// What has to be asked of the log takes no longer when it grows: hook0's retention once scanned for an hour.
func TestDrop_LooksAtOpenDeliveriesOnly(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.exec(t, `INSERT INTO deliveries (id, organization_id, event_id, webhook_id, event_type, status, origin, max_attempts,
			created_at, updated_at, completed_at)
		SELECT overlay(gen_random_uuid()::text placing left($1::uuid::text, 14) from 1 for 14)::uuid, $2, $1, $3, 'a.b',
			'SUCCEEDED', 'PUBLISH', 3, now(), now(), now() FROM generate_series(1, 20000)`,
		at(b.now), b.organization, b.webhook)
	b.publish(t, b.now, "HELD")

	b.now = b.start.Add(10 * day)
	read := func() int {
		return one[int](t, b, `SELECT coalesce(sum(pg_stat_get_tuples_fetched(indexrelid) + pg_stat_get_tuples_returned(indexrelid)), 0)
			+ coalesce((SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE 'deliveries%'), 0)
			FROM pg_index WHERE indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'deliveries'::regclass)`)
	}
	before := read()

	out, err := b.keep.Drop(t.Context())
	require.NoError(t, err)
	require.Equal(t, 5, out.Kept)

	// The connection that has read says so when it closes.
	require.Eventually(t, func() bool { return read() > before }, 10*time.Second, 20*time.Millisecond)
	require.Less(t, read()-before, 200)
}

func TestDrop_EndsWithItsContext(t *testing.T) {
	t.Parallel()

	b := setup(t, retention.Policy{LogDays: 10, PayloadDays: 10})
	b.now = b.start.Add(10 * day)
	end := b.reading(t)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)

	go func() {
		_, err := b.keep.Drop(ctx)
		done <- err
	}()

	b.detaching(t, true)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	end()

	_, err := b.keep.Keep(t.Context())
	require.NoError(t, err)
	require.False(t, b.parts(t, "deliveries")[0].from.IsZero())
}
