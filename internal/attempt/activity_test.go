package attempt_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/attempt"
	"github.com/surehook/surehook/internal/delivery"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/tenant"
)

// activity is how the webhook fares, and whether anything is known of that.
func (b *testBundle) activity(t *testing.T) (dbsqlc.WebhookActivity, bool) {
	t.Helper()

	rows, err := dbsqlc.New(b.pool).WebhookActivity(t.Context(), []uuid.UUID{b.webhook.UUID()})
	require.NoError(t, err)

	if len(rows) == 0 {
		return dbsqlc.WebhookActivity{}, false
	}

	return rows[0], true
}

// deliver publishes an event and makes one attempt, which is answered with the code.
func (b *testBundle) deliver(t *testing.T, code int) attempt.Outcome {
	t.Helper()

	b.publish(t, "{}")
	b.sender.result = answered(code)

	return b.run(t)
}

func TestRun_CountsHowTheWebhookFares(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	_, known := b.activity(t)
	require.False(t, known)

	b.deliver(t, 500)
	began := b.last(t).StartedAt

	now, _ := b.activity(t)
	require.Equal(t, b.organization.UUID(), now.OrganizationID)
	require.Equal(t, "FAILED", now.LastAttemptStatus)
	require.WithinDuration(t, began, *now.FailingSince, 0)
	require.Zero(t, now.Failed, "it is not over yet")
	require.Zero(t, now.ConsecutiveFailures)

	for range 2 {
		b.later(t)
		b.sender.result = answered(500)
		b.run(t)
	}

	require.Equal(t, delivery.Failed, b.state(t).Status)

	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.Enabled = false })
	b.now = time.Now
	b.deliver(t, 404)

	now, _ = b.activity(t)
	require.EqualValues(t, 2, now.Failed)
	require.EqualValues(t, 2, now.ConsecutiveFailures)
	require.WithinDuration(t, began, *now.FailingSince, 0, "it is since the first of them")
	require.Nil(t, now.GoneAt)

	b.deliver(t, 204)

	now, _ = b.activity(t)
	require.EqualValues(t, 1, now.Succeeded)
	require.EqualValues(t, 2, now.Failed)
	require.Zero(t, now.ConsecutiveFailures)
	require.Nil(t, now.FailingSince)
	require.Equal(t, "SUCCEEDED", now.LastAttemptStatus)
	require.WithinDuration(t, b.last(t).StartedAt, now.LastAttemptAt, 0)
}

func TestRun_NotesThatTheReceiverIsGoneUntilItIsBack(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	require.Equal(t, attempt.Failed, b.deliver(t, 410).State)

	now, _ := b.activity(t)
	require.WithinDuration(t, b.last(t).StartedAt, *now.GoneAt, 0)
	require.EqualValues(t, 1, now.Failed)
	require.EqualValues(t, 1, now.ConsecutiveFailures)

	b.deliver(t, 500)

	now, _ = b.activity(t)
	require.NotNil(t, now.GoneAt, "another failure does not bring it back")

	b.deliver(t, 200)

	now, _ = b.activity(t)
	require.Nil(t, now.GoneAt)
}

func TestRun_TestsSayNothingAboutHowTheWebhookFares(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.Enabled = false })

	for _, code := range []int{200, 410, 500} {
		b.publish(t, "{}")
		b.exec(t, "UPDATE deliveries SET origin = 'TEST'")
		b.sender.result = answered(code)
		b.run(t)
		require.Equal(t, 1, b.state(t).AttemptCount)
	}

	_, known := b.activity(t)
	require.False(t, known)
	require.Empty(t, b.watch.failed)
}

func TestRun_RetryByHandTakesTheFailureBack(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.edit(t, func(s *settings.Settings) { s.RetryPolicy.Enabled = false })
	b.deliver(t, 500)

	_, err := b.log.Retry(t.Context(), tenant.Of(b.organization), b.delivery)
	require.NoError(t, err)

	now, _ := b.activity(t)
	require.Zero(t, now.Failed, "what is tried again has not failed for good")

	b.sender.result = answered(500)
	b.run(t)

	now, _ = b.activity(t)
	require.EqualValues(t, 1, now.Failed, "it is one delivery, however often it fails")

	_, err = b.log.Retry(t.Context(), tenant.Of(b.organization), b.delivery)
	require.NoError(t, err)

	b.sender.result = answered(200)
	b.run(t)

	now, _ = b.activity(t)
	require.Zero(t, now.Failed)
	require.EqualValues(t, 1, now.Succeeded)
}

func TestRun_WatchHearsOfWhatFailedForGood(t *testing.T) {
	t.Parallel()

	b := setup(t, nil)
	b.deliver(t, 200)
	b.deliver(t, 500)
	require.Empty(t, b.watch.failed, "another attempt is due")

	for range 2 {
		b.later(t)
		b.sender.result = answered(500)
		b.run(t)
	}

	require.Equal(t, []id.ID{b.webhook}, b.watch.failed)

	b.run(t)
	require.Equal(t, []id.ID{b.webhook}, b.watch.failed, "looking at it again is no failure")

	b.now = time.Now
	b.deliver(t, 410)
	require.Equal(t, []id.ID{b.webhook, b.webhook}, b.watch.failed)
}
