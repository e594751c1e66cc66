package delivery_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

func (b *testBundle) exec(t *testing.T, sql string) {
	t.Helper()

	_, err := b.pool.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func (b *testBundle) count(t *testing.T, table string) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))

	return n
}

func TestRetry_IsRefusedWithoutAPayload(t *testing.T) {
	t.Parallel()

	for name, gone := range map[string]string{
		"gone":     "DELETE FROM event_payloads",
		"expunged": "UPDATE deliveries SET expunged = true",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			failed := b.insert(t, id.New(id.Webhook), "a.b")
			b.record(t, failed, 500, delivery.Failed, nil)

			canceled := b.insert(t, id.New(id.Webhook), "a.b")
			_, err := b.service.Cancel(t.Context(), b.scope, canceled.ID)
			require.NoError(t, err)

			b.exec(t, gone)

			for _, one := range []id.ID{failed.ID, canceled.ID} {
				before := b.get(t, one)

				_, err := b.service.Retry(t.Context(), b.scope, one)
				problems, ok := problem.Of(err)
				require.True(t, ok, "%v", err)
				require.Equal(t, problem.PayloadGone, problems[0].Code)
				require.Equal(t, []string{"deliveryId"}, problems[0].Field)
				require.Equal(t, before, b.get(t, one))
			}

			require.Equal(t, 1, b.count(t, "webhook_activity WHERE failed = 1"), "it has still failed")
			require.Empty(t, b.dispatcher.offered)
		})
	}
}

func TestGiveUp_CancelsWhatIsUnderWay(t *testing.T) {
	t.Parallel()

	b := setup(t)
	open, done := b.insert(t, id.New(id.Webhook), "a.b"), b.insert(t, id.New(id.Webhook), "a.b")
	b.record(t, done, 200, delivery.Succeeded, nil)

	for _, one := range []id.ID{open.ID, done.ID, id.New(id.Delivery)} {
		require.NoError(t, b.service.GiveUp(t.Context(), one))
	}

	require.Equal(t, delivery.Canceled, b.get(t, open.ID).Status)
	require.Equal(t, delivery.Succeeded, b.get(t, done.ID).Status)
}

// Of a delivery that is older than the log is kept nothing is recorded, and nobody has to try it again and again.
func TestRecord_OfADeliveryThatIsNotInTheLogAnyMoreWritesNothing(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.insert(t, id.New(id.Webhook), "a.b")
	b.exec(t, "DELETE FROM deliveries")
	b.record(t, one, 500, delivery.Failed, nil)
	require.Zero(t, b.count(t, "delivery_attempts"))
	require.Zero(t, b.count(t, "delivery_contents"))
	require.Zero(t, b.count(t, "webhook_activity"))
}

// What deliveries send may be kept for a shorter time than the rest. One that is retried after that is recorded all the
// same, and so are others of the batch.
func TestRecord_OfADeliveryThatIsTooOldForWhatItSentKeepsTheRest(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.insert(t, id.New(id.Webhook), "a.b")

	b.exec(t, "ALTER TABLE delivery_contents DETACH PARTITION delivery_contents_first")
	b.record(t, one, 500, delivery.Retrying, new(time.Now()))
	require.Equal(t, delivery.Retrying, b.get(t, one.ID).Status)
	require.Equal(t, 1, b.get(t, one.ID).AttemptCount)
	require.Zero(t, b.count(t, "delivery_contents_first"))

	// That is for what is too old only.
	b.exec(t, "DROP TABLE delivery_contents")

	record := delivery.Record{Attempt: delivery.Attempt{ID: id.Attempt.From(uuid.New()), DeliveryID: one.ID}}
	require.Error(t, b.recorder.Record(t.Context(), record))
}
